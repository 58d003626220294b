#include "controller/kube/exec_credential.h"

#include <utility>

#include <nlohmann/json.hpp>

namespace instanced {
namespace {

using nlohmann::json;

std::unexpected<Error> Wrong(const ExecPlugin& plugin, const std::string& what) {
  return Fail(ErrorClass::kAuth, "ExecCredential",
              "cannot use what " + plugin.command.front() + " answered: " + what);
}

std::string MemberText(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

bool IsKnownExecVersion(std::string_view api_version) {
  return api_version == "client.authentication.k8s.io/v1" ||
         api_version == "client.authentication.k8s.io/v1beta1";
}

std::string ExecInfoOf(const ExecPlugin& plugin) {
  json spec{{"interactive", false}};
  if (!plugin.cluster.empty()) spec["cluster"] = json::parse(plugin.cluster, nullptr, false);
  return json{
      {"apiVersion", plugin.api_version}, {"kind", "ExecCredential"}, {"spec", std::move(spec)}}
      .dump();
}

Result<ExecCredential> ReadExecCredential(std::string_view answer, const ExecPlugin& plugin) {
  const auto document = json::parse(answer, nullptr, false);
  if (!document.is_object() || MemberText(document, "kind") != "ExecCredential") {
    return Wrong(plugin, "not an ExecCredential");
  }
  if (const auto version = MemberText(document, "apiVersion"); version != plugin.api_version) {
    return Wrong(plugin,
                 "apiVersion is not the " + plugin.api_version + " that the kubeconfig says");
  }
  const auto status = document.find("status");
  if (status == document.end() || !status->is_object()) return Wrong(plugin, "there is no status");
  ExecCredential credential;
  credential.token = MemberText(*status, "token");
  if (credential.token.empty()) {
    const bool certificate = status->contains("clientCertificateData");
    return Wrong(plugin, certificate ? "a client certificate, where only a token is supported"
                                     : "there is no token");
  }
  if (const auto expires = MemberText(*status, "expirationTimestamp"); !expires.empty()) {
    credential.expires = ParseRfc3339(expires);
    if (!credential.expires) return Wrong(plugin, "expirationTimestamp is no time");
  }
  return credential;
}

}  // namespace instanced
