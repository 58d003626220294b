// The published and derived signature vectors, against the verifier's own functions.
#include <gtest/gtest.h>

#include "tests/cloudsim/api/alibaba_signature.h"
#include "tests/cloudsim/api/aws_signature.h"
#include "tests/cloudsim/api/digest.h"

namespace instanced::cloudsim {
namespace {

constexpr const char* kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
constexpr const char* kSuiteDate = "20150830T123600Z";
constexpr const char* kDerivedDate = "20260115T120000Z";

struct AwsVector {
  const char* name;
  Request request;
  std::vector<std::string> signed_headers;
  std::string service, date, canonical_hash, signature;
};

std::vector<std::string> Plain() { return {"host", "x-amz-date"}; }

Request Suite(const std::string& method, const std::string& target, Pairs more = {},
              const std::string& body = "") {
  Pairs headers = {{"host", "example.amazonaws.com"}, {"x-amz-date", kSuiteDate}};
  headers.insert(headers.end(), more.begin(), more.end());
  return {method, target, headers, body};
}

// Headers in signing order; the content hash header is computed.
Request Derived(const std::string& method, const std::string& service, const std::string& target,
                const std::string& body, Pairs more = {}) {
  Pairs headers = {{"host", service + ".us-east-1.amazonaws.com"},
                   {"x-amz-content-sha256", Hex(Sha256(body))},
                   {"x-amz-date", kDerivedDate}};
  if (!body.empty()) headers.emplace_back("content-type", "application/json");
  headers.insert(headers.end(), more.begin(), more.end());
  return {method, target, headers, body};
}

class AwsVectors : public testing::TestWithParam<AwsVector> {};

TEST_P(AwsVectors, CanonicalRequestAndSignatureAreReproduced) {
  const AwsVector& vector = GetParam();
  const std::string canonical =
      AwsCanonicalRequest(vector.request, vector.signed_headers, Hex(Sha256(vector.request.body)));
  EXPECT_EQ(Hex(Sha256(canonical)), vector.canonical_hash) << canonical;
  AwsAuthorization authorization;
  authorization.date = vector.date.substr(0, 8);
  authorization.region = "us-east-1";
  authorization.service = vector.service;
  AwsSigner signer;
  EXPECT_EQ(signer.Signature(kSecret, authorization, vector.date, canonical), vector.signature);
}

constexpr const char* kToken = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";
constexpr const char* kCreateBody =
    R"({"ClientToken":"5f1f1a52-6d3f-4b0e-9a51-0d9a6a2f6a10","IdentityManagementType":"CONNECT_MANAGED","InboundCallsEnabled":true,"InstanceAlias":"demo-alias","OutboundCallsEnabled":true})";

INSTANTIATE_TEST_SUITE_P(
    Suite, AwsVectors,
    testing::Values(
        AwsVector{"vanilla", Suite("GET", "/"), Plain(), "service", kSuiteDate,
                  "bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63",
                  "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
        AwsVector{"token",
                  Suite("GET", "/", {{"x-amz-security-token", kToken}}),
                  {"host", "x-amz-date", "x-amz-security-token"},
                  "service",
                  kSuiteDate,
                  "067b36aa60031588cea4a4cde1f21215227a047690c72247f1d70b32fbbfad2b",
                  "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"},
        AwsVector{"utf8", Suite("GET", "/\xe1\x88\xb4"), Plain(), "service", kSuiteDate,
                  "2a0a97d02205e45ce2e994789806b19270cfbbb0921b278ccf58f5249ac42102",
                  "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
        AwsVector{"query-order", Suite("GET", "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1"),
                  Plain(), "service", kSuiteDate,
                  "868294f5c38bd141c4972a373a76654f1418a8e4fc18b2e7903ae45e8ae0ec71",
                  "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"},
        AwsVector{"header-trim",
                  Suite("GET", "/", {{"my-header1", " value1"}, {"my-header2", " \"a   b   c\""}}),
                  {"host", "my-header1", "my-header2", "x-amz-date"},
                  "service",
                  kSuiteDate,
                  "a726db9b0df21c14f559d0a978e563112acb1b9e05476f0a6a1c7d68f28605c7",
                  "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
        AwsVector{
            "header-duplicate",
            Suite("GET", "/",
                  {{"my-header1", "value2"}, {"my-header1", "value2"}, {"my-header1", "value1"}}),
            {"host", "my-header1", "x-amz-date"},
            "service",
            kSuiteDate,
            "dc7f04a3abfde8d472b0ab1a418b741b7c67174dad1551b4117b15527fbe966c",
            "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
        AwsVector{"post-query", Suite("POST", "/?Param1=value1"), Plain(), "service", kSuiteDate,
                  "9d659678c1756bb3113e2ce898845a0a79dbbc57b740555917687f1b3340fbbd",
                  "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"},
        AwsVector{"form-body",
                  Suite("POST", "/",
                        {{"content-type", "application/x-www-form-urlencoded"},
                         {"content-length", "13"},
                         {"x-amz-content-sha256",
                          "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e"}},
                        "Param1=value1"),
                  {"content-length", "content-type", "host", "x-amz-content-sha256", "x-amz-date"},
                  "service",
                  kSuiteDate,
                  "b1edd1d03544c25390e32085d55b57acc9a3961bb59415ff86c45c3d89d16cfb",
                  "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b"}),
    [](const auto& named) {
      std::string name = named.param.name;
      std::erase(name, '-');
      return name;
    });

INSTANTIATE_TEST_SUITE_P(
    Services, AwsVectors,
    testing::Values(
        AwsVector{"D1",
                  Derived("PUT", "connect", "/instance", kCreateBody),
                  {"content-type", "host", "x-amz-content-sha256", "x-amz-date"},
                  "connect",
                  kDerivedDate,
                  "5512fec595b4d7e6575d951b6d83b33bd39ac557b8b7700d6f95ce048d06d088",
                  "9d02efb128936445656b593c42c2b23841b055bdd41ad82b64014ccd01d10c76"},
        AwsVector{"D2",
                  Derived("GET", "connect",
                          "/tags/arn%3Aaws%3Aconnect%3Aus-east-1%3A123456789012%3Ainstance%2F"
                          "11111111-2222-3333-4444-555555555555",
                          ""),
                  {"host", "x-amz-content-sha256", "x-amz-date"},
                  "connect",
                  kDerivedDate,
                  "4cf9386d89d757808b6ec86f70fb393202353155a1e076d16925e3318b27ed4f",
                  "52a5f0020d64faaa5c4d13a946265fb5740c7ceec5facc959eb06f1acbc70812"},
        AwsVector{"D3",
                  Derived("DELETE", "connect",
                          "/instance/11111111-2222-3333-4444-555555555555?clientToken=tok%2Ben%2F1",
                          "", {{"x-amz-security-token", "SESSIONTOKENEXAMPLE=="}}),
                  {"host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"},
                  "connect",
                  kDerivedDate,
                  "a0b719bb69fdb08fdcad85715c9f3e75e3ff8ea39b062a530da1990b69d11ce4",
                  "96252e00abfff2780ffce7c9be6d373bbb052b7c83d31ce7546224f6b3db8c1f"},
        AwsVector{"D4",
                  Derived("GET", "scn",
                          "/api/instance?maxResults=20&instanceStateFilter=Initializing&"
                          "instanceStateFilter=Active&instanceNameFilter=my%20instance",
                          ""),
                  {"host", "x-amz-content-sha256", "x-amz-date"},
                  "scn",
                  kDerivedDate,
                  "81fa7b64cca12a544ca0ee725924601d9feb769e5407a6fbe1fc6f7e316f8d37",
                  "d744aa03897a3e59931693f05b77522e0f78a4502dfe6dc9cf44a440548327dc"},
        AwsVector{"D5",
                  Derived("PATCH", "scn", "/api/instance/9e193580-7cc5-45f7-9609-c43ba0ada793",
                          R"({"instanceDescription":"drift fixed"})"),
                  {"content-type", "host", "x-amz-content-sha256", "x-amz-date"},
                  "scn",
                  kDerivedDate,
                  "4da9e47cfbe8234926391741037c791694711108cdc29413fc4c05eb2883630d",
                  "fe5a07d8411f4c96c0d5faa50627341223187649506ee38e16a53d9bea152035"}),
    [](const auto& named) { return std::string(named.param.name); });

std::string V1(const std::string& method, const std::string& secret, const Pairs& parameters) {
  return AlibabaV1Signature(secret, AlibabaV1StringToSign(method, parameters));
}

TEST(AlibabaV1, DescribeRegionsVector) {
  const Pairs parameters = {{"AccessKeyId", "testid"},
                            {"Action", "DescribeRegions"},
                            {"Format", "XML"},
                            {"SignatureMethod", "HMAC-SHA1"},
                            {"SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"},
                            {"SignatureVersion", "1.0"},
                            {"Timestamp", "2016-02-23T12:46:24Z"},
                            {"Version", "2014-05-26"}};
  EXPECT_EQ(V1("GET", "testsecret", parameters), "OLeaidS1JvxuMvnyHOwuJ+uX5qY=");
}

TEST(AlibabaV1, SendSmsVectorWithUtf8AndJson) {
  const Pairs parameters = {{"AccessKeyId", "testId"},
                            {"Action", "SendSms"},
                            {"Format", "XML"},
                            {"OutId", "123"},
                            {"PhoneNumbers", "15300000001"},
                            {"RegionId", "cn-hangzhou"},
                            {"SignName", "阿里云短信测试专用"},
                            {"SignatureMethod", "HMAC-SHA1"},
                            {"SignatureNonce", "45e25e9b-0a6f-4070-8c85-2956eda1b466"},
                            {"SignatureVersion", "1.0"},
                            {"TemplateCode", "SMS_71390007"},
                            {"TemplateParam", "{\"customer\":\"test\"}"},
                            {"Timestamp", "2017-07-12T02:42:19Z"},
                            {"Version", "2017-05-25"}};
  EXPECT_EQ(V1("GET", "testSecret", parameters), "zJDF+Lrzhj/ThnlvIToysFRq6t4=");
}

TEST(AlibabaV1, OutboundBotVectorWithListsAndReservedCharacters) {
  const Pairs parameters = {{"AccessKeyId", "testid"},
                            {"Action", "CreateInstance"},
                            {"CallingNumber.1", "4008013260"},
                            {"CallingNumber.2", "02500000000"},
                            {"Format", "JSON"},
                            {"InstanceDescription", "a*b c~d"},
                            {"InstanceName", "第一个实例"},
                            {"MaxConcurrentConversation", "4"},
                            {"SignatureMethod", "HMAC-SHA1"},
                            {"SignatureNonce", "00000000-0000-0000-0000-000000000002"},
                            {"SignatureVersion", "1.0"},
                            {"Timestamp", "2026-01-15T12:00:00Z"},
                            {"Version", "2019-12-26"}};
  EXPECT_EQ(V1("POST", "testsecret", parameters), "L7dLf2npI7XD4EjXDqR23j2tMds=");
}

TEST(AlibabaV1, CccVectorWithSecurityToken) {
  const Pairs parameters = {{"AccessKeyId", "testid"},
                            {"Action", "GetInstance"},
                            {"Format", "JSON"},
                            {"InstanceId", "ef1e71e9-ae9d-487c-96ad-9181d85cf802"},
                            {"RegionId", "cn-shanghai"},
                            {"SecurityToken", "tok/en+1=="},
                            {"SignatureMethod", "HMAC-SHA1"},
                            {"SignatureNonce", "00000000-0000-0000-0000-000000000001"},
                            {"SignatureVersion", "1.0"},
                            {"Timestamp", "2026-01-15T12:00:00Z"},
                            {"Version", "2017-07-05"}};
  EXPECT_EQ(V1("POST", "testsecret", parameters), "gRo3GCQKno63D5aIWJ72dym96os=");
}

TEST(AlibabaV3, RunInstancesVector) {
  const std::string empty = Hex(Sha256(""));
  const Request request = {
      "POST",
      "/?ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai",
      {{"host", "ecs.cn-shanghai.aliyuncs.com"},
       {"x-acs-action", "RunInstances"},
       {"x-acs-content-sha256", empty},
       {"x-acs-date", "2023-10-26T10:22:32Z"},
       {"x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d"},
       {"x-acs-version", "2014-05-26"}},
      ""};
  const std::string canonical =
      AlibabaV3CanonicalRequest(request,
                                {"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date",
                                 "x-acs-signature-nonce", "x-acs-version"},
                                empty);
  EXPECT_EQ(Hex(Sha256(canonical)),
            "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259");
  EXPECT_EQ(AlibabaV3Signature("YourAccessKeySecret", canonical),
            "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0");
}

TEST(AlibabaV3, CccVectorWithSecurityToken) {
  const std::string empty = Hex(Sha256(""));
  const Request request = {"POST",
                           "/?InstanceId=ef1e71e9-ae9d-487c-96ad-9181d85cf802",
                           {{"host", "ccc.cn-shanghai.aliyuncs.com"},
                            {"x-acs-accesskey-id", "testid"},
                            {"x-acs-action", "GetInstance"},
                            {"x-acs-content-sha256", empty},
                            {"x-acs-date", "2026-01-15T12:00:00Z"},
                            {"x-acs-security-token", "tok/en+1=="},
                            {"x-acs-signature-nonce", "00000000000000000000000000000001"},
                            {"x-acs-version", "2017-07-05"}},
                           ""};
  std::vector<std::string> names;
  for (const auto& [name, value] : request.headers) names.push_back(name);
  EXPECT_EQ(AlibabaV3Signature("testsecret", AlibabaV3CanonicalRequest(request, names, empty)),
            "85b9e14a36ffdcac784a339bfced7c72c9aba30d95a622d86ffeefc526849458");
}

}  // namespace
}  // namespace instanced::cloudsim
