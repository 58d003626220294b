#include "controller/source/manifest/manifest_set.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace instanced {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

std::string Manifest(const std::string& name, const std::string& fields = "{}") {
  return "apiVersion: instanced.dev/v1alpha1\nkind: SupplyChainInstance\nmetadata: {name: " + name +
         "}\nspec: {forProvider: " + fields + "}\n";
}

ObjectKey Key(const std::string& name) { return {Kind::kSupplyChainInstance, "default", name}; }

TEST(LoadManifests, AKeyInTwoFilesIsAProblemThatNamesBothAndTakesNeither) {
  const auto set = LoadManifests(
      {{"a.yaml", Manifest("x") + "---\n" + Manifest("w")}, {"b.yaml", Manifest("x")}});
  ASSERT_THAT(set.problems, SizeIs(1));
  EXPECT_THAT(ToString(set.problems[0]),
              HasSubstr("b.yaml:1:1: found SupplyChainInstance/default/x; declared in a.yaml:1"));
  EXPECT_THAT(set.objects, ElementsAre(testing::Key(Key("w"))));
}

TEST(LoadManifests, AFileWithAProblemGivesNoObjectsAndTheOthersStay) {
  const auto set =
      LoadManifests({{"a.yaml", Manifest("x") + "---\n" + Manifest("w", "{color: red}")},
                     {"b.yaml", Manifest("z")}});
  EXPECT_THAT(set.problems, SizeIs(1));
  EXPECT_THAT(set.objects, ElementsAre(testing::Key(Key("z"))));
}

std::vector<std::string> ProblemsOf(const std::string& text) {
  std::vector<std::string> told;
  for (const auto& problem : LoadManifests({{"a.yaml", text}}).problems) {
    told.push_back(ToString(problem));
  }
  return told;
}

TEST(LoadManifests, WhatTheSchemaRefusesIsToldBesideWhatYamlRefuses) {
  const auto twice = Manifest("x", "{color: red, instanceName: a, instanceName: b}");
  EXPECT_THAT(ProblemsOf(twice + "---\n" + Manifest("z", "{webAppDnsDomain: 1}")),
              ElementsAre(HasSubstr("color"), HasSubstr("the key instanceName a second time"),
                          HasSubstr("webAppDnsDomain")));
  EXPECT_THAT(ProblemsOf(Manifest("x", "{color: red}") + "---\nkind: [broken"),
              ElementsAre(HasSubstr("color"), HasSubstr("not readable as YAML")))
      << "the documents before a broken one are whole";
}

TEST(LoadManifests, WhatYamlRefusesIsToldOnce) {
  EXPECT_THAT(ProblemsOf(Manifest("x", "{instanceName: .nan}")),
              ElementsAre(HasSubstr("a finite number")));
  EXPECT_THAT(ProblemsOf(Manifest("x", "{instanceName: !mine a}")),
              ElementsAre(HasSubstr("custom tags")));
  EXPECT_THAT(ProblemsOf(Manifest("x", "{[a]: b}")), ElementsAre(HasSubstr("no text")));
}

class Directory : public testing::Test {
 protected:
  Directory()
      : root_(fs::temp_directory_path() / ("manifest_set_test." + std::to_string(getpid()))) {
    fs::create_directories(root_);
  }
  ~Directory() override { fs::remove_all(root_); }

  void Write(const std::string& name, const std::string& text) {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }

  fs::path root_;
};

TEST_F(Directory, NestedFoldersAreReadAndHiddenNamesAreNot) {
  Write("a.yaml", Manifest("a"));
  Write("deep/er/b.yml", Manifest("b"));
  Write("c.json", Manifest("c"));
  Write(".hidden.yaml", "broken: [");
  Write(".git/d.yaml", "broken: [");
  Write("README.md", "text");
  const auto set = LoadDirectory(root_, {});
  EXPECT_THAT(set.objects,
              ElementsAre(testing::Key(Key("a")), testing::Key(Key("b")), testing::Key(Key("c"))));
  EXPECT_TRUE(set.ok());
}

TEST_F(Directory, AConfigMapVolumesLinksAreFollowedOnce) {
  Write("..data_1/a.yaml", Manifest("a"));
  fs::create_directory_symlink("..data_1", root_ / "..data");
  fs::create_symlink("..data/a.yaml", root_ / "a.yaml");
  const auto set = LoadDirectory(root_, {});
  EXPECT_TRUE(set.ok());
  EXPECT_THAT(set.objects, ElementsAre(testing::Key(Key("a"))));
}

TEST_F(Directory, WhatCannotBeReadIsAProblem) {
  Write("a.yaml", Manifest("a"));
  fs::create_symlink("nowhere", root_ / "b.yaml");
  fs::create_directory_symlink(".", root_ / "loop");
  const auto set = LoadDirectory(root_, {.files = 100'000, .depth = 3, .yaml = {}});
  EXPECT_THAT(set.problems,
              testing::Contains(testing::Field(&Problem::message, HasSubstr("deep"))));
  EXPECT_THAT(set.problems, testing::Contains(testing::Field(&Problem::file, HasSubstr("b.yaml"))));
  EXPECT_THAT(LoadDirectory(root_ / "gone", {}).problems, SizeIs(1));
}

TEST_F(Directory, FilesAndTheirSizesAreBounded) {
  Write("a.yaml", Manifest("a"));
  Write("b.yaml", Manifest("b"));
  EXPECT_FALSE(ListManifests(root_, {.files = 1, .depth = 32, .yaml = {}}).problems.empty());
  const auto set = LoadDirectory(root_, {.files = 5, .depth = 32, .yaml = {.file_bytes = 10}});
  EXPECT_THAT(set.problems, SizeIs(2));
}

}  // namespace
}  // namespace instanced
