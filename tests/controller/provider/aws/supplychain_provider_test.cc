#include "controller/provider/aws/supplychain/supplychain_provider.h"

#include "tests/controller/provider/aws/provider_fixture.h"

namespace instanced::aws {
namespace {

constexpr const char* kToken = "5f1f1a52-6d3f-4b0e-9a51-0d9a6a2f6a10";

class SupplyChainProviderTest : public ProviderTest<SupplyChainProvider> {
 protected:
  SupplyChainProvider provider_{MakeClient(SupplyChainService()), {"us-east-1", ""}};
  CreateInput input_{.parameters = {{"instanceName", "demo"}, {"instanceDescription", ""}},
                     .mark = TestMark(),
                     .token = kToken};
};

std::string Instance(const std::string& state) {
  return R"({"instance":{"instanceId":"i-1","awsAccountId":"123456789012","state":")" + state +
         R"(","errorMessage":"why","webAppDnsDomain":"demo","createdTime":1768478400,
         "lastModifiedTime":"2026-01-15T12:00:05Z","instanceName":"demo","instanceDescription":"",
         "kmsKeyArn":"arn:kms","versionNumber":2.0}})";
}

TEST_F(SupplyChainProviderTest, CreateSendsExactlyTheEncodedBytes) {
  const auto request = provider_.EncodeCreate(input_);
  ASSERT_TRUE(request);
  EXPECT_EQ(*request, std::string(R"({"clientToken":")") + kToken +
                          R"(","instanceName":"demo","tags":{"instanced.dev/owner":)"
                          R"("me/ConnectInstance/default/a","instanced.dev/uid":"uid-1"}})");
  http_.On(HttpMethod::kPost, "/base/api/instance", Json(200, Instance("Initializing")));
  const auto created = Complete(executor_, provider_.Create(Context(), *request));
  ASSERT_TRUE(created);
  EXPECT_EQ(created->external_name, "i-1");
  EXPECT_EQ(created->at_provider["state"], "Initializing");
  EXPECT_EQ(Last().body, *request);
}

TEST_F(SupplyChainProviderTest, ATokenTheApiWouldRefuseIsRefusedHere) {
  input_.token = std::string(32, 'a');
  EXPECT_EQ(provider_.EncodeCreate(input_).error().error_class, ErrorClass::kValidation);
}

TEST_F(SupplyChainProviderTest, ObserveKeepsEveryFieldAndReadsTagsByArn) {
  http_.On(HttpMethod::kGet, "/base/api/instance/i-1", Json(200, Instance("Active")));
  http_.On(HttpMethod::kGet,
           "/base/api/tags/arn%3Aaws%3Ascn%3Aus-east-1%3A123456789012%3Ainstance%2Fi-1",
           Json(200, R"({"tags":{"instanced.dev/uid":"uid-1","k":"v"}})"));
  const auto seen = Complete(executor_, provider_.Observe(Context(), "i-1"));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->lifecycle, Lifecycle::kReady);
  EXPECT_EQ(seen->mark->uid, "uid-1");
  EXPECT_EQ(seen->cloud_message, "why");
  EXPECT_EQ(seen->at_provider,
            nlohmann::json::parse(R"({"instanceId":"i-1","awsAccountId":"123456789012",
    "state":"Active","errorMessage":"why","webAppDnsDomain":"demo",
    "createdTime":"2026-01-15T12:00:00Z","lastModifiedTime":"2026-01-15T12:00:05Z",
    "instanceName":"demo","instanceDescription":"","kmsKeyArn":"arn:kms","versionNumber":2.0,
    "tags":{"instanced.dev/uid":"uid-1","k":"v"}})"));
  EXPECT_FALSE(seen->fields.contains("instanceDescription"));
  EXPECT_EQ(gate_.entered, (std::vector<std::string>{"GetInstance", "ListTagsForResource"}));
}

TEST_F(SupplyChainProviderTest, StatesMapAndUnknownIsNeverReady) {
  http_.On(HttpMethod::kGet, "/base/api/tags/", Json(200, "{}"));
  for (const auto& [state, lifecycle] :
       std::vector<std::pair<std::string, Lifecycle>>{{"Initializing", Lifecycle::kCreating},
                                                      {"CreateFailed", Lifecycle::kCreateFailed},
                                                      {"DeleteFailed", Lifecycle::kDeleteFailed},
                                                      {"Deleting", Lifecycle::kDeleting},
                                                      {"Deleted", Lifecycle::kGone},
                                                      {"Hibernating", Lifecycle::kUnknown}}) {
    http_.On(HttpMethod::kGet, "/base/api/instance/", Json(200, Instance(state)));
    const auto seen = Complete(executor_, provider_.Observe(Context(), "i-1"));
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->lifecycle, lifecycle) << state;
    EXPECT_EQ(seen->cloud_state, state);
  }
}

TEST_F(SupplyChainProviderTest, MissingTagsOfAReadableInstanceAreNoProofOfAbsence) {
  http_.On(HttpMethod::kGet, "/base/api/instance/", Json(200, Instance("Active")));
  http_.On(HttpMethod::kGet, "/base/api/tags/",
           Json(404, "{}", {{"x-amzn-ErrorType", "ResourceNotFoundException"}}));
  EXPECT_EQ(Complete(executor_, provider_.Observe(Context(), "i-1")).error().error_class,
            ErrorClass::kBusy);
}

TEST_F(SupplyChainProviderTest, OnePatchCarriesAllChanges) {
  http_.On(HttpMethod::kPatch, "/base/api/instance/i-1", Json(200, Instance("Active")));
  UpdateInput input{
      .external_name = "i-1",
      .step = {"UpdateInstance",
               {Differs("instanceName", "", "n"), Differs("instanceDescription", "", nullptr)}},
      .parameters = {},
      .observed = {},
      .mark = TestMark()};
  EXPECT_TRUE(Complete(executor_, provider_.Update(Context(), input)));
  EXPECT_EQ(Last().body, R"({"instanceDescription":"","instanceName":"n"})");
  input.step.diffs = {Differs("kmsKeyArn", "", "x")};
  EXPECT_FALSE(Complete(executor_, provider_.Update(Context(), input)));
}

TEST_F(SupplyChainProviderTest, ConflictIsTakenForACreateThatAsksForADomainAndBusyOtherwise) {
  const auto conflict = Json(409, "{}", {{"x-amzn-ErrorType", "ConflictException"}});
  http_.On(HttpMethod::kPost, "/", conflict);
  http_.On(HttpMethod::kDelete, "/", conflict);
  const auto create = [&] {
    const auto request = provider_.EncodeCreate(input_);
    return Complete(executor_, provider_.Create(Context(), *request)).error().error_class;
  };
  EXPECT_EQ(create(), ErrorClass::kBusy);
  input_.parameters["webAppDnsDomain"] = "demo";
  EXPECT_EQ(create(), ErrorClass::kTaken);
  EXPECT_EQ(Complete(executor_, provider_.Delete(Context(), "i-1", kToken)).error().error_class,
            ErrorClass::kBusy);
  EXPECT_EQ(Last().target, "/base/api/instance/i-1");
}

TEST_F(SupplyChainProviderTest, ListReadsOnePageWithoutMarks) {
  http_.On(HttpMethod::kGet, "/base/api/instance?maxResults=20",
           Json(200, R"({"instances":[{"instanceId":"a","state":"Deleted"}],"nextToken":"n"})"));
  const auto page = Complete(executor_, provider_.List(Context(), ""));
  ASSERT_TRUE(page);
  ASSERT_EQ(page->entries.size(), 1u);
  EXPECT_EQ(page->entries[0].lifecycle, Lifecycle::kGone);
  EXPECT_FALSE(page->entries[0].mark);
  EXPECT_EQ(page->next_page, "n");
}

}  // namespace
}  // namespace instanced::aws
