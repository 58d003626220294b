#include "controller/provider/alibaba/envelope.h"

#include <gtest/gtest.h>

#include "controller/provider/alibaba/lenient_json.h"
#include "controller/provider/alibaba/time_text.h"
#include "controller/provider/alibaba/xml_document.h"

namespace instanced::alibaba {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

Envelope Decode(int status, std::string body, HttpHeaders headers = {}) {
  return DecodeEnvelope({status, std::move(headers), std::move(body)});
}

TEST(Envelope, EverySuccessCodeCounts) {
  for (const std::string code : {R"("OK")", R"("Success")", R"("success")", R"("200")", "200"}) {
    EXPECT_EQ(Decode(200, R"({"RequestId":"r","Code":)" + code + "}").verdict, Verdict::kSuccess)
        << code;
  }
  EXPECT_EQ(Decode(200, R"({"RequestId":"r","AccountId":"1"})").verdict, Verdict::kSuccess);
}

TEST(Envelope, HttpOkWithAnotherCodeIsAnErrorOfTheBodysStatus) {
  const auto envelope =
      Decode(200, R"({"HttpStatusCode":"404","Code":"NotExists.InstanceId","Message":"gone",
                      "RequestId":"r-1","Success":"false"})");
  EXPECT_EQ(envelope.verdict, Verdict::kError);
  EXPECT_EQ(envelope.status, 404);
  EXPECT_EQ(envelope.code, "NotExists.InstanceId");
  EXPECT_EQ(envelope.request_id, "r-1");
}

TEST(Envelope, SuccessFalseIsAnErrorEvenWithCodeOk) {
  const auto envelope = Decode(200, R"({"HttpStatusCode":500,"Code":"OK","Success":false})");
  EXPECT_EQ(envelope.verdict, Verdict::kError);
  EXPECT_EQ(envelope.code, "Http500");
}

TEST(Envelope, ErrorStatusIsAnErrorEvenWithCodeOk) {
  EXPECT_EQ(Decode(500, R"({"Code":"OK","Success":true})").code, "Http500");
}

TEST(Envelope, LowerCaseKeysAreRead) {
  const auto envelope = Decode(400, R"({"requestId":"r","code":"Throttling.User","message":"m"})");
  EXPECT_EQ(envelope.code, "Throttling.User");
  EXPECT_EQ(envelope.message, "m");
  EXPECT_EQ(envelope.request_id, "r");
}

TEST(Envelope, XmlErrorIsReadLikeJson) {
  const auto envelope = Decode(
      400,
      "<?xml version='1.0' encoding='UTF-8'?><Error><RequestId>r</RequestId>"
      "<HostId>h</HostId><Code>InvalidTimeStamp.Expired</Code><Message>late</Message></Error>");
  EXPECT_EQ(envelope.verdict, Verdict::kError);
  EXPECT_EQ(envelope.code, "InvalidTimeStamp.Expired");
  EXPECT_EQ(envelope.request_id, "r");
}

TEST(Envelope, XmlWithAndWithoutRootGiveTheSame) {
  const std::string members =
      "<HttpStatusCode>200</HttpStatusCode><Code>OK</Code><RequestId>r</RequestId>"
      "<Success>true</Success><Instance><InstanceId>i</InstanceId></Instance>";
  const auto bare = Decode(200, members);
  const auto rooted =
      Decode(200, "<DescribeInstanceResponse>" + members + "</DescribeInstanceResponse>");
  EXPECT_EQ(bare.verdict, Verdict::kSuccess);
  EXPECT_EQ(bare.body, rooted.body);
  EXPECT_EQ(bare.body["Instance"]["InstanceId"], "i");
}

TEST(Envelope, WhatIsNoEnvelopeIsUnreadable) {
  for (const std::string body : {"", "   ", "null", "[]", "{}", "not json", R"({"a":1})",
                                 "<html><body>503</body></html>", "<Error>", "\xff\xfe"}) {
    const auto envelope = Decode(503, body);
    EXPECT_EQ(envelope.verdict, Verdict::kUnreadable) << body;
    EXPECT_EQ(envelope.code, "Http503");
  }
}

TEST(Envelope, NoneIsNoMessage) {
  EXPECT_EQ(Decode(200, R"({"Code":"OK","Message":"无"})").message, "");
}

TEST(ThrottleHint, ReadsMillisecondsAndRateLimits) {
  EXPECT_EQ(ThrottleHint({{"X-Acs-Retry-After", "1500"}}), milliseconds(1500));
  EXPECT_EQ(ThrottleHint({{"x-ratelimit-user-api", "Limit:10,Remain:0,TimeLeft:700"}}),
            milliseconds(800));
  EXPECT_EQ(ThrottleHint({{"X-RateLimit-User", "remain: 0, timeleft: 20"},
                          {"X-RateLimit-User-API", "Remain:0,TimeLeft:10"}}),
            milliseconds(120));
}

TEST(ThrottleHint, IgnoresWhatSaysNothing) {
  for (const std::string value : {"0", "-5", "soon", "1.5", ""}) {
    EXPECT_EQ(ThrottleHint({{"x-acs-retry-after", value}}), std::nullopt) << value;
  }
  for (const std::string value : {"Remain:3,TimeLeft:700", "Remain:-1,TimeLeft:700", "TimeLeft:9",
                                  "Remain:0", ",,:,", "Remain:0,TimeLeft:-4"}) {
    EXPECT_EQ(ThrottleHint({{"X-RateLimit-User-API", value}}), std::nullopt) << value;
  }
  EXPECT_EQ(ThrottleHint({{"x-acs-retry-after", "999999999999"}}), std::chrono::hours(1));
}

TEST(LenientJson, ScalarsAreReadInBothDirections) {
  const json scalars{{"number", 111}, {"text", "100"}, {"yes", "TRUE"},
                     {"one", 1},      {"flag", true},  {"float", 3.0},
                     {"half", 0.5},   {"empty", ""},   {"big", 18446744073709551615u}};
  EXPECT_EQ(TextOf(scalars, "number"), "111");
  EXPECT_EQ(TextOf(scalars, "flag"), "true");
  EXPECT_EQ(AsInteger(FindMember(scalars, "text")), 100);
  EXPECT_EQ(AsInteger(FindMember(scalars, "float")), 3);
  EXPECT_EQ(AsFlag(FindMember(scalars, "yes")), true);
  EXPECT_EQ(AsFlag(FindMember(scalars, "one")), true);
  for (const char* name : {"half", "empty", "big", "absent"}) {
    EXPECT_EQ(AsInteger(FindMember(scalars, name)), std::nullopt) << name;
  }
}

TEST(LenientJson, ListsComeWrappedPlainSingleOrEmpty) {
  const auto count = [](const char* text) {
    return ItemsOf(json::parse(text), "Items", "Item").size();
  };
  EXPECT_EQ(count(R"({"Items":{"Item":[1,2]}})"), 2u);
  EXPECT_EQ(count(R"({"Items":[1,2]})"), 2u);
  EXPECT_EQ(count(R"({"Items":{"Item":{"a":1}}})"), 1u);
  for (const char* none : {R"({"Items":{}})", R"({"Items":""})", R"({"Items":null})", "{}", "[]"}) {
    EXPECT_EQ(count(none), 0u) << none;
  }
}

TEST(XmlDocument, RepeatedElementsBecomeAList) {
  EXPECT_EQ(XmlToJson("<A><B>1</B><B>2</B></A><C>x</C>"),
            json::parse(R"({"A":{"B":["1","2"]},"C":"x"})"));
}

TEST(XmlDocument, BrokenDeepAndForeignTextIsRefusedOrRepaired) {
  EXPECT_EQ(XmlToJson("<A><B></A>"), std::nullopt);
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "<a>";
  for (int i = 0; i < 100; ++i) deep += "</a>";
  EXPECT_EQ(XmlToJson(deep), std::nullopt);
  const auto repaired = XmlToJson("<A>\xff</A><B>b</B>");
  ASSERT_TRUE(repaired);
  EXPECT_NO_THROW(repaired->dump());
}

TEST(TimeText, BothSpellingsAreRead) {
  const WallTime noon{milliseconds(1768478400000)};
  EXPECT_EQ(ParseHttpDate("Thu, 15 Jan 2026 12:00:00 GMT"), noon);
  EXPECT_EQ(ParseUtcTime("2026-01-15T12:00:00Z"), noon);
  EXPECT_EQ(ParseUtcTime("2026-01-15T12:00:00.123Z"), noon);
  for (const char* wrong : {"", "Thu, 32 Jan 2026 12:00:00 GMT", "Thu, 15 Foo 2026 12:00:00 GMT"}) {
    EXPECT_EQ(ParseHttpDate(wrong), std::nullopt) << wrong;
  }
  for (const char* wrong : {"", "2026-13-15T12:00:00Z", "2026-01-15 12:00:00Z", "1768478400"}) {
    EXPECT_EQ(ParseUtcTime(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace instanced::alibaba
