#include "tests/e2e/manifests.h"

#include <fstream>
#include <map>

namespace instanced::e2e {
namespace {

Json Manifest(const char* kind, const std::string& name, Json for_provider) {
  return {{"apiVersion", "instanced.dev/v1alpha1"},
          {"kind", kind},
          {"metadata", {{"name", name}}},
          {"spec", {{"forProvider", std::move(for_provider)}}}};
}

}  // namespace

Json ConnectManifest(const std::string& name) {
  return Manifest("ConnectInstance", name,
                  {{"identityManagementType", "CONNECT_MANAGED"},
                   {"instanceAlias", name + "-alias"},
                   {"inboundCallsEnabled", true},
                   {"outboundCallsEnabled", false},
                   {"tags", {{"team", "care"}}}});
}

Json SupplyChainManifest(const std::string& name) {
  return Manifest("SupplyChainInstance", name,
                  {{"instanceName", name},
                   {"instanceDescription", "first words"},
                   {"webAppDnsDomain", name + "-web"},
                   {"tags", {{"team", "stock"}}}});
}

Json CallCenterManifest(const std::string& name) {
  return Manifest("CloudCallCenterInstance", name,
                  {{"name", name},
                   {"domainName", name + "-domain"},
                   {"storageMaxDays", 30},
                   {"storageMaxSize", 5},
                   {"description", "first words"},
                   {"adminRamIds", {"1059803544828509"}}});
}

Json OutboundBotManifest(const std::string& name) {
  return Manifest("OutboundBotInstance", name,
                  {{"instanceName", name},
                   {"instanceDescription", "first words"},
                   {"maxConcurrentConversation", 4}});
}

Json ManifestOf(int number, const std::string& name) {
  switch (number % 4) {
    case 0:
      return ConnectManifest(name);
    case 1:
      return SupplyChainManifest(name);
    case 2:
      return CallCenterManifest(name);
    default:
      return OutboundBotManifest(name);
  }
}

std::string ServiceOf(const Json& manifest) {
  static const std::map<std::string, std::string> kServices{{"ConnectInstance", "connect"},
                                                            {"SupplyChainInstance", "scn"},
                                                            {"CloudCallCenterInstance", "ccc"},
                                                            {"OutboundBotInstance", "outboundbot"}};
  const auto it = kServices.find(manifest.at("kind"));
  return it == kServices.end() ? "" : it->second;
}

std::string KeyOf(const Json& manifest) {
  return std::string(manifest.at("kind")) + "/" +
         manifest["metadata"].value("namespace", "default") + "/" +
         std::string(manifest["metadata"].at("name"));
}

Json ProviderConfigManifest(const std::string& name, const std::string& url,
                            const CloudAccount& aws, const CloudAccount& alibaba) {
  Json budgets = Json::object();
  for (const char* operation :
       {"CreateInstance", "DescribeInstance", "ListInstances", "DeleteInstance", "TagResource",
        "UntagResource", "ListInstanceAttributes", "UpdateInstanceAttribute"}) {
    budgets[std::string("connect:") + operation] = {{"perSecond", 500}, {"burst", 100}};
  }
  Json manifest{{"apiVersion", "instanced.dev/v1alpha1"},
                {"kind", "ProviderConfig"},
                {"metadata", {{"name", name}}}};
  manifest["spec"] = {{"aws",
                       {{"region", "us-east-1"},
                        {"accountId", aws.account},
                        {"endpoints", {{"connect", url}, {"scn", url}, {"sts", url}}}}},
                      {"alibaba",
                       {{"region", "cn-shanghai"},
                        {"accountId", alibaba.account},
                        {"endpoints", {{"ccc", url}, {"outboundbot", url}, {"sts", url}}}}},
                      {"budgets", budgets}};
  return manifest;
}

std::string ManifestFolder::FileOf(const Json& manifest) {
  return std::string(manifest.at("kind")) + "-" + std::string(manifest["metadata"].at("name")) +
         ".yaml";
}

void ManifestFolder::WriteFile(const std::string& file, const std::string& text) const {
  const auto draft = root_ / ("." + file + ".new");
  std::ofstream(draft) << text;
  std::filesystem::rename(draft, root_ / file);
}

void ManifestFolder::Write(const Json& manifest) const {
  WriteFile(FileOf(manifest), manifest.dump(2));
}

void ManifestFolder::Remove(const Json& manifest) const {
  std::filesystem::remove(root_ / FileOf(manifest));
}

}  // namespace instanced::e2e
