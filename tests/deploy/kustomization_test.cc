// Kustomizations say only what the kustomize inside kubectl 1.20 (2.0.3) knows: a newer kubectl
// renders what that one refuses, so that rendering alone does not tell.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "tests/deploy/rendering.h"

namespace instanced::deploy {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> Kustomizations() {
  std::vector<fs::path> files;
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(DEPLOY_ROOT) / "deploy/kustomize")) {
    if (entry.path().filename() == "kustomization.yaml") files.push_back(entry.path());
  }
  EXPECT_GE(files.size(), 7u);
  return files;
}

Json Read(const fs::path& file) {
  return ReadObjects(RepositoryFile(fs::relative(file, DEPLOY_ROOT).string())).at(0);
}

void ExpectFieldsAmong(const std::set<std::string>& known, const Json& object) {
  for (const auto& [field, value] : object.items()) {
    EXPECT_TRUE(known.contains(field)) << field << ": " << value;
  }
}

TEST(Kustomizations, HaveOnlyFieldsThatKubectl120Knows) {
  for (const auto& file : Kustomizations()) {
    SCOPED_TRACE(file);
    const Json kustomization = Read(file);
    ExpectFieldsAmong({"namespace", "bases", "resources", "images", "patchesJson6902"},
                      kustomization);
    for (const auto& image : kustomization.value("images", Json::array())) {
      ExpectFieldsAmong({"name", "newName", "newTag", "digest"}, image);
    }
    for (const auto& patch : kustomization.value("patchesJson6902", Json::array())) {
      ExpectFieldsAmong({"target", "path"}, patch);
      ExpectFieldsAmong({"group", "version", "kind", "name", "namespace"}, patch.at("target"));
    }
  }
}

// There `resources` are files and only `bases` are folders.
TEST(Kustomizations, NameFilesAsResourcesAndFoldersAsBases) {
  for (const auto& file : Kustomizations()) {
    SCOPED_TRACE(file);
    const Json kustomization = Read(file);
    const auto beside = [&](const std::string& name) { return file.parent_path() / name; };
    for (const auto& name : kustomization.value("resources", Json::array())) {
      EXPECT_TRUE(fs::is_regular_file(beside(name))) << name;
    }
    for (const auto& name : kustomization.value("bases", Json::array())) {
      EXPECT_TRUE(fs::is_regular_file(beside(name) / "kustomization.yaml")) << name;
    }
    for (const auto& patch : kustomization.value("patchesJson6902", Json::array())) {
      EXPECT_TRUE(fs::is_regular_file(beside(patch.at("path")))) << patch;
    }
  }
}

}  // namespace
}  // namespace instanced::deploy
