#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <array>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "controller/http/trimmed.h"
#include "controller/kube/base64.h"
#include "controller/kube/kube_config.h"

namespace instanced {
namespace {

using Path = std::filesystem::path;

struct Entry {
  YAML::Node body;
  Path directory;
};

std::unexpected<Error> Wrong(std::string message) {
  return Fail(ErrorClass::kValidation, "Kubeconfig", "kubeconfig: " + std::move(message));
}

std::string Text(const YAML::Node& node, const char* name) {
  const YAML::Node member = node[name];
  return member.IsDefined() && member.IsScalar() ? member.Scalar() : std::string();
}

bool Present(const YAML::Node& node, const char* name) {
  const YAML::Node member = node[name];
  return member.IsDefined() && !member.IsNull();
}

class Documents {
 public:
  Documents(const std::vector<KubeconfigFile>& files, const ReadFile& read_file)
      : read_file_(read_file) {
    for (const auto& file : files) loaded_.push_back({YAML::Load(file.text), file.directory});
  }

  Result<KubeConfig> Build(std::string_view context_name) const {
    std::string name(context_name);
    if (name.empty()) name = CurrentContext();
    if (name.empty()) return Wrong("there is no current-context; name a context");
    const auto context = Find("contexts", "context", name);
    if (!context) return Wrong(fmt::format("there is no context {}", name));
    KubeConfig config;
    if (auto space = Text(context->body, "namespace"); !space.empty()) config.namespace_ = space;
    const auto cluster = Find("clusters", "cluster", Text(context->body, "cluster"));
    if (!cluster) return Wrong(fmt::format("context {} names no cluster that is there", name));
    if (auto done = TakeCluster(*cluster, config); !done) return std::unexpected(done.error());
    const auto user_name = Text(context->body, "user");
    if (user_name.empty()) return config;
    const auto user = Find("users", "user", user_name);
    if (!user) return Wrong(fmt::format("there is no user {}", user_name));
    if (auto done = TakeUser(*user, user_name, config); !done) {
      return std::unexpected(done.error());
    }
    return config;
  }

 private:
  std::string CurrentContext() const {
    for (const auto& file : loaded_) {
      if (auto name = Text(file.body, "current-context"); !name.empty()) return name;
    }
    return {};
  }

  std::optional<Entry> Find(const char* list, const char* member, const std::string& name) const {
    for (const auto& file : loaded_) {
      const YAML::Node entries = file.body[list];
      if (!entries.IsDefined() || !entries.IsSequence()) continue;
      for (const auto& entry : entries) {
        if (!entry.IsMap() || Text(entry, "name") != name) continue;
        const YAML::Node body = entry[member];
        if (body.IsDefined() && body.IsMap()) return Entry{body, file.directory};
      }
    }
    return std::nullopt;
  }

  // The PEM in `name`-data (base64), else in the file `name`; empty without either.
  Result<std::string> Pem(const Entry& entry, const std::string& name) const {
    if (const auto data = Text(entry.body, (name + "-data").c_str()); !data.empty()) {
      auto bytes = FromBase64(data);
      if (!bytes) return Wrong(name + "-data is not base64");
      return std::move(*bytes);
    }
    const auto path = Text(entry.body, name.c_str());
    if (path.empty()) return std::string();
    return read_file_(entry.directory / path);
  }

  Result<void> TakeCluster(const Entry& entry, KubeConfig& config) const {
    if (Text(entry.body, "insecure-skip-tls-verify") == "true") {
      return Wrong("insecure-skip-tls-verify is refused: give certificate-authority instead");
    }
    if (Present(entry.body, "proxy-url")) {
      return Wrong("proxy-url is not supported: use the variable HTTPS_PROXY");
    }
    auto server = ParseEndpoint(Text(entry.body, "server"));
    if (!server) return std::unexpected(std::move(server.error()));
    config.server = std::move(*server);
    while (config.server.base_path.ends_with('/')) config.server.base_path.pop_back();
    config.tls.server_name = Text(entry.body, "tls-server-name");
    auto authority = Pem(entry, "certificate-authority");
    if (!authority) return std::unexpected(std::move(authority.error()));
    config.tls.ca_pem = std::move(*authority);
    return {};
  }

  Result<void> TakeUser(const Entry& entry, const std::string& name, KubeConfig& config) const {
    constexpr std::array kRefused = {"auth-provider", "username",  "password",     "as",
                                     "as-uid",        "as-groups", "as-user-extra"};
    for (const char* member : kRefused) {
      if (Present(entry.body, member)) {
        return Wrong(
            fmt::format("user {}: {} is not supported: use a token, a token file, a "
                        "client certificate or an exec program",
                        name, member));
      }
    }
    auto certificate = Pem(entry, "client-certificate");
    if (!certificate) return std::unexpected(std::move(certificate.error()));
    auto key = Pem(entry, "client-key");
    if (!key) return std::unexpected(std::move(key.error()));
    if (certificate->empty() != key->empty()) {
      return Wrong(fmt::format("user {}: client-certificate and client-key go together", name));
    }
    config.tls.client_cert_pem = std::move(*certificate);
    config.tls.client_key_pem = std::move(*key);
    config.token = Trimmed(Text(entry.body, "token"));
    if (const auto file = Text(entry.body, "tokenFile"); !file.empty()) {
      config.token_file = (entry.directory / file).string();
    }
    if (Present(entry.body, "exec")) {
      auto exec = Exec(entry, name, config);
      if (!exec) return std::unexpected(std::move(exec.error()));
      config.exec = std::move(*exec);
    }
    const bool shows_token = !config.token.empty() || !config.token_file.empty() || config.exec;
    if (shows_token && config.server.origin.scheme == Scheme::kHttp) {
      return Wrong(fmt::format("user {}: a token is not sent over plain http", name));
    }
    return {};
  }

  // kubectl looks a bare name up in PATH, and starts a relative path where the kubeconfig is.
  Result<ExecPlugin> Exec(const Entry& entry, const std::string& user,
                          const KubeConfig& config) const {
    const YAML::Node exec = entry.body["exec"];
    const auto wrong = [&](const std::string& what) {
      return Wrong(fmt::format("user {}: exec: {}", user, what));
    };
    if (!exec.IsMap()) return wrong("it is no mapping");
    ExecPlugin plugin;
    plugin.api_version = Text(exec, "apiVersion");
    if (!IsKnownExecVersion(plugin.api_version)) {
      return wrong("apiVersion must be client.authentication.k8s.io/v1 or v1beta1");
    }
    if (Text(exec, "interactiveMode") == "Always") {
      return wrong("interactiveMode Always needs a terminal, which a daemon has not");
    }
    auto program = Text(exec, "command");
    if (program.empty()) return wrong("there is no command");
    if (program.find('/') != std::string::npos) program = (entry.directory / program).string();
    plugin.command.push_back(std::move(program));
    for (const auto& argument : exec["args"]) plugin.command.push_back(argument.as<std::string>());
    for (const auto& variable : exec["env"]) {
      plugin.environment[Text(variable, "name")] = Text(variable, "value");
    }
    plugin.install_hint = Text(exec, "installHint");
    if (Text(exec, "provideClusterInfo") == "true") plugin.cluster = ClusterInfo(config);
    return plugin;
  }

  static std::string ClusterInfo(const KubeConfig& config) {
    const auto& origin = config.server.origin;
    nlohmann::json cluster{
        {"server", fmt::format("{}://{}{}", origin.scheme == Scheme::kHttp ? "http" : "https",
                               HostHeader(origin), config.server.base_path)}};
    if (!config.tls.server_name.empty()) cluster["tls-server-name"] = config.tls.server_name;
    if (!config.tls.ca_pem.empty()) {
      cluster["certificate-authority-data"] = ToBase64(config.tls.ca_pem);
    }
    return cluster.dump();
  }

  std::vector<Entry> loaded_;
  const ReadFile& read_file_;
};

}  // namespace

Result<KubeConfig> ReadKubeconfig(const std::vector<KubeconfigFile>& files,
                                  std::string_view context, const ReadFile& read_file) {
  try {
    return Documents(files, read_file).Build(context);
  } catch (const YAML::Exception& failure) {
    // The parser's own message may quote a token.
    return Wrong(fmt::format("not YAML at line {}", failure.mark.line + 1));
  }
}

}  // namespace instanced
