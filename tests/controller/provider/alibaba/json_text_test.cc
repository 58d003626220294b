#include "controller/provider/alibaba/json_text.h"

#include <array>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace instanced::alibaba {
namespace {

TEST(JsonText, EveryTextGivesTheDocumentThatTheSlowParserGives) {
  const auto texts = std::to_array<std::string>({
      R"({"a":{"b":[1,-2,3.5,true,false,null,"x"]},"c":""})",
      R"({"a":1,"a":2})",
      R"({"a":"\u65e0\n\"q\""})",
      R"([18446744073709551615,-9223372036854775808,9223372036854775807])",
      R"([18446744073709551616,1e300])",
      "\"text\"",
      "17",
      " {} ",
      "",
      "{",
      R"({"a":1}x)",
      R"({'a':1})",
      "[1,]",
      "\"\xff\"",
      "nul",
  });
  for (const auto& text : texts) {
    const auto expected = nlohmann::json::parse(text, nullptr, false);
    const auto parsed = ParseJson(text);
    EXPECT_EQ(parsed.type(), expected.type()) << text;
    if (expected.is_discarded()) continue;
    EXPECT_EQ(parsed.dump(), expected.dump()) << text;
  }
}

TEST(JsonText, NumbersKeepTheirKind) {
  EXPECT_TRUE(ParseJson("1").is_number_unsigned());
  EXPECT_FALSE(ParseJson("-1").is_number_unsigned());
  EXPECT_TRUE(ParseJson("1.0").is_number_float());
}

}  // namespace
}  // namespace instanced::alibaba
