// The daemon with the rights that the chart gives it, and no others, on an API server that asks its
// roles about every request and writes down the answer: nothing is forbidden, and every right that
// is granted is used. Where this fails, deploy/helm/instanced/templates/_rules.tpl and
// deploy/kustomize (the roles of installation and overlays) are what to change.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "tests/deploy/rendering.h"
#include "tests/e2e_kube/kube_site.h"

namespace instanced::e2e {
namespace {

// "patch instanced.dev/connectinstances in a": one right.
std::string Right(const std::string& verb, const std::string& group, const std::string& resource,
                  const std::string& where) {
  return verb + " " + group + "/" + resource + " in " + where;
}

struct Requests {
  std::set<std::string> rights;     // used
  std::set<std::string> forbidden;  // asked in vain, with the server's reason
};

// What a user asked for, by the audit log. A right that is granted everywhere is used anywhere.
Requests RequestsOf(const std::string& user) {
  Requests requests;
  std::istringstream lines(ReadText(TheApiServer().audit_log));
  for (std::string line; std::getline(lines, line);) {
    const Json entry = Json::parse(line, nullptr, false);
    if (!entry.is_object() || entry.at("user").value("username", "") != user) continue;
    const Json object = entry.value("objectRef", Json::object());
    std::string resource = object.value("resource", "");
    if (object.contains("subresource")) {
      resource += "/" + object.at("subresource").get<std::string>();
    }
    const auto right = [&](const std::string& where) {
      return Right(entry.value("verb", ""), object.value("apiGroup", ""), resource, where);
    };
    const bool allowed =
        entry.value("/annotations/authorization.k8s.io~1decision"_json_pointer, "") == "allow";
    const auto here = right(object.value("namespace", "*"));
    if (!allowed) requests.forbidden.insert(here + " " + object.value("name", ""));
    requests.rights.insert({here, right("*")});
  }
  return requests;
}

std::set<std::string> RightsOf(const std::vector<Json>& rules) {
  std::set<std::string> rights;
  for (const auto& rule : rules) {
    for (const auto& group : rule.at("apiGroups")) {
      for (const auto& resource : rule.at("resources")) {
        for (const auto& verb : rule.at("verbs")) {
          rights.insert(Right(verb, group, resource, rule.at("where")));
        }
      }
    }
  }
  return rights;
}

// So that the cluster is asked for its name.
void ForgetOwner(KubeSite& site) {
  std::erase(site.flags(), "--owner-id");
  std::erase(site.flags(), "e2e-owner");
}

class Rights : public testing::Test {
 protected:
  void SetUp() override {
    if (!deploy::Has(deploy::Engine::kOwn)) GTEST_SKIP() << "no Go or sprig to render the chart";
  }
  // Applies what the chart says about rights, and gives the daemon the account's own token.
  std::set<std::string> Grant(KubeSite& site, const std::string& values,
                              const std::string& name_space) {
    const auto said = deploy::RenderChart(deploy::Engine::kOwn, values, name_space);
    EXPECT_TRUE(said.good) << said.text;
    const auto objects = deploy::ReadObjects(said.text);
    deploy::Objects about_rights;
    for (const auto* kind :
         {"ServiceAccount", "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"}) {
      for (const auto& object : deploy::OfKind(objects, kind)) about_rights.push_back(object);
    }
    site.ApplyAll(about_rights);
    const auto account =
        deploy::TheOnly(objects, "ServiceAccount").at("metadata").at("name").get<std::string>();
    user_ = "system:serviceaccount:" + name_space + ":" + account;
    site.UseAccount(
        name_space,
        site.IssueToken(name_space, account, {{"audiences", {"https://kubernetes.default.svc"}}}));
    return RightsOf(deploy::GrantedRules(objects));
  }
  // A life with everything in it that needs a right: a Secret, all kinds, a change, something that
  // fails again and again, all deletions.
  static void Live(KubeSite& site) {
    site.Apply(site.Here({{"apiVersion", "v1"},
                          {"kind", "Secret"},
                          {"metadata", {{"name", "cloud"}}},
                          {"stringData",
                           {{"aws_access_key_id", AwsOne().access_key},
                            {"aws_secret_access_key", AwsOne().secret}}}}));
    auto config = ProviderConfigManifest("by-secret", site.url(), AwsOne(), AlibabaOne());
    config["spec"]["aws"]["credentials"] = {{"secretRef", {{"name", "cloud"}}}};
    site.Apply(site.Here(config));
    auto manifests = site.HereAll({ConnectManifest("desk"), SupplyChainManifest("stock"),
                                   CallCenterManifest("calls"), OutboundBotManifest("robot")});
    manifests[0]["spec"]["providerConfigRef"] = "by-secret";
    EXPECT_TRUE(site.clouds().AddFault({{"action", "5xx"}, {"service", "ccc"}, {"count", 2}}));
    const auto plugin =
        site.Here({{"apiVersion", "instanced.dev/v1alpha1"},
                   {"kind", "PluginInstance"},
                   {"metadata", {{"name", "foreign"}}},
                   {"spec", {{"plugin", "nobody"}, {"forProvider", Json::object()}}}});
    site.ApplyAll(manifests);
    site.Apply(plugin);
    site.StartDaemon();
    ExpectSettled(site, manifests);
    for (const char* words : {"second words", "third words", "fourth words"}) {
      manifests[1]["spec"]["forProvider"]["instanceDescription"] = words;
      site.ApplyAll(manifests);
      ExpectSettled(site, manifests);
    }
    manifests.push_back(plugin);
    site.DeleteAll(manifests);
    for (const auto& manifest : manifests) {
      EXPECT_EQ(WaitUntil([&] { return site.Get(manifest).is_null(); }, 30), Waited::kReached)
          << manifest.dump() << site.Get(manifest).dump();
    }
    EXPECT_TRUE(site.StopDaemon());
  }
  void ExpectExactly(const std::set<std::string>& granted) const {
    const auto requests = RequestsOf(user_);
    EXPECT_GT(requests.rights.size(), 10u);
    for (const auto& right : requests.forbidden) ADD_FAILURE() << "forbidden: " << right;
    for (const auto& right : granted) {
      // Its finalizer is set once a plugin serves it; none is started here.
      if (right.starts_with("patch instanced.dev/plugininstances ")) continue;
      EXPECT_TRUE(requests.rights.contains(right)) << "granted and not used: " << right;
    }
  }
  std::string user_;
};

using Scope = KubeSiteOptions::Scope;
using Election = KubeSiteOptions::Election;

TEST_F(Rights, OfAllNamespacesAreEnoughAndAllUsed) {
  KubeSite site({.site = {}, .scope = Scope::kAllNamespaces, .election = Election::kLeases});
  ForgetOwner(site);
  const auto granted =
      Grant(site, "credentialSecrets: [{namespace: " + site.space() + ", names: [cloud]}]\n",
            site.daemon_space());

  Live(site);

  ExpectExactly(granted);
}

TEST_F(Rights, OfOneNamespaceAreEnoughAndAllUsed) {
  KubeSite site({.site = {}, .scope = Scope::kOwnNamespace, .election = Election::kLeases});
  ForgetOwner(site);
  const auto granted =
      Grant(site, "scope: Namespace\ncredentialSecrets: [{names: [cloud]}]\n", site.space());

  Live(site);

  ExpectExactly(granted);
}

TEST_F(Rights, OfAReplicaThatSharesTheWorkAreEnoughAndAllUsed) {
  KubeSite site({.site = {}, .scope = Scope::kAllNamespaces, .election = Election::kSharded});
  ForgetOwner(site);
  const auto granted =
      Grant(site,
            "sharding: {enabled: true}\ncredentialSecrets: [{namespace: " + site.space() +
                ", names: [cloud]}]\n",
            site.daemon_space());

  Live(site);

  ExpectExactly(granted);
}

// Of policy/v1, which servers have since 1.21, the older spelling is asked for.
deploy::Objects ForThisServer(const KubeSite& site, std::string text) {
  const bool old_server = site.Kubectl({"get", "--raw", "/apis/policy/v1"}).ending.exit_code != 0;
  const auto at = text.find("apiVersion: policy/v1\n");
  EXPECT_NE(at, std::string::npos);
  if (old_server && at != std::string::npos) text.replace(at, 21, "apiVersion: policy/v1beta1");
  return deploy::ReadObjects(text);
}

// Every object passes the API server's own schemas, fields that it does not know included.
void ExpectAccepted(const KubeSite& site, const deploy::Objects& objects) {
  Json list{{"apiVersion", "v1"}, {"kind", "List"}, {"items", Json::array()}};
  for (const auto& object : objects) {
    // With their CEL rules, which 1.20 does not know; they are applied without this check before.
    if (object.at("kind") != "CustomResourceDefinition") list["items"].push_back(object);
  }
  const auto file = site.folder() / "objects.json";
  std::ofstream(file) << list.dump();
  const auto said =
      site.Must({"apply", "--dry-run=server", "--validate=true", "-f", file.string()});
  const std::string each = "(server dry run)";
  std::size_t accepted = 0;
  for (auto at = said.find(each); at != said.npos; at = said.find(each, at + 1)) ++accepted;
  EXPECT_GT(accepted, 10u);
  EXPECT_EQ(accepted, list["items"].size()) << said;
}

TEST_F(Rights, EveryRenderedObjectIsAccepted) {
  const KubeSite site;
  for (const std::string values : {"", "scope: Namespace\ndashboards: {enabled: true}\n"}) {
    const auto said = deploy::RenderChart(deploy::Engine::kOwn, values, site.space());
    ASSERT_TRUE(said.good) << said.text;
    ExpectAccepted(site, ForThisServer(site, said.text));
  }
}

TEST(Kustomizations, EveryRenderedObjectIsAccepted) {
  if (!deploy::HasKubectl()) GTEST_SKIP() << "CMake found no kubectl";
  const KubeSite site;
  site.Must({"create", "namespace", "instanced-system"});
  for (const char* overlay : {"overlays/cluster", "overlays/namespace", "overlays/sharded"}) {
    SCOPED_TRACE(overlay);
    const auto said = deploy::Kustomize(overlay);
    ASSERT_TRUE(said.good) << said.text;
    ExpectAccepted(site, ForThisServer(site, said.text));
  }
}

}  // namespace
}  // namespace instanced::e2e
