// Every file of tests/golden/manifests against its stated verdict, problems and stored objects.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "controller/source/manifest/manifest.h"

namespace instanced {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string ReadFile(const fs::path& path) {
  std::ifstream stream(path);
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

std::vector<std::string> CaseNames() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(INSTANCED_GOLDEN_MANIFESTS)) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

json PairsToJson(const StringPairs& pairs) {
  auto out = json::object();
  for (const auto& [name, value] : pairs) out[name] = value;
  return out;
}

json Stored(const ManifestObject& object) {
  json out{{"kind", ToString(object.key.kind)},
           {"namespace", object.key.namespace_},
           {"name", object.key.name},
           {"spec", json::parse(object.canonical_spec)}};
  if (!object.labels.empty()) out["labels"] = PairsToJson(object.labels);
  if (!object.annotations.empty()) out["annotations"] = PairsToJson(object.annotations);
  return out;
}

void ExpectRefused(const ParsedFile& parsed, const json& expected) {
  std::vector<std::string> lines;
  for (const auto& problem : parsed.problems) lines.push_back(ToString(problem));
  EXPECT_FALSE(lines.empty());
  for (const auto& part : expected.at("problems")) {
    EXPECT_THAT(lines, testing::Contains(testing::HasSubstr(part.get<std::string>())));
  }
  EXPECT_EQ(lines.size(), expected.at("problems").size()) << testing::PrintToString(lines);
}

void ExpectAccepted(const ParsedFile& parsed, const json& expected) {
  for (const auto& problem : parsed.problems) ADD_FAILURE() << ToString(problem);
  auto stored = json::array();
  for (const auto& object : parsed.objects) stored.push_back(Stored(object));
  EXPECT_EQ(stored, expected.at("objects"));
  EXPECT_EQ(parsed.ignored, expected.at("ignored").get<std::size_t>());
}

class Corpus : public testing::TestWithParam<std::string> {};

TEST_P(Corpus, IsReadAsStated) {
  const fs::path folder(INSTANCED_GOLDEN_MANIFESTS);
  const auto expected = json::parse(ReadFile(folder / (GetParam() + ".expect.json")));

  const auto parsed = ParseManifest("m.yaml", ReadFile(folder / (GetParam() + ".yaml")));

  if (expected.at("verdict") == "refused") {
    ExpectRefused(parsed, expected);
  } else {
    ExpectAccepted(parsed, expected);
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, Corpus, testing::ValuesIn(CaseNames()), [](const auto& chosen) {
  std::string name = chosen.param;
  std::ranges::replace(name, '-', '_');
  return name;
});

}  // namespace
}  // namespace instanced
