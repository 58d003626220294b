// The manifests of tests/golden against a real API server: the same verdict and the same stored
// object as the daemon's own reading of files has. Where they differ, the table says why, and a row
// that no longer differs must go. A server that knows CEL rules must agree where only those decide.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/kinds/object.h"

namespace instanced {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Folders {
  fs::path manifests;
  fs::path answers;
};
Folders& Where() {
  static Folders folders;
  return folders;
}

enum class Why {
  kRules,        // a CEL rule: servers before 1.25 ignore them, later ones must not
  kYaml,         // kubectl's reader is silent where files must be sure; strict since 1.25 in part
  kForeignKind,  // in files other kinds are left alone; the server looks at them
  kNothing,      // kubectl calls it an error to be given no object
  kTwice,        // two files may not own one object; applied one after the other they may
};
struct Difference {
  std::string_view name;
  Why why;
};
constexpr std::array kDifferences = {
    Difference{"call-center-create-needs-fields", Why::kRules},
    Difference{"call-center-create-needs-name", Why::kRules},
    Difference{"connect-attribute-of-a-switch", Why::kRules},
    Difference{"connect-create-needs-fields", Why::kRules},
    Difference{"connect-directory-needed", Why::kRules},
    Difference{"connect-tag-of-ours", Why::kRules},
    Difference{"connect-tag-of-the-cloud", Why::kRules},
    Difference{"outbound-bot-create-needs-fields", Why::kRules},
    Difference{"supply-chain-tag-of-ours", Why::kRules},
    Difference{"comments-only", Why::kNothing},
    Difference{"empty-file", Why::kNothing},
    Difference{"key-declared-twice", Why::kTwice},
    Difference{"key-twice", Why::kYaml},
    Difference{"key-twice-by-spelling", Why::kYaml},
    Difference{"key-twice-in-metadata", Why::kYaml},
    Difference{"merge-after-its-key", Why::kYaml},
    Difference{"tag-binary", Why::kYaml},
    Difference{"tag-custom", Why::kYaml},
    Difference{"tag-custom-on-mapping", Why::kYaml},
    Difference{"list-with-other-kinds", Why::kForeignKind},
    Difference{"other-kinds-are-ignored", Why::kForeignKind},
};

const Difference* FindDifference(std::string_view name) {
  const auto* found = std::ranges::find(kDifferences, name, &Difference::name);
  return found == kDifferences.end() ? nullptr : found;
}

std::string ReadText(const fs::path& path) {
  std::ifstream stream(path);
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

std::vector<std::string> CaseNames() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(Where().manifests)) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

json Expected(const std::string& name) {
  return json::parse(ReadText(Where().manifests / (name + ".expect.json")));
}
bool WasAccepted(const std::string& name) {
  return fs::exists(Where().answers / (name + ".accepted"));
}

bool KnowsRules() {
  const auto version = json::parse(ReadText(Where().answers / "server-version"));
  const int major = std::stoi(version.at("major").get<std::string>());
  return major > 1 || std::stoi(version.at("minor").get<std::string>()) >= 25;  // "27+" is 27
}

// The spec as both ways deliver it: read into the types, and written again.
std::string Canonical(const json& document) {
  const auto object = ObjectFromJson(document);
  if (!object) return object.error().message;
  return std::visit([](const auto& pointer) { return ToJson(*pointer).at("spec").dump(); },
                    *object);
}

TEST(KubeCorpus, VerdictsAreThoseOfFilesButForTheListedDifferences) {
  const auto names = CaseNames();
  ASSERT_GT(names.size(), 100u);
  for (const auto& name : names) {
    const bool same = (Expected(name).at("verdict") == "accepted") == WasAccepted(name);
    const auto* difference = FindDifference(name);
    if (difference == nullptr) {
      EXPECT_TRUE(same) << name << ": " << ReadText(Where().answers / (name + ".refusal"));
    } else if (difference->why == Why::kRules && KnowsRules()) {
      EXPECT_TRUE(same) << name << ": the server knows the rule";
    } else if (difference->why != Why::kYaml) {
      EXPECT_FALSE(same) << name << " agrees: take it out of the table";
    }
  }
  for (const auto& difference : kDifferences) {
    EXPECT_THAT(names, testing::Contains(difference.name));
  }
}

TEST(KubeCorpus, AcceptedObjectsAreStoredAsFilesAreRead) {
  int compared = 0;
  for (const auto& name : CaseNames()) {
    const auto expected = Expected(name);
    if (expected.at("verdict") != "accepted" || !WasAccepted(name)) continue;
    const auto answer = json::parse(ReadText(Where().answers / (name + ".json")));
    const auto stored = answer["kind"] == "List" ? answer["items"] : json::array({answer});
    ASSERT_EQ(stored.size(), expected.at("objects").size()) << name;
    for (const auto& want : expected.at("objects")) {
      const auto match = std::ranges::find_if(stored, [&](const json& one) {
        return one["kind"] == want["kind"] && one["metadata"]["name"] == want["name"] &&
               one["metadata"]["namespace"] == want["namespace"];
      });
      ASSERT_NE(match, stored.end()) << name;
      const json document{
          {"kind", want["kind"]}, {"metadata", {{"name", want["name"]}}}, {"spec", want["spec"]}};
      EXPECT_EQ(Canonical(*match), Canonical(document)) << name;
      ++compared;
    }
  }
  EXPECT_GT(compared, 40);
}

}  // namespace
}  // namespace instanced

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  if (argc != 3) return 2;
  instanced::Where() = {argv[1], argv[2]};
  return RUN_ALL_TESTS();
}
