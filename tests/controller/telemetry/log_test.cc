#include "controller/telemetry/log.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "controller/telemetry/clean_text.h"

namespace instanced {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

class NoonClock final : public Clock {
 public:
  MonotonicTime Now() const override { return {}; }
  WallTime WallNow() const override { return WallTime(std::chrono::hours(12)); }
};

class LogTest : public ::testing::Test {
 protected:
  Log Make(LogFormat format, LogLevel least = LogLevel::kInfo) {
    return Log(least, format, clock,
               [this](LogLevel, std::string_view line) { lines.emplace_back(line); });
  }
  NoonClock clock;
  std::vector<std::string> lines;
};

TEST_F(LogTest, JsonLineCarriesTypedValues) {
  Make(LogFormat::kJson)
      .Info("instance created", {{"object", ObjectKey{Kind::kConnectInstance, "ns", "a"}},
                                 {"attempt", 3},
                                 {"took", std::chrono::milliseconds(1500)}});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(json::parse(lines[0]), json::parse(R"({"time": "1970-01-01T12:00:00Z",
      "level": "info", "message": "instance created", "object": "ConnectInstance/ns/a",
      "attempt": 3, "took": 1.5})"));
}

TEST_F(LogTest, TextLineQuotesWhatIsNotAPlainWord) {
  Make(LogFormat::kText).Warning("call failed", {{"code", "Throttling.User"}, {"error", "a b"}});
  EXPECT_EQ(lines.at(0),
            "1970-01-01T12:00:00Z warning call failed code=Throttling.User error=\"a b\"");
}

TEST_F(LogTest, LinesBelowTheLevelAreDropped) {
  const Log log = Make(LogFormat::kText, LogLevel::kWarning);
  log.Debug("x");
  log.Info("x");
  log.Error("x");
  EXPECT_EQ(lines.size(), 1U);
}

TEST_F(LogTest, FailureNamesClassOperationCodeAndRequestId) {
  Make(LogFormat::kJson)
      .Failure(LogLevel::kWarning, "pass failed",
               Error{.error_class = ErrorClass::kThrottled,
                     .code = "ThrottlingException",
                     .message = "slow down",
                     .operation = "connect:DescribeInstance",
                     .request_id = "r-1",
                     .retry_after = std::nullopt});
  const json line = json::parse(lines.at(0));
  EXPECT_EQ(line["class"], "Throttled");
  EXPECT_EQ(line["operation"], "connect:DescribeInstance");
  EXPECT_EQ(line["code"], "ThrottlingException");
  EXPECT_EQ(line["request_id"], "r-1");
}

TEST_F(LogTest, HostileTextCannotForgeALineOrBreakTheJson) {
  const std::vector<std::string> hostile{"a\nlevel=error forged",
                                         "a\r\n",
                                         "quote\" } {",
                                         std::string("nul\0end", 7),
                                         "\x1b[31mred\x1b[0m",
                                         "\xff\xfe",
                                         "\xc0\xaf",
                                         "\xed\xa0\x80",
                                         "\xf5\x80\x80\x80",
                                         "cut \xe2\x82",
                                         "line\xe2\x80\xa8sep",
                                         "c1 \xc2\x9b"
                                         "31m",
                                         "back\\slash"};
  for (const std::string& text : hostile) {
    Make(LogFormat::kJson).Info("x", {{"object", text}});
    Make(LogFormat::kText).Info("x", {{"object", text}});
    const json parsed = json::parse(lines.at(0));  // throws on anything that is not valid JSON
    EXPECT_FALSE(parsed["object"].get<std::string>().empty());
    for (const std::string& line : lines) {
      for (const char c : line) EXPECT_GE(static_cast<unsigned char>(c), 0x20) << line;
      EXPECT_THAT(line, Not(HasSubstr("\xe2\x80\xa8")));
      EXPECT_THAT(line, Not(HasSubstr("\xc2\x9b")));
    }
    lines.clear();
  }
}

TEST_F(LogTest, EveryByteStringBecomesValidJsonAndKeepsValidText) {
  SeededRandom random(11);
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    for (auto length = UniformBelow(random, 12); length > 0; --length) {
      text.push_back(static_cast<char>(UniformBelow(random, 256)));
    }
    const json parsed = json::parse(JsonQuote(text), nullptr, false);
    ASSERT_TRUE(parsed.is_string()) << round;
    ASSERT_EQ(parsed.get<std::string>(), CleanUtf8(text)) << round;
  }
  EXPECT_EQ(CleanUtf8("gr\xc3\xbc\xc3\x9f \xe4\xbd\xa0 \xf0\x9f\x98\x80"),
            "gr\xc3\xbc\xc3\x9f \xe4\xbd\xa0 \xf0\x9f\x98\x80");
}

TEST(LogLevel, WordsAreReadBack) {
  for (const char* word : {"debug", "info", "warning", "error"}) {
    ASSERT_TRUE(ParseLogLevel(word)) << word;
    EXPECT_EQ(ToString(*ParseLogLevel(word)), word);
  }
  EXPECT_FALSE(ParseLogLevel("loud"));
}

TEST(StandardErrorSink, LineArrivesAsItIs) {
  ::testing::internal::CaptureStderr();
  StandardErrorSink()(LogLevel::kWarning, "100% {} of a line");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "100% {} of a line\n");
}

}  // namespace
}  // namespace instanced
