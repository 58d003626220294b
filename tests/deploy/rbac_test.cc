// The role of the daemon as written: no wildcard, no Secret but those named, nothing of the cluster
// where one namespace was asked for. That it is enough, and not more than is used, is shown against
// a real API server (tests/e2e_kube).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "tests/deploy/rendering.h"

namespace instanced::deploy {
namespace {

using testing::AnyOf;
using testing::Each;

class Rbac : public testing::Test {
 protected:
  void SetUp() override {
    if (!Has(Engine::kOwn)) GTEST_SKIP() << "no Go or sprig to render the chart";
  }
  static Objects Chart(const std::string& values) {
    const auto said = RenderChart(Engine::kOwn, values, "instanced-system");
    EXPECT_TRUE(said.good) << said.text;
    return ReadObjects(said.text);
  }
  static std::vector<Json> About(const std::vector<Json>& rules, const std::string& resource) {
    std::vector<Json> found;
    for (const auto& rule : rules) {
      for (const auto& name : rule.at("resources")) {
        if (name == resource) found.push_back(rule);
      }
    }
    return found;
  }
};

TEST_F(Rbac, GrantsTheDaemonNoWildcardNoDeletionAndNoEscalation) {
  const std::string secrets = "credentialSecrets: [{names: [aws]}]\n";
  const std::string sharded = "sharding: {enabled: true}\n";
  auto rules = GrantedRules(Chart(secrets));
  EXPECT_EQ(About(rules, "leases").at(0).at("verbs"), Json({"list", "watch", "create", "update"}));
  std::ranges::copy(GrantedRules(Chart(secrets + sharded)), std::back_inserter(rules));
  for (const auto& rule : rules) {
    for (const auto* list : {"apiGroups", "resources", "verbs"}) {
      for (const auto& word : rule.at(list)) EXPECT_NE(word, "*") << rule.dump();
    }
    // With sharding: that of a replica which is gone.
    const bool leases = rule.at("resources") == Json({"leases"});
    for (const auto& verb : rule.at("verbs")) {
      if (leases && verb == "delete") continue;
      EXPECT_THAT(verb, AnyOf("get", "list", "watch", "create", "update", "patch"));
    }
    EXPECT_THAT(rule.at("resources"), Each(testing::Not(AnyOf("pods", "roles", "rolebindings",
                                                              "clusterroles", "serviceaccounts"))));
  }
}

TEST_F(Rbac, ReadsNoSecretUnlessItIsNamed) {
  EXPECT_TRUE(About(GrantedRules(Chart("")), "secrets").empty());

  const auto named = About(
      GrantedRules(Chart("credentialSecrets: [{names: [aws]}, {namespace: b, names: [ali]}]\n")),
      "secrets");

  ASSERT_EQ(named.size(), 2u);
  EXPECT_EQ(named[0].at("resourceNames"), Json({"aws"}));
  EXPECT_EQ(named[0].at("where"), "instanced-system");
  EXPECT_EQ(named[1].at("resourceNames"), Json({"ali"}));
  EXPECT_EQ(named[1].at("where"), "b");
}

// What has no namespace is read by name: the CRDs, and whose uid names the cluster.
TEST_F(Rbac, ScopeNamespaceOnlyReadsByNameBesides) {
  for (const std::string values : {"", "ownerId: here\n"}) {
    std::set<std::string> read;
    for (const auto& rule : GrantedRules(Chart("scope: Namespace\n" + values))) {
      if (rule.at("where") == "instanced-system") continue;
      EXPECT_EQ(rule.at("verbs"), Json({"get"})) << rule.dump();
      ASSERT_TRUE(rule.contains("resourceNames")) << rule.dump();
      if (rule.at("resources") == Json({"namespaces"})) {
        EXPECT_EQ(rule.at("resourceNames"), Json({"kube-system"}));
      }
      read.insert(rule.at("resources").at(0));
    }
    EXPECT_EQ(read.contains("namespaces"), values.empty());
    EXPECT_TRUE(read.contains("customresourcedefinitions"));
  }
}

TEST_F(Rbac, ASecretOfAnotherNamespaceIsRefusedWithScopeNamespace) {
  const auto said = RenderChart(
      Engine::kOwn, "scope: Namespace\ncredentialSecrets: [{namespace: b, names: [aws]}]\n", "a");
  EXPECT_FALSE(said.good);
  EXPECT_NE(said.text.find("reads nothing of namespace b"), std::string::npos) << said.text;
}

// Whoever writes a ProviderConfig decides with whose credential the daemon acts, and where.
TEST_F(Rbac, ProviderConfigsAreWrittenByAdministratorsOfTheirNamespace) {
  std::size_t seen = 0;
  for (const auto& role : OfKind(Chart(""), "ClusterRole")) {
    const Json labels = role.at("metadata").at("labels");
    if (!labels.contains("rbac.authorization.k8s.io/aggregate-to-admin")) continue;
    for (const auto& rule : About(role.at("rules"), "providerconfigs")) {
      EXPECT_FALSE(labels.contains("rbac.authorization.k8s.io/aggregate-to-edit")) << rule.dump();
      EXPECT_EQ(rule.at("verbs").at(0), "create");
      ++seen;
    }
  }
  EXPECT_EQ(seen, 1u);
}

TEST_F(Rbac, PeopleGetTheKindsButNotTheStatus) {
  std::size_t seen = 0;
  for (const auto& role : OfKind(Chart(""), "ClusterRole")) {
    const Json labels = role.at("metadata").at("labels");
    if (!labels.contains("rbac.authorization.k8s.io/aggregate-to-edit")) continue;
    ++seen;
    for (const auto& rule : role.at("rules")) {
      const bool reads = rule.at("verbs") == Json({"get", "list", "watch"});
      EXPECT_EQ(rule.at("resources") == Json({"*"}), reads);
      for (const auto& resource : rule.at("resources")) {
        EXPECT_EQ(resource.get<std::string>().find("status"), std::string::npos);
      }
    }
  }
  EXPECT_EQ(seen, 2u);
}

}  // namespace
}  // namespace instanced::deploy
