// Charts and kustomizations may hold only files below themselves, so some files lie in them a
// second time. They are the same, byte for byte.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "tests/deploy/rendering.h"

namespace instanced::deploy {
namespace {

std::set<std::string> NamesIn(const std::string& folder, const std::string& extension) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(DEPLOY_ROOT "/" + folder)) {
    const auto name = entry.path().filename().string();
    if (entry.path().extension() == extension && name != "kustomization.yaml") names.insert(name);
  }
  EXPECT_FALSE(names.empty()) << folder;
  return names;
}

struct Pair {
  std::string original, copy, extension;
};
const Pair kPairs[]{
    {"api/crds", "deploy/helm/instanced/crds", ".yaml"},
    {"api/crds", "deploy/kustomize/crds", ".yaml"},
    {"deploy/prometheus/rules", "deploy/helm/instanced/files/rules", ".yaml"},
    {"deploy/grafana", "deploy/helm/instanced/files/dashboards", ".json"},
};

TEST(DeployCopies, AreTheOriginals) {
  for (const auto& [original, copy, extension] : kPairs) {
    EXPECT_EQ(NamesIn(original, extension), NamesIn(copy, extension)) << copy;
    for (const auto& name : NamesIn(original, extension)) {
      EXPECT_EQ(RepositoryFile(original + "/" + name), RepositoryFile(copy + "/" + name))
          << "deploy/copies.sh makes them equal again";
    }
  }
}

TEST(DeployCopies, TheHealthScriptOfArgoCdIsTheOneThatIsTested) {
  const Json patch = ReadObjects(RepositoryFile("deploy/gitops/argocd/argocd-cm.yaml")).at(0);
  const std::string customizations = patch.at("data").at("resource.customizations");
  const Json kinds = ReadObjects(customizations).at(0);
  EXPECT_EQ(kinds.at("instanced.dev/*").at("health.lua"),
            RepositoryFile("deploy/gitops/argocd/health.lua"));
}

TEST(DeployCopies, KustomizationNamesEveryCrd) {
  const Json kustomization =
      ReadObjects(RepositoryFile("deploy/kustomize/crds/kustomization.yaml")).at(0);
  EXPECT_EQ(kustomization.at("resources").get<std::set<std::string>>(),
            NamesIn("api/crds", ".yaml"));
}

TEST(DeployCopies, RulesOfTheKustomizationAreThoseOfPrometheus) {
  Json groups = Json::array();
  for (const auto& name : NamesIn("deploy/prometheus/rules", ".yaml")) {
    const Json file = ReadObjects(RepositoryFile("deploy/prometheus/rules/" + name)).at(0);
    for (const auto& group : file.at("groups")) groups.push_back(group);
  }
  const Json rule =
      ReadObjects(RepositoryFile("deploy/kustomize/monitoring/prometheusrule.yaml")).at(0);
  EXPECT_EQ(rule.at("spec").at("groups"), groups);
}

}  // namespace
}  // namespace instanced::deploy
