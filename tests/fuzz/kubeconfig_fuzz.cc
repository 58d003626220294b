// Any bytes as a kubeconfig, alone and beside a sound one: no crash, no secret in an error, and
// nothing is accepted that would send a token in the clear or half of a client certificate.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "controller/kube/kube_config.h"

namespace {

using namespace instanced;

constexpr std::string_view kSecret = "s3cr3t-of-the-file";
constexpr const char* kSound = R"(
apiVersion: v1
kind: Config
current-context: work
clusters: [{name: main, cluster: {server: "https://10.0.0.1:6443"}}]
users: [{name: robot, user: {token: s3cr3t-of-the-file}}]
contexts: [{name: work, context: {cluster: main, user: robot}}]
)";

void Require(bool holds) {
  if (!holds) std::abort();
}

// What the input itself says may stand in an error, where it is the name of a server, say; the
// secret that other files hold may not.
enum class Secret { kOfOthers, kInInput };

void Check(const Result<KubeConfig>& config, Secret secret) {
  if (!config) {
    Require(!config.error().code.empty());
    Require(secret == Secret::kInInput ||
            config.error().message.find(kSecret) == std::string::npos);
    return;
  }
  Require(!config->server.origin.host.empty() && config->server.origin.port != 0);
  const bool shows_token = !config->token.empty() || !config->token_file.empty();
  Require(!shows_token || config->server.origin.scheme == Scheme::kHttps);
  Require(config->tls.client_cert_pem.empty() == config->tls.client_key_pem.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const ReadFile reader = [](const std::filesystem::path& path) -> Result<std::string> {
    if (path.string().size() % 2 == 0) return std::string(kSecret);
    return Fail(ErrorClass::kAuth, "Unreadable", "cannot read the file");
  };
  const auto secret =
      text.find(kSecret) == std::string::npos ? Secret::kOfOthers : Secret::kInInput;
  Check(ReadKubeconfig({{text, "/home/me/.kube"}}, "", reader), secret);
  Check(ReadKubeconfig({{text, "/home/me/.kube"}, {kSound, "/etc"}}, "", reader), secret);
  Check(ReadKubeconfig({{text, "/home/me/.kube"}, {kSound, "/etc"}}, "work", reader), secret);
  const auto line = text.find('\n');
  if (line != std::string::npos) {
    Check(ReadInClusterConfig(text.substr(0, line), text.substr(line + 1), "/var/run", reader),
          secret);
  }
  return 0;
}
