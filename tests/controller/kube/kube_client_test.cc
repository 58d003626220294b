#include "controller/kube/kube_client.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "controller/kube/kube_errors.h"
#include "tests/fakes/fake_api_server/fake_api_server.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/loop_inbox/loop_inbox.h"

namespace instanced {
namespace {

using std::chrono::seconds;

TEST(ResourcePath, NamesGroupVersionNamespaceAndSubresource) {
  const ObjectKey key{Kind::kConnectInstance, "team-a", "front-desk"};
  EXPECT_EQ(PathOf(ObjectOf(key, "status")),
            "/apis/instanced.dev/v1alpha1/namespaces/team-a/connectinstances/front-desk/status");
  EXPECT_EQ(PathOf(ResourceOf(Kind::kProviderConfig, "")),
            "/apis/instanced.dev/v1alpha1/providerconfigs");
  EXPECT_EQ(PathOf(ResourceRef{"", "v1", "secrets", "x"}), "/api/v1/namespaces/x/secrets");
}

TEST(ResourcePath, QueriesAreEscapedAndLeaveOutWhatIsNotAsked) {
  const ResourceRef secrets{"", "v1", "secrets", ""};
  EXPECT_EQ(ListTarget(secrets, {}), "/api/v1/secrets");
  EXPECT_EQ(ListTarget(secrets, {500, "a+b=", "metadata.name=x"}),
            "/api/v1/secrets?limit=500&continue=a%2Bb%3D&fieldSelector=metadata.name%3Dx");
  EXPECT_EQ(WatchTarget(secrets, {"42", 300, ""}),
            "/api/v1/secrets?watch=true&allowWatchBookmarks=true&resourceVersion=42"
            "&timeoutSeconds=300");
}

Error Refusal(int status, const std::string& reason, HttpHeaders headers = {},
              const std::string& details = "{}") {
  return KubeErrorOf(
      status, headers,
      R"({"kind":"Status","reason":")" + reason + R"(","message":"m","details":)" + details + "}",
      "kube:get x");
}

TEST(KubeErrors, TheReasonDecidesBeforeTheStatus) {
  EXPECT_EQ(Refusal(409, "Conflict").error_class, ErrorClass::kWriteConflict);
  EXPECT_EQ(Refusal(409, "AlreadyExists").error_class, ErrorClass::kTaken);
  EXPECT_EQ(Refusal(404, "NotFound").error_class, ErrorClass::kNotFound);
  EXPECT_EQ(Refusal(401, "Unauthorized").error_class, ErrorClass::kAuth);
  EXPECT_EQ(Refusal(403, "Forbidden").error_class, ErrorClass::kAuth);
  EXPECT_EQ(Refusal(422, "Invalid").error_class, ErrorClass::kValidation);
  EXPECT_EQ(Refusal(500, "InternalError").error_class, ErrorClass::kTransient);
  EXPECT_EQ(Refusal(405, "MethodNotAllowed").error_class, ErrorClass::kTerminal);
}

TEST(KubeErrors, WithoutAStatusBodyTheHttpStatusDecides) {
  const std::vector<std::pair<int, ErrorClass>> rows = {
      {409, ErrorClass::kWriteConflict}, {404, ErrorClass::kNotFound},
      {403, ErrorClass::kAuth},          {422, ErrorClass::kValidation},
      {429, ErrorClass::kThrottled},     {502, ErrorClass::kTransient},
      {410, ErrorClass::kTransient},     {302, ErrorClass::kTerminal}};
  for (const auto& [status, expected] : rows) {
    EXPECT_EQ(KubeErrorOf(status, {}, "<html>", "op").error_class, expected) << status;
  }
}

TEST(KubeErrors, LongMessagesAreCutBetweenCharacters) {
  std::string text(499, 'm');
  for (int i = 0; i < 10; ++i) text += "\u00e9";
  const nlohmann::json status = {{"kind", "Status"}, {"reason", "Invalid"}, {"message", text}};
  EXPECT_EQ(KubeErrorOf(422, {}, status.dump(), "op").message, std::string(499, 'm'));
}

TEST(KubeErrors, RetryAfterComesFromTheHeaderElseTheDetails) {
  EXPECT_EQ(Refusal(429, "TooManyRequests", {{"Retry-After", "7"}}).retry_after, seconds(7));
  EXPECT_EQ(Refusal(504, "ServerTimeout", {}, R"({"retryAfterSeconds":3})").retry_after,
            seconds(3));
  EXPECT_FALSE(Refusal(429, "TooManyRequests", {{"Retry-After", "soon"}}).retry_after);
}

TEST(KubeErrors, GoneAndAnotherLifeAreToldApart) {
  EXPECT_TRUE(IsGone(Refusal(410, "Expired")));
  EXPECT_TRUE(IsGone(Refusal(410, "Gone")));
  EXPECT_FALSE(IsGone(Refusal(404, "NotFound")));
  const auto other_life = Refusal(422, "Invalid", {}, R"({"causes":[{"field":"metadata.uid"}]})");
  EXPECT_EQ(other_life.error_class, ErrorClass::kWriteConflict);
  EXPECT_EQ(other_life.code, kUidMismatchCode);
}

class Calls final : public KubeCallObserver {
 public:
  void OnCall(const KubeCall& call) override {
    seen.emplace_back(std::string(call.verb), call.status);
    calls.push_back(call);
  }
  std::vector<std::pair<std::string, int>> seen;
  std::vector<KubeCall> calls;  // their texts outlive them no longer than the test's client
};

class KubeClientTest : public testing::Test {
 protected:
  KubeClientTest() {
    config_.server = *ParseEndpoint("https://api.example:6443/prefix");
    config_.token_file = "/token";
  }
  KubeClient& client() {
    if (!client_) {
      client_.emplace(
          http_, streams_, loop_.executor().clock(), config_,
          [this](const std::filesystem::path&) -> Result<std::string> {
            ++reads_;
            if (token_.empty()) return Fail(ErrorClass::kAuth, "Unreadable", "no");
            return token_;
          },
          options_, &calls_);
    }
    return *client_;
  }
  Result<std::string> Get() {
    auto getting = client().Get({{"", "v1", "pods", "x"}, "p", ""}, {});
    return loop_.Await(std::move(getting));
  }
  std::string_view Shown(std::size_t request) {
    return FindHeader(http_.requests().at(request).headers, "Authorization");
  }

  LoopInbox loop_;
  FakeHttpClient http_;
  FakeApiServer streams_{loop_.executor().clock()};
  KubeConfig config_;
  KubeClientOptions options_;
  Calls calls_;
  std::string token_ = "one\n";
  int reads_ = 0;
  std::optional<KubeClient> client_;
};

TEST_F(KubeClientTest, VerbsCarryTheirMethodContentTypeAndBody) {
  for (const auto method : {HttpMethod::kPost, HttpMethod::kPut, HttpMethod::kPatch}) {
    http_.On(method, "/prefix/", HttpResponse{200, {}, "{}"});
  }
  const ObjectRef pod{{"", "v1", "pods", "x"}, "p", ""};
  ASSERT_TRUE(loop_.Await(client().Create(pod.resource, "C", {})));
  ASSERT_TRUE(loop_.Await(client().Replace(pod, "R", {})));
  ASSERT_TRUE(loop_.Await(client().MergePatch(pod, "P", {})));
  const auto& sent = http_.requests();
  ASSERT_EQ(sent.size(), 3u);
  EXPECT_EQ(sent[0].target, "/prefix/api/v1/namespaces/x/pods");
  EXPECT_EQ(sent[1].target, "/prefix/api/v1/namespaces/x/pods/p");
  EXPECT_EQ(sent[2].body, "P");
  EXPECT_EQ(FindHeader(sent[1].headers, "content-type"), "application/json");
  EXPECT_EQ(FindHeader(sent[2].headers, "content-type"), "application/merge-patch+json");
  EXPECT_EQ(calls_.seen, (std::vector<std::pair<std::string, int>>{
                             {"POST", 200}, {"PUT", 200}, {"PATCH", 200}}));
}

TEST_F(KubeClientTest, TheTokenIsReadAgainAsItRotates) {
  http_.On(HttpMethod::kGet, "/prefix/", HttpResponse{200, {}, "{}"});
  ASSERT_TRUE(Get());
  token_ = "two";
  ASSERT_TRUE(Get());
  EXPECT_EQ(Shown(1), "Bearer one") << "not read for every request";
  loop_.executor().Advance(BearerToken::kRereadInterval);
  ASSERT_TRUE(Get());
  EXPECT_EQ(Shown(2), "Bearer two");
  token_ = "";
  loop_.executor().Advance(BearerToken::kRereadInterval);
  ASSERT_TRUE(Get());
  EXPECT_EQ(Shown(3), "Bearer two") << "an unreadable file keeps the last good token";
}

TEST_F(KubeClientTest, ARefusedTokenIsReadAtOnceAndTheCallSentOnceMore) {
  http_.On(HttpMethod::kGet, "/prefix/", [](const HttpRequest& request) {
    const bool fresh = FindHeader(request.headers, "Authorization") == "Bearer two";
    return FakeHttpClient::Answer(HttpResponse{fresh ? 200 : 401, {}, "{}"});
  });
  EXPECT_EQ(Get().error().error_class, ErrorClass::kAuth);
  EXPECT_EQ(http_.requests().size(), 1u) << "the same token is not shown twice";
  token_ = "two";
  EXPECT_TRUE(Get());
  EXPECT_EQ(http_.requests().size(), 3u);
  ASSERT_EQ(calls_.calls.size(), 3u);
  EXPECT_EQ(calls_.calls[1].refused_before, 0);
  EXPECT_EQ(calls_.calls[2].refused_before, 401);
  EXPECT_EQ(calls_.calls[2].response_bytes, 2u);
  token_ = "three";
  loop_.executor().Advance(BearerToken::kRereadInterval);
  EXPECT_FALSE(Get());
}

TEST_F(KubeClientTest, WithoutAnyTokenNothingIsSent) {
  token_ = "";
  EXPECT_EQ(Get().error().error_class, ErrorClass::kAuth);
  EXPECT_TRUE(http_.requests().empty());
}

TEST_F(KubeClientTest, AFailedTransmissionSaysWhetherItMayHaveArrived) {
  http_.On(HttpMethod::kGet, "/prefix/",
           HttpError{HttpFailure::kClosed, Reach::kUnknown, "closed"});
  const auto answer = Get();
  EXPECT_EQ(answer.error().error_class, ErrorClass::kTransient);
  EXPECT_EQ(answer.error().reach, Reach::kUnknown);
  EXPECT_EQ(calls_.seen.back().second, 0);
  EXPECT_EQ(http_.requests().size(), 1u) << "nothing is sent again";
}

class KubeClientInLineTest : public KubeClientTest {
 protected:
  KubeClientInLineTest() {
    options_.line = &line_;
    http_.On(HttpMethod::kGet, "/prefix/", HttpResponse{200, {}, "{}"});
    http_.On(HttpMethod::kPut, "/prefix/", HttpResponse{200, {}, "{}"});
    http_.HoldAnswers();
  }
  ~KubeClientInLineTest() override { EndAll(); }
  // Line and clients outlive their calls.
  void EndAll() {
    http_.ReleaseAnswers();
    loop_.executor().RunUntilIdle();
  }
  Task<void> Keep(Task<Result<std::string>> calling) {
    auto answer = co_await calling;
    answers_.push_back(std::move(answer));
  }
  void Begin(Task<Result<std::string>> calling) {
    loop_.group().Spawn(Keep(std::move(calling)));
    loop_.executor().RunUntilIdle();
  }
  void BeginGets(int count) {
    for (int i = 0; i < count; ++i) {
      Begin(client().Get({{"", "v1", "pods", "x"}, "p" + std::to_string(i), ""}, {}));
    }
  }
  CallLine line_{loop_.executor().clock(), 3};
  std::vector<Result<std::string>> answers_;
};

TEST_F(KubeClientInLineTest, OfManyCallsAtOnceOnlySoManyAreUnderWay) {
  BeginGets(10);
  EXPECT_EQ(http_.requests().size(), 3u);
  loop_.executor().Advance(seconds(2));
  http_.ReleaseAnswers();
  loop_.executor().RunUntilIdle();
  EXPECT_EQ(answers_.size(), 10u);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_TRUE(http_.requests().at(i).target.ends_with("/p" + std::to_string(i))) << "in order";
  }
  EXPECT_EQ(calls_.calls.front().waited, Duration::zero());
  EXPECT_EQ(calls_.calls.back().waited, seconds(2));
  EXPECT_EQ(calls_.calls.back().took, Duration::zero()) << "of the call alone";
}

TEST_F(KubeClientInLineTest, ACallThatWaitsForItsIntentToBeOnRecordDoesNotWaitBehindOthers) {
  BeginGets(5);
  Begin(client().Replace({{"", "v1", "pods", "x"}, "intent", ""}, "R", {}, CallRank::kFirst));
  http_.ReleaseAnswers();
  loop_.executor().RunUntilIdle();
  EXPECT_TRUE(http_.requests().at(3).target.ends_with("/intent"));
}

TEST_F(KubeClientInLineTest, LeasesAndWatchesWaitForNobody) {
  BeginGets(10);
  KubeClient leases(
      http_, streams_, loop_.executor().clock(), config_,
      [](const std::filesystem::path&) { return Result<std::string>("one"); }, {}, nullptr);
  const std::string lease = "/prefix/apis/coordination.k8s.io/v1/namespaces/x/leases/instanced";
  Begin(leases.Replace({{"coordination.k8s.io", "v1", "leases", "x"}, "instanced", ""}, "L", {}));
  ASSERT_EQ(http_.requests().size(), 4u);
  EXPECT_EQ(http_.requests().back().target, lease);
  EXPECT_TRUE(loop_.Await(client().Watch({"", "v1", "pods", ""}, {"100", 60, ""}, {})));
  EndAll();
}

TEST_F(KubeClientInLineTest, ADeadlineThatPassesInTheLineIsThatOfACallThatWasNeverSent) {
  http_.On(HttpMethod::kGet, "/prefix/api/v1/namespaces/x/pods/unsent",
           HttpError{HttpFailure::kDeadline, Reach::kNotSent, "too late"});
  BeginGets(4);
  loop_.executor().Advance(options_.deadline);
  ASSERT_EQ(answers_.size(), 1u);
  const Error in_line = answers_.front().error();
  EXPECT_EQ(http_.requests().size(), 3u);
  EXPECT_EQ(calls_.calls.back().status, 0) << "it is told as a call without an answer";
  EXPECT_EQ(calls_.calls.back().waited, options_.deadline);
  EXPECT_EQ(calls_.calls.back().sent, KubeCall::Sent::kNo);

  http_.ReleaseAnswers();
  const auto unsent = loop_.Await(client().Get({{"", "v1", "pods", "x"}, "unsent", ""}, {}));
  EXPECT_EQ(in_line.error_class, unsent.error().error_class);
  EXPECT_EQ(in_line.code, unsent.error().code);
  EXPECT_EQ(in_line.reach, Reach::kNotSent);
  EXPECT_EQ(in_line.operation, "kube:get pods");
}

TEST_F(KubeClientInLineTest, TheWholeCallHasOneDeadlineHoweverLongItWaited) {
  BeginGets(4);
  loop_.executor().Advance(seconds(10));
  http_.ReleaseAnswers();
  loop_.executor().RunUntilIdle();
  ASSERT_EQ(http_.deadlines().size(), 4u);
  EXPECT_EQ(http_.deadlines()[3], http_.deadlines()[0]);
}

TEST_F(KubeClientInLineTest, WhoIsStoppedInTheLineIsCancelled) {
  BeginGets(3);
  StopSource stop;
  Begin(client().Get({{"", "v1", "pods", "x"}, "stopped", ""}, stop.token()));
  stop.RequestStop();
  loop_.executor().RunUntilIdle();
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_.front().error().error_class, ErrorClass::kCancelled);
  EXPECT_EQ(answers_.front().error().reach, Reach::kNotSent);
  EXPECT_EQ(http_.requests().size(), 3u);
}

TEST_F(KubeClientTest, ARefusedWatchIsATypedErrorWithItsRetryTime) {
  streams_.AnswerNextWatch({403, {}, R"({"kind":"Status","reason":"Forbidden","message":"no"})"});
  const auto watch = loop_.Await(client().Watch({"", "v1", "pods", ""}, {"1", 60, ""}, {}));
  ASSERT_FALSE(watch);
  EXPECT_EQ(watch.error().error_class, ErrorClass::kAuth);
  EXPECT_EQ(watch.error().message, "no");
}

}  // namespace
}  // namespace instanced
