#include "controller/provider/alibaba/rpc_signature.h"

#include <gtest/gtest.h>

namespace instanced::alibaba {
namespace {

const WallTime kNow{std::chrono::milliseconds(1768478400000)};  // 2026-01-15T12:00:00Z

RpcParameters DescribeRegions(const std::string& time_name) {
  return {{"AccessKeyId", "testid"},
          {"Action", "DescribeRegions"},
          {"Format", "XML"},
          {"SignatureMethod", "HMAC-SHA1"},
          {"SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"},
          {"SignatureVersion", "1.0"},
          {time_name, "2016-02-23T12:46:24Z"},
          {"Version", "2014-05-26"}};
}

TEST(RpcSignature, EncodesAsRfc3986Says) {
  EXPECT_EQ(PercentEncode("aZ09-_.~"), "aZ09-_.~");
  EXPECT_EQ(PercentEncode(" *+/=阿"), "%20%2A%2B%2F%3D%E9%98%BF");
}

TEST(RpcSignature, V1StringToSignIsTheDocumentedOne) {
  EXPECT_EQ(StringToSignV1("GET", DescribeRegions("Timestamp")),
            "GET&%2F&AccessKeyId%3Dtestid%26Action%3DDescribeRegions%26Format%3DXML%26"
            "SignatureMethod%3DHMAC-SHA1%26SignatureNonce%3D3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf%26"
            "SignatureVersion%3D1.0%26Timestamp%3D2016-02-23T12%253A46%253A24Z%26"
            "Version%3D2014-05-26");
}

TEST(RpcSignature, V1GivesTheDocumentedSignatures) {
  EXPECT_EQ(SignatureV1("GET", DescribeRegions("Timestamp"), "testsecret"),
            "OLeaidS1JvxuMvnyHOwuJ+uX5qY=");
  EXPECT_EQ(SignatureV1("GET", DescribeRegions("TimeStamp"), "testsecret"),
            "CT9X0VtwR86fNWSnsc6v8YGOjuE=");
  EXPECT_EQ(SignatureV1("", {{"test", "ok"}}, "accessKeySecret"), "jHx/oHoHNrbVfhncHEvPdHXZwHU=");
}

TEST(RpcSignature, V1SignsUtf8AndJsonValues) {
  const RpcParameters parameters{{"AccessKeyId", "testId"},
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
                                 {"TemplateParam", R"({"customer":"test"})"},
                                 {"Timestamp", "2017-07-12T02:42:19Z"},
                                 {"Version", "2017-05-25"}};
  EXPECT_EQ(SignatureV1("GET", parameters, "testSecret"), "zJDF+Lrzhj/ThnlvIToysFRq6t4=");
}

TEST(RpcSignature, V1AddsTheCommonParametersOfACccCall) {
  const auto query =
      SignV1("POST",
             {{"Action", "GetInstance"},
              {"Format", "JSON"},
              {"InstanceId", "ef1e71e9-ae9d-487c-96ad-9181d85cf802"},
              {"RegionId", "cn-shanghai"},
              {"Version", "2017-07-05"}},
             {"testid", "testsecret", "tok/en+1=="}, kNow, "00000000-0000-0000-0000-000000000001");
  EXPECT_EQ(query.at("Timestamp"), "2026-01-15T12:00:00Z");
  EXPECT_EQ(query.at("Signature"), "gRo3GCQKno63D5aIWJ72dym96os=");
}

TEST(RpcSignature, V1SignsTheListsOfAnOutboundBotCreate) {
  const auto query =
      SignV1("POST",
             {{"Action", "CreateInstance"},
              {"CallingNumber.1", "4008013260"},
              {"CallingNumber.2", "02500000000"},
              {"Format", "JSON"},
              {"InstanceDescription", "a*b c~d"},
              {"InstanceName", "第一个实例"},
              {"MaxConcurrentConversation", "4"},
              {"Version", "2019-12-26"}},
             {"testid", "testsecret", ""}, kNow, "00000000-0000-0000-0000-000000000002");
  EXPECT_FALSE(query.contains("SecurityToken"));
  EXPECT_EQ(query.at("Signature"), "L7dLf2npI7XD4EjXDqR23j2tMds=");
}

std::string SignatureOf(const std::string& authorization) {
  return authorization.substr(authorization.find(",Signature=") + 11);
}

TEST(RpcSignature, V3GivesTheDocumentedSignature) {
  const auto headers = SignV3({"POST",
                               "ecs.cn-shanghai.aliyuncs.com",
                               "RunInstances",
                               "2014-05-26",
                               {{"ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"},
                                {"RegionId", "cn-shanghai"}}},
                              {"YourAccessKeyId", "YourAccessKeySecret", ""},
                              WallTime(std::chrono::milliseconds(1698315752000)),
                              "3156853299f313e23d1673dc12e1703d");
  EXPECT_EQ(headers.back().second,
            "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;"
            "x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature="
            "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0");
}

TEST(RpcSignature, V3SortsAndJoinsRepeatedHeaders) {
  const V3Request request{"",
                          "",
                          {{"test", "ok"}, {"empty", ""}},
                          {{"x-acs-test", "http"}, {"X-Acs-Test", " https "}, {"other", "x"}},
                          "55e12e91650d2fec56ec74e1d3e4ddbfce2ef3a65890c2a19ecf88a307e76a23"};
  EXPECT_EQ(SignatureOf(AuthorizationV3(request, "acesskey", "secret")),
            "4ab59fffe3c5738ff8a2729f90cc04fe18b02a4b15b2102cbaf92f9ff3df2ea3");
}

TEST(RpcSignature, V3SignsTheTokenOfACccCall) {
  const auto headers =
      SignV3({"POST",
              "ccc.cn-shanghai.aliyuncs.com",
              "GetInstance",
              "2017-07-05",
              {{"InstanceId", "ef1e71e9-ae9d-487c-96ad-9181d85cf802"}}},
             {"testid", "testsecret", "tok/en+1=="}, kNow, "00000000000000000000000000000001");
  EXPECT_EQ(SignatureOf(headers.back().second),
            "85b9e14a36ffdcac784a339bfced7c72c9aba30d95a622d86ffeefc526849458");
}

}  // namespace
}  // namespace instanced::alibaba
