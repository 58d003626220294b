#include "controller/provider/aws/connect/connect_provider.h"

#include "tests/controller/provider/aws/provider_fixture.h"

namespace instanced::aws {
namespace {

using namespace std::chrono_literals;

class ConnectProviderTest : public ProviderTest<ConnectProvider> {
 protected:
  ConnectProvider provider_{MakeClient(ConnectService()), {"us-east-1", "123456789012"}};
  CreateInput input_{.parameters = {{"identityManagementType", "CONNECT_MANAGED"},
                                    {"inboundCallsEnabled", true},
                                    {"outboundCallsEnabled", false},
                                    {"instanceAlias", "demo"},
                                    {"attributes", {{"CONTACT_LENS", "true"}}},
                                    {"tags", {{"team", "a"}}}},
                     .mark = TestMark(),
                     .token = "tok"};
  UpdateInput Step(std::string operation, std::vector<FieldDiff> diffs) {
    return {.external_name = "id-1",
            .step = {std::move(operation), std::move(diffs)},
            .parameters = {},
            .observed = {},
            .mark = TestMark()};
  }
};

constexpr const char* kDescribed = R"({"Instance":{"Id":"id-1","Arn":"arn:x",
  "IdentityManagementType":"CONNECT_MANAGED","InstanceAlias":"demo","CreatedTime":1.7684784E9,
  "ServiceRole":"arn:role","InstanceStatus":"ACTIVE","StatusReason":{"Message":"why"},
  "InboundCallsEnabled":true,"OutboundCallsEnabled":false,"InstanceAccessUrl":"https://u",
  "Tags":{"Team":"a","instanced.dev/owner":"me/ConnectInstance/default/a",
  "instanced.dev/uid":"uid-1"}},
  "ReplicationConfiguration":{"ReplicationStatusSummaryList":[{"Region":"us-west-2",
  "ReplicationStatus":"INSTANCE_REPLICATION_FAILED","ReplicationStatusReason":"r"}],
  "SourceRegion":"us-east-1","GlobalSignInEndpoint":"https://g"}})";

TEST_F(ConnectProviderTest, CreateSendsExactlyTheEncodedBytes) {
  const auto request = provider_.EncodeCreate(input_);
  ASSERT_TRUE(request);
  EXPECT_EQ(*request,
            R"({"ClientToken":"tok","IdentityManagementType":"CONNECT_MANAGED",)"
            R"("InboundCallsEnabled":true,"InstanceAlias":"demo","OutboundCallsEnabled":false,)"
            R"("Tags":{"instanced.dev/owner":"me/ConnectInstance/default/a",)"
            R"("instanced.dev/uid":"uid-1","team":"a"}})");
  http_.On(HttpMethod::kPut, "/base/instance", Json(200, R"({"Id":"id-1","Arn":"arn:x"})"));

  const auto created = Complete(executor_, provider_.Create(Context(), *request));

  ASSERT_TRUE(created);
  EXPECT_EQ(created->external_name, "id-1");
  EXPECT_EQ(created->at_provider["arn"], "arn:x");
  EXPECT_EQ(Last().body, *request);
  EXPECT_EQ(FindHeader(Last().headers, "content-type"), "application/json");
  EXPECT_EQ(gate_.entered, std::vector<std::string>{"CreateInstance"});
}

TEST_F(ConnectProviderTest, EncodeRefusesWhatTheApiWouldRefuse) {
  for (int i = 0; i < 48; ++i) input_.parameters["tags"]["k" + std::to_string(i)] = "v";
  EXPECT_EQ(provider_.EncodeCreate(input_).error().code, "TooManyTags");
  input_.parameters["tags"].erase("team");
  EXPECT_TRUE(provider_.EncodeCreate(input_));
  input_.parameters.erase("inboundCallsEnabled");
  EXPECT_EQ(provider_.EncodeCreate(input_).error().error_class, ErrorClass::kValidation);
}

TEST_F(ConnectProviderTest, ObserveKeepsEveryFieldAndFollowsAttributesToTheEnd) {
  http_.On(HttpMethod::kGet, "/base/instance/id-1", Json(200, kDescribed));
  http_.On(HttpMethod::kGet, "/base/instance/id-1/attributes?maxResults=7",
           Json(200, R"({"Attributes":[{"AttributeType":"INBOUND_CALLS","Value":"true"}],
                         "NextToken":"a b"})"));
  http_.On(HttpMethod::kGet, "/base/instance/id-1/attributes?maxResults=7&nextToken=a%20b",
           Json(200, R"({"Attributes":[{"AttributeType":"CONTACT_LENS","Value":"false"}]})"));

  const auto seen = Complete(executor_, provider_.Observe(Context(), "id-1"));

  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->lifecycle, Lifecycle::kReady);
  EXPECT_EQ(seen->natural_key, "demo");
  EXPECT_EQ(seen->cloud_message, "why");
  ASSERT_TRUE(seen->mark);
  EXPECT_EQ(seen->mark->uid, "uid-1");
  EXPECT_EQ(FormatRfc3339(*seen->created_at), "2026-01-15T12:00:00Z");
  const auto at_provider = nlohmann::json::parse(R"({"id":"id-1","arn":"arn:x",
    "identityManagementType":"CONNECT_MANAGED","instanceAlias":"demo",
    "createdTime":"2026-01-15T12:00:00Z","serviceRole":"arn:role","instanceStatus":"ACTIVE",
    "statusReason":{"message":"why"},"inboundCallsEnabled":true,"outboundCallsEnabled":false,
    "instanceAccessUrl":"https://u","tags":{"Team":"a",
    "instanced.dev/owner":"me/ConnectInstance/default/a","instanced.dev/uid":"uid-1"},
    "attributes":{"INBOUND_CALLS":"true","CONTACT_LENS":"false"},
    "replicationConfiguration":{"replicationStatusSummaryList":[{"region":"us-west-2",
    "replicationStatus":"INSTANCE_REPLICATION_FAILED","replicationStatusReason":"r"}],
    "sourceRegion":"us-east-1","globalSignInEndpoint":"https://g"}})");
  EXPECT_EQ(seen->at_provider, at_provider) << seen->at_provider.dump(1);
  EXPECT_EQ(seen->fields["attributes"], at_provider["attributes"]);
  EXPECT_EQ(seen->fields["outboundCallsEnabled"], false);
  EXPECT_EQ(gate_.entered.size(), 3u);
}

TEST_F(ConnectProviderTest, MissingAttributesOfADescribedInstanceAreNoProofOfAbsence) {
  http_.On(HttpMethod::kGet, "/base/instance/id-1", Json(200, kDescribed));
  http_.On(HttpMethod::kGet, "/base/instance/id-1/attributes",
           Json(404, "{}", {{"x-amzn-ErrorType", "ResourceNotFoundException"}}));
  EXPECT_EQ(Complete(executor_, provider_.Observe(Context(), "id-1")).error().error_class,
            ErrorClass::kBusy);
}

TEST_F(ConnectProviderTest, StatusesMapAndUnknownIsNeverReady) {
  for (const auto& [status, lifecycle] : std::vector<std::pair<std::string, Lifecycle>>{
           {"CREATION_IN_PROGRESS", Lifecycle::kCreating},
           {"CREATION_FAILED", Lifecycle::kCreateFailed},
           {"SOMETHING_NEW", Lifecycle::kUnknown}}) {
    http_.On(HttpMethod::kGet, "/base/instance/x",
             Json(200, R"({"Instance":{"Id":"x","InstanceStatus":")" + status + R"("}})"));
    const auto seen = Complete(executor_, provider_.Observe(Context(), "x"));
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->lifecycle, lifecycle);
  }
  EXPECT_EQ(http_.requests().size(), 3u);  // attributes are read of active ones only
}

TEST_F(ConnectProviderTest, UpdatesAreOneCallEach) {
  http_.On(HttpMethod::kPost, "/base/", Json(200, ""));
  http_.On(HttpMethod::kDelete, "/base/", Json(200, ""));
  EXPECT_TRUE(Complete(
      executor_, provider_.Update(Context(), Step("UpdateInstanceAttribute",
                                                  {Differs("inboundCallsEnabled", "", false)}))));
  EXPECT_EQ(Last().target, "/base/instance/id-1/attribute/INBOUND_CALLS");
  EXPECT_EQ(Last().body, R"({"Value":"false"})");
  EXPECT_TRUE(
      Complete(executor_,
               provider_.Update(Context(), Step("UpdateInstanceAttribute",
                                                {Differs("attributes", "CONTACT_LENS", "true")}))));
  EXPECT_EQ(Last().target, "/base/instance/id-1/attribute/CONTACT_LENS");
  EXPECT_TRUE(Complete(
      executor_, provider_.Update(Context(), Step("TagResource", {Differs("tags", "team", "b")}))));
  EXPECT_EQ(Last().target,
            "/base/tags/arn%3Aaws%3Aconnect%3Aus-east-1%3A123456789012%3Ainstance%2Fid-1");
  EXPECT_EQ(Last().body, R"({"tags":{"team":"b"}})");
  EXPECT_TRUE(Complete(
      executor_,
      provider_.Update(Context(), Step("UntagResource", {Differs("tags", "x y", nullptr),
                                                         Differs("tags", "z", nullptr)}))));
  EXPECT_TRUE(Last().target.ends_with("?tagKeys=x%20y&tagKeys=z"));
  EXPECT_TRUE(Complete(executor_, provider_.Delete(Context(), "id-1", "tok/1")));
  EXPECT_EQ(Last().target, "/base/instance/id-1?clientToken=tok%2F1");
  EXPECT_EQ(http_.requests().size(), 5u);
  EXPECT_FALSE(Complete(executor_, provider_.Update(Context(), Step("ReplicateInstance",
                                                                    {Differs("tags", "x", "y")}))));
  EXPECT_EQ(http_.requests().size(), 5u);
}

// What is not read would look like what is not set.
TEST_F(ConnectProviderTest, AttributesThatDoNotEndAreNoObservation) {
  http_.On(HttpMethod::kGet, "/base/instance/id-1", Json(200, kDescribed));
  http_.On(HttpMethod::kGet, "/base/instance/id-1/attributes?maxResults=7",
           Json(200, R"({"Attributes":[],"NextToken":"t"})"));
  const auto seen = Complete(executor_, provider_.Observe(Context(), "id-1"));
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, "UnreadableAnswer");
  EXPECT_EQ(seen.error().operation, "connect:ListInstanceAttributes");
}

TEST_F(ConnectProviderTest, ListReadsOnePageWithoutMarks) {
  http_.On(HttpMethod::kGet, "/base/instance?maxResults=10&nextToken=n",
           Json(200, R"({"InstanceSummaryList":[{"Id":"a","InstanceAlias":"x"},{"Id":"b"}],
                         "NextToken":"m"})"));
  const auto page = Complete(executor_, provider_.List(Context(), "n"));
  ASSERT_TRUE(page);
  ASSERT_EQ(page->entries.size(), 2u);
  EXPECT_EQ(page->entries[0].natural_key, "x");
  EXPECT_FALSE(page->entries[0].mark);
  EXPECT_EQ(page->next_page, "m");
  http_.On(HttpMethod::kGet, "/base/instance?maxResults=10", Json(200, "{}"));
  EXPECT_EQ(Complete(executor_, provider_.List(Context(), "")).error().code, "UnreadableAnswer");
}

TEST_F(ConnectProviderTest, WhatACreateMayHaveDoneIsInDoubt) {
  for (const auto& answer : std::vector<FakeHttpClient::Answer>{
           Json(200, "<html>"), Json(200, ""), Json(200, R"({"Arn":"x"})"), Json(503, "<html>"),
           Json(500, "{}", {{"x-amzn-ErrorType", "InternalServiceException"}}),
           std::unexpected(HttpError{HttpFailure::kClosed, Reach::kUnknown, "reset"}),
           std::unexpected(HttpError{HttpFailure::kStopped, Reach::kUnknown, "stop"})}) {
    http_.On(HttpMethod::kPut, "/", [answer](const HttpRequest&) { return answer; });
    const auto created = Complete(executor_, provider_.Create(Context(), "{}"));
    ASSERT_FALSE(created);
    EXPECT_EQ(created.error().error_class, ErrorClass::kInDoubt) << created.error().message;
  }
  http_.On(HttpMethod::kPut, "/", HttpError{HttpFailure::kConnect, Reach::kNotSent, "refused"});
  const auto created = Complete(executor_, provider_.Create(Context(), "{}"));
  EXPECT_EQ(created.error().error_class, ErrorClass::kTransient);
  EXPECT_EQ(created.error().reach, Reach::kNotSent);
}

TEST_F(ConnectProviderTest, ErrorsKeepCodeMessageRequestIdAndFeedTheGate) {
  http_.On(HttpMethod::kDelete, "/",
           Json(402, R"({"Message":"flagged"})",
                {{"x-amzn-ErrorType", "ServiceQuotaExceededException"}}));
  const auto deleted = Complete(executor_, provider_.Delete(Context(), "id-1", ""));
  ASSERT_FALSE(deleted);
  EXPECT_EQ(deleted.error().error_class, ErrorClass::kQuota);
  EXPECT_EQ(deleted.error().operation, "connect:DeleteInstance");
  EXPECT_EQ(deleted.error().message, "flagged");
  EXPECT_EQ(deleted.error().request_id, "req-1");
  ASSERT_EQ(gate_.left.size(), 1u);
  EXPECT_EQ(gate_.left[0].error_class, ErrorClass::kQuota);
  EXPECT_TRUE(codes_.seen.empty());
}

TEST_F(ConnectProviderTest, ABare404IsNotGoneAndItsCodeIsCounted) {
  http_.On(HttpMethod::kGet, "/", Json(404, "<html>"));
  EXPECT_EQ(Complete(executor_, provider_.Observe(Context(), "x")).error().error_class,
            ErrorClass::kTerminal);
  EXPECT_EQ(codes_.seen, std::vector<std::string>{"connect:DescribeInstance Http404 404"});
  http_.On(HttpMethod::kGet, "/", Json(404, R"({"__type":"ResourceNotFoundException"})"));
  EXPECT_EQ(Complete(executor_, provider_.Observe(Context(), "x")).error().error_class,
            ErrorClass::kNotFound);
}

TEST_F(ConnectProviderTest, ARefusedGateSendsNothing) {
  gate_.refusal = Fail(ErrorClass::kDeferred, "NoSlot", "later").error();
  EXPECT_EQ(Complete(executor_, provider_.Observe(Context(), "x")).error().error_class,
            ErrorClass::kDeferred);
  EXPECT_TRUE(http_.requests().empty());
  EXPECT_TRUE(gate_.left.empty());
}

TEST_F(ConnectProviderTest, SecretsNeverReachAMessage) {
  http_.On(
      HttpMethod::kGet, "/",
      Json(403, R"({"message":"The Canonical String was x-amz-security-token:the-session-token"})",
           {{"x-amzn-ErrorType", "InvalidSignatureException"}}));
  EXPECT_EQ(Complete(executor_, provider_.Observe(Context(), "x")).error().message,
            "the request's signature was refused");
  http_.On(HttpMethod::kGet, "/", Json(400, R"({"message":"bad the-session-token the-secret"})"));
  EXPECT_EQ(Complete(executor_, provider_.Observe(Context(), "x")).error().message, "bad *** ***");
}

TEST_F(ConnectProviderTest, ASecretThatACutMessageEndsInIsHiddenToo) {
  for (std::size_t before = 490; before < 520; ++before) {
    const std::string message = std::string(before, 'x') + "the-secretthe-session-token";
    http_.On(HttpMethod::kGet, "/", Json(400, R"({"message":")" + message + R"("})"));
    const auto shown = Complete(executor_, provider_.Observe(Context(), "x")).error().message;
    EXPECT_EQ(shown.find("the-"), std::string::npos) << before << ": " << shown.substr(480);
  }
}

TEST_F(ConnectProviderTest, SkewIsCorrectedOnceForTheNextSignature) {
  http_.On(HttpMethod::kGet, "/",
           Json(403, "{}",
                {{"x-amzn-ErrorType", "RequestTimeTooSkewed"},
                 {"Date", "Thu, 01 Jan 2026 01:00:00 GMT"}}));
  EXPECT_EQ(Complete(executor_, provider_.Observe(Context(), "x")).error().error_class,
            ErrorClass::kTransient);
  EXPECT_EQ(skew_->offset(), 1h);
  EXPECT_EQ(Complete(executor_, provider_.Observe(Context(), "x")).error().error_class,
            ErrorClass::kAuth);
  EXPECT_EQ(FindHeader(Last().headers, "x-amz-date"), "20260101T010000Z");
  EXPECT_EQ(http_.requests().size(), 2u);
}

TEST_F(ConnectProviderTest, MutatingWithACredentialOfUnknownAccountIsNotSent) {
  const IdentifiedKey unknown[] = {{"ANOTHER", "123456789012"}, {"AKID", "another"}};
  for (const auto& identified : unknown) {
    *identified_ = identified;
    const auto created = Complete(executor_, provider_.Create(Context(), "{}"));
    EXPECT_EQ(created.error().code, "CredentialChanged");
    EXPECT_EQ(created.error().operation, "connect:CreateInstance");
    EXPECT_EQ(created.error().reach, Reach::kNotSent);
  }
  EXPECT_TRUE(http_.requests().empty());
}

TEST_F(ConnectProviderTest, EachCallEndsAtTheEarlierDeadline) {
  http_.On(HttpMethod::kGet, "/", Json(200, R"({"InstanceSummaryList":[]})"));
  auto context = Context();
  EXPECT_TRUE(Complete(executor_, provider_.List(context, "")));
  EXPECT_EQ(http_.deadlines().back(), executor_.Now() + 30s);
  context.deadline = executor_.Now() + 1s;
  EXPECT_TRUE(Complete(executor_, provider_.List(context, "")));
  EXPECT_EQ(http_.deadlines().back(), executor_.Now() + 1s);
}

TEST_F(ConnectProviderTest, AnIdThatWouldNameAnotherPathIsRefused) {
  for (const char* id : {"", ".", ".."}) {
    EXPECT_EQ(Complete(executor_, provider_.Delete(Context(), id, "")).error().error_class,
              ErrorClass::kValidation);
  }
  EXPECT_TRUE(http_.requests().empty());
}

}  // namespace
}  // namespace instanced::aws
