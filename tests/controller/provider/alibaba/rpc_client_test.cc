#include "controller/provider/alibaba/rpc_client.h"

#include <gtest/gtest.h>

#include "controller/provider/alibaba/ccc/ccc_codec.h"
#include "tests/controller/provider/alibaba/alibaba_world.h"

namespace instanced::alibaba {
namespace {

using nlohmann::json;

const json kOk{{"Code", "OK"}, {"RequestId", "R-0"}, {"Success", true}};

class RpcClientTest : public ::testing::Test {
 protected:
  Result<json> Call(const std::string& action, Effect effect) {
    RpcCall call{action, {{"InstanceId", "i-1"}}, effect, Subject::kInstance};
    return world.Run(client.Call(world.context(), call));
  }
  ErrorClass ClassOf(const std::string& action, Effect effect) {
    return Call(action, effect).error().error_class;
  }
  AlibabaWorld world;
  RpcClient client = world.client("ccc", "2017-07-05", CccErrors());
};

TEST_F(RpcClientTest, SendsSignedQueryAsPostWithEmptyBody) {
  world.On("GetInstance", Json(200, kOk));
  ASSERT_TRUE(Call("GetInstance", Effect::kRead));
  const HttpRequest& request = world.http.requests().front();
  EXPECT_EQ(request.method, HttpMethod::kPost);
  EXPECT_EQ(request.body, "");
  EXPECT_EQ(request.origin.host, "ccc.example");
  const RpcParameters& query = world.calls.front();
  EXPECT_EQ(query.at("Format"), "JSON");
  EXPECT_EQ(query.at("Version"), "2017-07-05");
  EXPECT_EQ(query.at("RegionId"), "cn-shanghai");
  EXPECT_EQ(query.at("InstanceId"), "i-1");
}

TEST_F(RpcClientTest, EveryTryHasItsOwnNonceAndTime) {
  world.On("GetInstance", Json(200, kOk));
  ASSERT_TRUE(Call("GetInstance", Effect::kRead));
  world.executor.Advance(std::chrono::seconds(5));
  ASSERT_TRUE(Call("GetInstance", Effect::kRead));
  EXPECT_NE(world.calls[0].at("SignatureNonce"), world.calls[1].at("SignatureNonce"));
  EXPECT_EQ(world.calls[0].at("Timestamp"), "2026-01-01T00:00:00Z");
  EXPECT_EQ(world.calls[1].at("Timestamp"), "2026-01-01T00:00:05Z");
}

TEST_F(RpcClientTest, V3TravelsInHeaders) {
  world.http.On(HttpMethod::kPost, "/", [](const HttpRequest&) { return Json(200, kOk); });
  world.http.On(HttpMethod::kPost, "/?", [](const HttpRequest&) { return Json(200, kOk); });
  RpcClient v3(world.transport(SignatureVersion::kV3), client.api(), world.gate, world.keys);
  ASSERT_TRUE(world.Run(v3.Call(world.context(), {"GetInstance", {{"InstanceId", "i"}}})));
  const HttpRequest& request = world.http.requests().front();
  EXPECT_EQ(request.target, "/?Format=JSON&InstanceId=i&RegionId=cn-shanghai");
  EXPECT_EQ(FindHeader(request.headers, "x-acs-action"), "GetInstance");
  V3Request signed_request{"POST", "/", ParseQuery(request.target), request.headers,
                           std::string(FindHeader(request.headers, "x-acs-content-sha256"))};
  signed_request.headers.emplace_back("host", "ccc.example");
  EXPECT_EQ(FindHeader(request.headers, "authorization"),
            AuthorizationV3(signed_request, "testid", "testsecret"));
}

TEST_F(RpcClientTest, GateIsEnteredBeforeAndLeftWithTheOutcome) {
  world.On("GetInstance", Failure(400, "Throttling.User", {{"x-acs-retry-after", "250"}}));
  const auto result = Call("GetInstance", Effect::kRead);
  EXPECT_EQ(result.error().error_class, ErrorClass::kThrottled);
  EXPECT_EQ(result.error().retry_after, std::chrono::milliseconds(250));
  EXPECT_EQ(result.error().operation, "ccc:GetInstance");
  EXPECT_EQ(result.error().request_id, "R-1");
  ASSERT_EQ(world.gate.left.size(), 1u);
  EXPECT_EQ(world.gate.entered.front(), "GetInstance");
  EXPECT_EQ(world.gate.left.front().error_class, ErrorClass::kThrottled);
  EXPECT_EQ(world.gate.left.front().retry_after, std::chrono::milliseconds(250));
}

TEST_F(RpcClientTest, RefusedGateSendsNothing) {
  world.gate.refusing = true;
  EXPECT_EQ(ClassOf("CreateInstance", Effect::kMutate), ErrorClass::kDeferred);
  EXPECT_TRUE(world.http.requests().empty());
  EXPECT_TRUE(world.gate.left.empty());
}

TEST_F(RpcClientTest, MutatingCallOfUnknownFateIsInDoubt) {
  const auto answer = [this](FakeHttpClient::Answer value) {
    world.On("DeleteInstance", [value](const RpcParameters&) { return value; });
    return ClassOf("DeleteInstance", Effect::kMutate);
  };
  const auto failed = [](HttpFailure failure, Reach reach) {
    return FakeHttpClient::Answer(std::unexpected(HttpError{failure, reach, "lost"}));
  };
  EXPECT_EQ(answer(failed(HttpFailure::kClosed, Reach::kUnknown)), ErrorClass::kInDoubt);
  EXPECT_EQ(answer(failed(HttpFailure::kDeadline, Reach::kUnknown)), ErrorClass::kInDoubt);
  EXPECT_EQ(answer(failed(HttpFailure::kStopped, Reach::kUnknown)), ErrorClass::kInDoubt);
  EXPECT_EQ(answer(failed(HttpFailure::kConnect, Reach::kNotSent)), ErrorClass::kTransient);
  EXPECT_EQ(answer(failed(HttpFailure::kStopped, Reach::kNotSent)), ErrorClass::kCancelled);
  EXPECT_EQ(answer(Failure(500, "InternalError")), ErrorClass::kInDoubt);
  EXPECT_EQ(answer(Failure(503, "ServiceUnavailable")), ErrorClass::kInDoubt);
  EXPECT_EQ(answer(Failure(400, "SignatureNonceUsed")), ErrorClass::kTransient);
  EXPECT_EQ(answer(HttpResponse{502, {}, "<html>bad gateway</html>"}), ErrorClass::kInDoubt);
  EXPECT_EQ(answer(HttpResponse{200, {}, ""}), ErrorClass::kInDoubt);
  EXPECT_EQ(answer(HttpResponse{404, {}, "not here"}), ErrorClass::kInDoubt);
  EXPECT_EQ(answer(HttpResponse{429, {}, "slow down"}), ErrorClass::kThrottled);
}

TEST_F(RpcClientTest, ReadingCallOfUnknownFateIsTransient) {
  world.On("GetInstance", [](const RpcParameters&) {
    return FakeHttpClient::Answer(
        std::unexpected(HttpError{HttpFailure::kClosed, Reach::kUnknown, "lost"}));
  });
  EXPECT_EQ(ClassOf("GetInstance", Effect::kRead), ErrorClass::kTransient);
  world.On("GetInstance", HttpResponse{404, {}, "<html></html>"});
  EXPECT_EQ(ClassOf("GetInstance", Effect::kRead), ErrorClass::kTerminal);
}

TEST_F(RpcClientTest, RefusedTimeIsCorrectedFromTheAnswersDate) {
  // given a wall clock that is 20 minutes slow
  const std::string date = "Thu, 01 Jan 2026 00:20:00 GMT";
  world.On("GetInstance", [&](const RpcParameters& query) -> FakeHttpClient::Answer {
    if (query.at("Timestamp") < "2026-01-01T00:05:00Z") {
      return Failure(400, "InvalidTimeStamp.Expired", {{"Date", date}});
    }
    return Json(200, kOk);
  });
  EXPECT_EQ(ClassOf("GetInstance", Effect::kRead), ErrorClass::kAuth);
  EXPECT_TRUE(Call("GetInstance", Effect::kRead));
  EXPECT_EQ(world.calls.back().at("Timestamp"), "2026-01-01T00:20:00Z");
}

class CountingKeys final : public AccessKeySource {
 public:
  Task<Result<SigningKey>> Get(CallContext) override {
    co_return SigningKey{"testid", "testsecret", "tok/en+1=="};
  }
  void Invalidate() override { ++invalidated; }
  int invalidated = 0;
};

TEST_F(RpcClientTest, RefusedKeyIsInvalidatedAndMissingPermissionIsNot) {
  auto keys = std::make_shared<CountingKeys>();
  RpcClient counting(world.transport(), client.api(), world.gate, keys);
  const auto fail_with = [&](const std::string& code) {
    world.On("GetInstance", Failure(403, code));
    return world.Run(counting.Call(world.context(), {"GetInstance", {}})).error().error_class;
  };
  EXPECT_EQ(fail_with("Forbidden.RAM"), ErrorClass::kAuth);
  EXPECT_EQ(keys->invalidated, 0);
  EXPECT_EQ(fail_with("InvalidSecurityToken.Expired"), ErrorClass::kAuth);
  EXPECT_EQ(keys->invalidated, 1);
}

TEST_F(RpcClientTest, NeitherSecretNorTokenNorSignatureTextReachesAMessage) {
  auto keys = std::make_shared<CountingKeys>();
  RpcClient counting(world.transport(), client.api(), world.gate, keys);
  world.On("GetInstance", Json(403, {{"Code", "NewCode"},
                                     {"Message",
                                      "bad tok/en+1== and tok%2Fen%2B1%3D%3D and testsecret, "
                                      "server string to sign is:POST&nonce=4711"}}));
  const auto error = world.Run(counting.Call(world.context(), {"GetInstance", {}})).error();
  EXPECT_EQ(error.message, "bad *** and *** and ***");
}

class RecordingUnlisted final : public UnlistedCodes {
 public:
  void Count(std::string_view service, std::string_view operation, std::string_view code,
             int status) override {
    seen.push_back(std::string(service) + ":" + std::string(operation) + " " + std::string(code) +
                   " " + std::to_string(status));
  }
  std::vector<std::string> seen;
};

TEST_F(RpcClientTest, UnlistedCodesAreCounted) {
  RecordingUnlisted unlisted;
  Transport transport = world.transport();
  transport.unlisted = &unlisted;
  RpcClient counting(transport, client.api(), world.gate, world.keys);
  world.On("GetInstance", Failure(400, "NewCode"));
  EXPECT_FALSE(world.Run(counting.Call(world.context(), {"GetInstance", {}})));
  world.On("GetInstance", Failure(400, "Throttling"));
  EXPECT_FALSE(world.Run(counting.Call(world.context(), {"GetInstance", {}})));
  EXPECT_EQ(unlisted.seen, std::vector<std::string>{"ccc:GetInstance NewCode 400"});
}

}  // namespace
}  // namespace instanced::alibaba
