// Requests to answers without a network: authentication, rates, error forms, every fault that
// changes an answer, both token services.
#include <gtest/gtest.h>

#include "tests/cloudsim/api/simulator.h"
#include "tests/cloudsim/tests/signing.h"

namespace instanced::cloudsim {
namespace {

constexpr Millis kNow = 1'768'478'400'000;
constexpr const char* kCcc = "2017-07-05";
constexpr const char* kBot = "2019-12-26";
constexpr const char* kCreate =
    R"({"IdentityManagementType":"SAML","InboundCallsEnabled":true,"OutboundCallsEnabled":true,"InstanceAlias":"demo"})";

std::string HeaderOf(const Answer& answer, const std::string& name) {
  for (const auto& [key, value] : answer.headers) {
    if (key == name) return value;
  }
  return "";
}

class SimulatorTest : public testing::Test {
 protected:
  SimulatorTest() { simulator_.Begin(kNow); }

  Answer Aws(const std::string& service, const std::string& method, const std::string& target,
             const std::string& body = "", Millis signed_at = kNow) {
    return simulator_.Handle(SignedAws(aws_, service, method, target, body, signed_at), now_);
  }
  Answer Rpc(const std::string& action, const std::string& version,
             std::map<std::string, std::string> parameters = {}) {
    return simulator_.Handle(SignedAlibaba(alibaba_, action, version, std::move(parameters),
                                           "nonce-" + std::to_string(++nonce_), kNow),
                             now_);
  }
  void Fault(Json rule) { ASSERT_TRUE(simulator_.faults().Add(rule)); }

  Simulator simulator_{SimulatorOptions{}, [](const Json&) {}, kNow};
  AwsKey aws_;
  AlibabaKey alibaba_;
  Millis now_ = kNow;
  int nonce_ = 0;
};

TEST_F(SimulatorTest, SignedCreateIsAnsweredAndLogged) {
  const Answer answer = Aws("connect", "PUT", "/instance", kCreate);
  ASSERT_EQ(answer.status, 200) << answer.body;
  const CallRecord* call = simulator_.log().First({});
  EXPECT_EQ(call->operation, "CreateInstance");
  EXPECT_EQ(call->effect, "created");
  EXPECT_EQ(call->name, "demo");
  EXPECT_EQ(Json::parse(answer.body)["Id"], call->instance);
}

TEST_F(SimulatorTest, WrongSecretUnknownKeyAndNoSignatureAreRefused) {
  aws_.secret = "wrong";
  EXPECT_EQ(HeaderOf(Aws("connect", "GET", "/instance"), "x-amzn-ErrorType"),
            "InvalidSignatureException");
  aws_.access_key = "AKIDNOBODY";
  EXPECT_EQ(HeaderOf(Aws("connect", "GET", "/instance"), "x-amzn-ErrorType"),
            "UnrecognizedClientException");
  EXPECT_EQ(simulator_.Handle({"GET", "/instance", {{"host", "h"}}, ""}, now_).status, 403);
}

TEST_F(SimulatorTest, BodyChangedAfterSigningIsRefused) {
  Request request = SignedAws(aws_, "connect", "PUT", "/instance", kCreate, kNow);
  request.body.back() = ' ';
  EXPECT_EQ(simulator_.Handle(request, now_).status, 403);
}

TEST_F(SimulatorTest, MoreThanFifteenMinutesOfSkewIsRefusedOnBothSides) {
  EXPECT_EQ(
      HeaderOf(Aws("connect", "GET", "/instance", "", kNow - 16 * kMinute), "x-amzn-ErrorType"),
      "RequestExpired");
  EXPECT_EQ(
      HeaderOf(Aws("connect", "GET", "/instance", "", kNow + 16 * kMinute), "x-amzn-ErrorType"),
      "RequestInTheFuture");
  EXPECT_EQ(Aws("connect", "GET", "/instance", "", kNow - 14 * kMinute).status, 200);
}

TEST_F(SimulatorTest, NonceIsGoodForOneCall) {
  const Request request = SignedAlibaba(alibaba_, "ListInstancesOfUser", kCcc, {}, "once", kNow);
  EXPECT_EQ(simulator_.Handle(request, now_).status, 200);
  const Answer again = simulator_.Handle(request, now_);
  EXPECT_EQ(again.status, 400);
  EXPECT_EQ(Json::parse(again.body)["Code"], "SignatureNonceUsed");
}

TEST_F(SimulatorTest, RateOfOneAccountDoesNotTouchAnother) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Aws("connect", "GET", "/instance").status, 200);
  EXPECT_EQ(Aws("connect", "GET", "/instance").status, 429);
  aws_ = {"AKIACLOUDSIM00000002", "cloudsim-aws-secret-two", ""};
  EXPECT_EQ(Aws("connect", "GET", "/instance").status, 200);
  aws_ = {};
  now_ += 500;
  EXPECT_EQ(Aws("connect", "GET", "/instance").status, 200);
}

TEST_F(SimulatorTest, ErrorTypeHasFourForms) {
  const auto form = [&](const char* name) {
    EXPECT_TRUE(simulator_.ChangeSettings({{"aws_error_form", name}}));
    return Aws("connect", "GET", "/instance/none");
  };
  const std::string code = "ResourceNotFoundException";
  EXPECT_EQ(HeaderOf(form("type"), "x-amzn-ErrorType"), code);
  EXPECT_TRUE(HeaderOf(form("type-uri"), "x-amzn-ErrorType").starts_with(code + ":http"));
  EXPECT_TRUE(HeaderOf(form("namespaced"), "x-amzn-ErrorType").ends_with("#" + code));
  const Answer body_only = form("body-only");
  EXPECT_EQ(HeaderOf(body_only, "x-amzn-ErrorType"), "");
  EXPECT_TRUE(Json::parse(body_only.body)["__type"].get<std::string>().ends_with(code));
}

TEST_F(SimulatorTest, UnknownActionAndUnknownPathAreNoInstances) {
  EXPECT_EQ(Json::parse(Rpc("Invent", kCcc).body)["Code"], "InvalidAction.NotFound");
  EXPECT_EQ(Json::parse(Rpc("GetInstance", "1999-01-01").body)["Code"], "InvalidVersion");
  EXPECT_EQ(HeaderOf(Aws("connect", "GET", "/nowhere"), "x-amzn-ErrorType"),
            "UnknownOperationException");
}

TEST_F(SimulatorTest, AlibabaSpeaksXmlUnlessAskedForJson) {
  const Answer answer = Rpc("ListInstances", kBot, {{"Format", "XML"}});
  EXPECT_TRUE(answer.body.find("<ListInstancesResponse>") != std::string::npos) << answer.body;
  EXPECT_TRUE(answer.body.find("<Instances><Instance>") != std::string::npos);
  EXPECT_EQ(Json::parse(Rpc("ListInstances", kBot).body)["Success"], true);
}

TEST_F(SimulatorTest, TagsArePutByArnInThePath) {
  const Json made = Json::parse(Aws("connect", "PUT", "/instance", kCreate).body);
  const std::string path = "/tags/" + PercentEncode(made["Arn"].get<std::string>());
  EXPECT_EQ(Aws("connect", "POST", path, R"({"tags":{"k":"v"}})").status, 200);
  EXPECT_EQ(Json::parse(Aws("connect", "GET", path).body)["tags"], (Json{{"k", "v"}}));
  EXPECT_EQ(Aws("connect", "DELETE", path + "?tagKeys=k").status, 200);
  EXPECT_TRUE(Json::parse(Aws("connect", "GET", path).body)["tags"].empty());
}

TEST_F(SimulatorTest, SessionFromWebIdentityVerifiesUntilDeclaredExpired) {
  const Answer sts = simulator_.Handle(
      {"POST",
       "/",
       {{"content-type", "application/x-www-form-urlencoded"}},
       "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=test&WebIdentityToken="
       "abcd&RoleArn=arn%3Aaws%3Aiam%3A%3A210987654321%3Arole%2Fx"},
      now_);
  ASSERT_EQ(sts.status, 200) << sts.body;
  const auto element = [&](const std::string& name) {
    const auto begin = sts.body.find("<" + name + ">") + name.size() + 2;
    return sts.body.substr(begin, sts.body.find("</" + name + ">") - begin);
  };
  aws_ = {element("AccessKeyId"), element("SecretAccessKey"), element("SessionToken")};
  const Answer identity = Aws("sts", "GET", "/?Action=GetCallerIdentity&Version=2011-06-15");
  EXPECT_TRUE(identity.body.find("<Account>210987654321</Account>") != std::string::npos)
      << identity.body;
  ASSERT_TRUE(simulator_.ExpireCredential({{"access_key", aws_.access_key}}, now_));
  EXPECT_EQ(HeaderOf(Aws("scn", "GET", "/api/instance"), "x-amzn-ErrorType"),
            "ExpiredTokenException");
}

TEST_F(SimulatorTest, SessionFromOidcVerifies) {
  const Answer sts = simulator_.Handle(
      {"POST",
       "/?Action=AssumeRoleWithOIDC&Format=JSON&Version=2015-04-01",
       {{"content-type", "application/x-www-form-urlencoded"}},
       "RoleArn=acs%3Aram%3A%3A777%3Arole%2Fx&OIDCProviderArn=p&OIDCToken=abcd&RoleSessionName=s"},
      now_);
  ASSERT_EQ(sts.status, 200) << sts.body;
  const Json session = Json::parse(sts.body)["Credentials"];
  alibaba_ = {session["AccessKeyId"], session["AccessKeySecret"], session["SecurityToken"]};
  const Json identity = Json::parse(Rpc("GetCallerIdentity", "2015-04-01").body);
  EXPECT_EQ(identity["AccountId"], "777");
}

TEST_F(SimulatorTest, ThrottleRuleStrikesOnlyItsAccountAndCarriesAHint) {
  Fault({{"action", "throttle"}, {"account", "1059803544828509"}, {"milliseconds", 700}});
  const Answer mine = Rpc("ListInstancesOfUser", kCcc);
  EXPECT_EQ(mine.status, 400);
  EXPECT_EQ(HeaderOf(mine, "x-acs-retry-after"), "700");
  alibaba_ = {"LTAICLOUDSIM0002", "cloudsim-ali-secret-two", ""};
  EXPECT_EQ(Rpc("ListInstancesOfUser", kCcc).status, 200);
}

TEST_F(SimulatorTest, NthAndCountSelectTheCallsStruck) {
  Fault({{"action", "5xx"}, {"operation", "ListInstancesOfUser"}, {"nth", 2}, {"count", 1}});
  EXPECT_EQ(Rpc("ListInstancesOfUser", kCcc).status, 200);
  EXPECT_EQ(Rpc("ListInstancesOfUser", kCcc).status, 500);
  EXPECT_EQ(Rpc("ListInstancesOfUser", kCcc).status, 200);
}

// Two preset OutboundBot instances are always there.
TEST_F(SimulatorTest, ErrorAfterTheEffectLeavesTheInstanceBehind) {
  Fault({{"action", "5xx"}, {"effect", "after"}, {"kind", "mutating"}});
  EXPECT_EQ(Aws("connect", "PUT", "/instance", kCreate).status, 500);
  EXPECT_EQ(simulator_.Instances({}, now_).size(), 3u);
}

TEST_F(SimulatorTest, EachAnswerFaultIsSeenByTheClient) {
  const auto list = [&](Json rule) {
    simulator_.faults().Clear();
    Fault(rule);
    return Rpc("ListInstances", kBot);
  };
  EXPECT_EQ(list({{"action", "conflict"}}).status, 400);
  EXPECT_EQ(list({{"action", "html-error"}}).status, 503);
  EXPECT_TRUE(list({{"action", "xml-error"}}).body.find("<Error>") != std::string::npos);
  EXPECT_TRUE(list({{"action", "expired-token"}}).body.find("InvalidSecurityToken.Expired") !=
              std::string::npos);
  const Answer custom =
      list({{"action", "error-with-code"}, {"status", 403}, {"code", "Forbidden.RAM"}});
  EXPECT_EQ(custom.status, 403);
  EXPECT_EQ(Json::parse(custom.body)["Code"], "Forbidden.RAM");
  const Json in_200 = Json::parse(list({{"action", "http200-with-error"}}).body);
  EXPECT_EQ(in_200["Success"], false);
  EXPECT_EQ(Json::parse(list({{"action", "strings-for-scalars"}}).body)["Success"], "true");
  EXPECT_TRUE(
      Json::parse(list({{"action", "malformed-body"}}).body, nullptr, false).is_discarded());
}

TEST_F(SimulatorTest, WrongStateAndFailedCreateAreShown) {
  Fault({{"action", "create-fails"}, {"message", "Bucket denied."}});
  const Json made = Json::parse(Aws("scn", "POST", "/api/instance", "{}").body)["instance"];
  ASSERT_TRUE(simulator_.SetClock({{"advance_ms", 3 * kMinute}}, now_));
  const std::string path = "/api/instance/" + made["instanceId"].get<std::string>();
  const Json failed = Json::parse(Aws("scn", "GET", path).body)["instance"];
  EXPECT_EQ(failed["state"], "CreateFailed");
  EXPECT_EQ(failed["errorMessage"], "Bucket denied.");
  Fault({{"action", "wrong-state"}, {"state", "Puzzled"}});
  EXPECT_EQ(Json::parse(Aws("scn", "GET", path).body)["instance"]["state"], "Puzzled");
}

TEST_F(SimulatorTest, DriftVanishAndForeignInstancesAreVisibleToTheApi) {
  const auto id = simulator_.CreateForeign(
      {{"service", "scn"}, {"account", "123456789012"}, {"fields", {{"instanceName", "theirs"}}}},
      now_);
  ASSERT_TRUE(id);
  ASSERT_TRUE(simulator_.Drift(
      {{"service", "scn"}, {"id", *id}, {"fields", {{"instanceDescription", "changed"}}}}, now_));
  const std::string path = "/api/instance/" + *id;
  EXPECT_EQ(Json::parse(Aws("scn", "GET", path).body)["instance"]["instanceDescription"],
            "changed");
  ASSERT_TRUE(simulator_.Vanish({{"service", "scn"}, {"id", *id}}, now_));
  EXPECT_EQ(Aws("scn", "GET", path).status, 404);
}

TEST_F(SimulatorTest, WrongRulesAndSettingsAreRefusedByName) {
  EXPECT_FALSE(simulator_.faults().Add({{"action", "explode"}}));
  EXPECT_FALSE(simulator_.faults().Add({{"action", "throttle"}, {"acount", "1"}}));
  EXPECT_FALSE(simulator_.ChangeSettings({{"connect_instancs", 3}}));
}

}  // namespace
}  // namespace instanced::cloudsim
