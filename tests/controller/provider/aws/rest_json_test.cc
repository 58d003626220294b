#include "controller/provider/aws/rest_json.h"

#include <gtest/gtest.h>

#include "controller/provider/aws/aws_time.h"
#include "controller/provider/aws/sts.h"

namespace instanced::aws {
namespace {

using namespace std::chrono_literals;

std::string CodeOf(HttpHeaders headers, std::string body) {
  return ParseRestJsonFailure({400, std::move(headers), std::move(body)}).code;
}

TEST(RestTarget, EncodesLabelsAndRepeatsQueryKeys) {
  RestTarget target("/tags/");
  target.Label("arn:aws:connect:x/y").Query("tagKeys", "a b").Query("tagKeys", "c+d");
  EXPECT_EQ(target.text(), "/tags/arn%3Aaws%3Aconnect%3Ax%2Fy?tagKeys=a%20b&tagKeys=c%2Bd");
}

TEST(RestJsonFailure, FindsTheCodeInEveryPlaceAndForm) {
  EXPECT_EQ(CodeOf({{"X-Amzn-ErrorType", "NotHere"}}, R"({"code":"Other"})"), "NotHere");
  EXPECT_EQ(CodeOf({{"x-amzn-errortype", "Gone:http://internal/"}}, ""), "Gone");
  EXPECT_EQ(CodeOf({}, R"({"code":"A","Code":"B","__type":"C"})"), "A");
  EXPECT_EQ(CodeOf({}, R"({"Code":"B","__type":"C"})"), "B");
  EXPECT_EQ(CodeOf({}, R"({"__type":"com.amazonaws.scn#Conflict:uri,more"})"), "Conflict");
  EXPECT_EQ(CodeOf({}, R"({"code":42})"), "42");
  EXPECT_EQ(CodeOf({}, R"({"code":{"deep":1},"__type":"<b>"})"), "Http400");
}

TEST(RestJsonFailure, SurvivesBodiesThatAreNoJson) {
  for (const char* body :
       {"", "<html><body>Bad gateway</body></html>", "[1]", "{\"code\":", "\xff"}) {
    const auto failure = ParseRestJsonFailure({503, {{"x-amzn-RequestId", "r-9"}}, body});
    EXPECT_EQ(failure.code, "Http503") << body;
    EXPECT_EQ(failure.message, "") << body;
    EXPECT_EQ(failure.request_id, "r-9");
  }
}

TEST(RestJsonFailure, TakesTheMessageOfEitherSpellingOnOneLine) {
  EXPECT_EQ(ParseRestJsonFailure({400, {}, R"({"Message":"a\n\t b"})"}).message, "a b");
  EXPECT_EQ(ParseRestJsonFailure({400, {}, R"({"message":"m","Message":"M"})"}).message, "m");
  const auto cut = SanitizeMessage(std::string(511, 'a') + "\xC3\xA9" + std::string(9, 'b'));
  EXPECT_EQ(cut, std::string(511, 'a'));
}

TEST(RestJsonFailure, ReadsRetryHintsInEveryUnit) {
  EXPECT_EQ(RetryAfter({{"x-amz-retry-after", "1500"}}), 1500ms);
  EXPECT_EQ(RetryAfter({{"Retry-After", "3"}}), 3000ms);
  EXPECT_EQ(RetryAfter({{"Date", "Thu, 15 Jan 2026 12:00:00 GMT"},
                        {"Retry-After", "Thu, 15 Jan 2026 12:00:20 GMT"}}),
            20000ms);
  EXPECT_EQ(RetryAfter({{"Retry-After", "-1"}}), std::nullopt);
  EXPECT_EQ(RetryAfter({{"Retry-After", "soon"}}), std::nullopt);
}

TEST(AwsTime, ReadsNumbersFractionsAndText) {
  const auto noon = *ParseIso8601("2026-01-15T12:00:00Z");
  EXPECT_EQ(FormatRfc3339(noon), "2026-01-15T12:00:00Z");
  EXPECT_EQ(FormatAmzDate(noon), "20260115T120000Z");
  EXPECT_EQ(TimeFromJson(1768478400), noon);
  EXPECT_EQ(TimeFromJson(1.7684784005e9), noon + 500ms);
  EXPECT_EQ(TimeFromJson("1768478400"), noon);
  EXPECT_EQ(TimeFromJson("2026-01-15T13:00:00.250+01:00"), noon + 250ms);
  EXPECT_EQ(ParseHttpDate("Thu, 15 Jan 2026 12:00:00 GMT"), noon);
  EXPECT_TRUE(TimeFromJson(172615383136.0));  // the model's own odd example
}

TEST(AwsTime, RefusesWhatIsNoTime) {
  for (const char* text : {"", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "yesterday",
                           "2026-01-15T12:00:00", "2026-01-15T12:00:00.Z", "1e300"}) {
    EXPECT_EQ(TimeFromJson(text), std::nullopt) << text;
  }
  EXPECT_EQ(TimeFromJson(1e18), std::nullopt);
  EXPECT_EQ(TimeFromJson(nullptr), std::nullopt);
  EXPECT_EQ(ParseHttpDate("Thu, 15 Foo 2026 12:00:00 GMT"), std::nullopt);
}

TEST(Sts, ReadsIdentityAndAssumedRole) {
  const auto caller = ParseCallerIdentity(
      R"(<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">)"
      R"(<GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/x</Arn><UserId>U</UserId>)"
      R"(<Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>)");
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->account_id, "123456789012");
  EXPECT_EQ(ParseCallerIdentity("<html/>").error().error_class, ErrorClass::kTransient);
  EXPECT_EQ(ParseAssumedRole("<AssumeRoleWithWebIdentityResponse/>").error().code,
            "UnreadableAnswer");
}

TEST(Sts, ReadsXmlFailures) {
  const auto failure = ParseStsFailure(
      {400,
       {},
       "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidIdentityToken</Code>"
       "<Message>No provider</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"});
  EXPECT_EQ(failure.code, "InvalidIdentityToken");
  EXPECT_EQ(failure.message, "No provider");
  EXPECT_EQ(failure.request_id, "r-1");
  EXPECT_EQ(ParseStsFailure({503, {}, "<html>"}).code, "Http503");
}

}  // namespace
}  // namespace instanced::aws
