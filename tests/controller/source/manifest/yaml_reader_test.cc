#include <limits>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/source/manifest/yaml_node.h"

namespace instanced {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string FirstProblem(std::string_view text, const YamlLimits& limits = {}) {
  const auto file = ReadYaml("f", text, limits);
  return file.problems.empty() ? "" : ToString(file.problems.front());
}

TEST(ResolvePlainScalar, FollowsYaml11AsKubectlReadsIt) {
  const std::pair<const char*, json> cases[]{
      {"", nullptr},
      {"~", nullptr},
      {"NULL", nullptr},
      {"nUll", "nUll"},
      {"y", true},
      {"YES", true},
      {"On", true},
      {"oN", "oN"},
      {"n", false},
      {"Off", false},
      {"FALSE", false},
      {"0", 0},
      {"-0", 0},
      {"010", 8},
      {"-010", -8},
      {"0o10", 8},
      {"0x1F", 31},
      {"-0b11", -3},
      {"1_000", 1000},
      {"08", 8},
      {"0x", "0x"},
      {"0xG", "0xG"},
      {"1.5", 1.5},
      {".5", 0.5},
      {"-.5e1", -5},
      {"1.", 1},
      {"1e3", 1000},
      {"1e400", "1e400"},
      {"+12", 12},
      {"+", "+"},
      {"-", "-"},
      {".", "."},
      {"1:30", "1:30"},
      {"2024-01-02", "2024-01-02"},
      {"9223372036854775807", 9223372036854775807},
      {"-9223372036854775808", std::numeric_limits<std::int64_t>::min()},
      {"18446744073709551615", 18446744073709551615U},
      {"1.2.3", "1.2.3"},
      {"12abc", "12abc"}};
  for (const auto& [text, value] : cases) EXPECT_EQ(ResolvePlainScalar(text), value) << text;
}

TEST(ReadYaml, EveryNodeKnowsItsPlace) {
  const auto file = ReadYaml("f", "a:\n  - x: 1\n  - y\n", {});
  ASSERT_THAT(file.documents, SizeIs(1));
  const auto& list = file.documents[0].Find("a")->value;
  EXPECT_EQ(list.items.at(0).entries.at(0).position, (Position{2, 5}));
  EXPECT_EQ(list.items.at(0).entries.at(0).value.position, (Position{2, 8}));
  EXPECT_EQ(list.items.at(1).position, (Position{3, 5}));
}

TEST(ReadYaml, RefusesTextThatIsNotUtf8AndNamesThePlace) {
  for (const std::string_view bytes :
       {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x01", "\x7f"}) {
    EXPECT_THAT(FirstProblem("a: b\nc: " + std::string(bytes)), HasSubstr("f:2:4: found the byte"))
        << testing::PrintToString(bytes);
  }
  EXPECT_EQ(FirstProblem("a: \xf0\x9f\x98\x80\xe2\x82\xac\xc3\xa9"), "");
}

TEST(ReadYaml, BoundsFileDocumentsDepthAndNodes) {
  EXPECT_THAT(FirstProblem("a: bcd", {.file_bytes = 5}), HasSubstr("found 6 bytes, expected 5"));
  EXPECT_THAT(FirstProblem("a\n---\nb\n---\nc\n", {.documents = 2}), HasSubstr("2 documents"));
  EXPECT_THAT(FirstProblem("[[[a]]]", {.depth = 2}), HasSubstr("2 levels"));
  EXPECT_THAT(FirstProblem("[a, b, c]", {.nodes = 2}), HasSubstr("2 nodes"));
  EXPECT_THAT(FirstProblem(std::string(5000, '[')), HasSubstr("levels"));
}

TEST(ReadYaml, BoundsWhatAliasesBringIn) {
  std::string text = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 40; ++i) {
    text += fmt::format("a{0}: &a{0} [*a{1}, *a{1}]\n", i, i - 1);
  }
  EXPECT_THAT(FirstProblem(text), HasSubstr("brought in by aliases"));
  EXPECT_THAT(FirstProblem("a: &a [*a]"), HasSubstr("inside its own anchor"));
  EXPECT_THAT(FirstProblem("a: &a [[x]]\nb: [[*a]]", {.depth = 4}), HasSubstr("4 levels"));
}

TEST(ReadYaml, ADocumentThatIsNothingIsLeftOut) {
  EXPECT_THAT(ReadYaml("f", "---\n---\n~\n", {}).documents, IsEmpty());
}

}  // namespace
}  // namespace instanced
