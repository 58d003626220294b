// KubeConfig: one API server and who we are to it, as a value.
//
// Two origins: the files kubectl reads (format: kubernetes.io/docs/concepts/configuration/
// organize-cluster-access-kubeconfig), and what the kubelet mounts into every pod. TLS is always
// verified: insecure-skip-tls-verify is refused, as are passwords, auth-provider plug-ins,
// proxy-url and impersonation, each with an error that names the entry; silence would mean acting
// as somebody else than was asked for. A token may come from a program (exec_credential.h).
//
// Pure but for the reader given. Errors: Validation for what is wrong in a file, Auth for a file
// that cannot be read. No secret is ever part of an error.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/error/error.h"
#include "controller/http/http_client.h"
#include "controller/http/http_options.h"
#include "controller/kube/exec_credential.h"

namespace instanced {

struct KubeConfig {
  HttpEndpoint server;
  TlsOptions tls;
  std::string token;               // fixed bearer token; empty: none
  std::string token_file;          // wins over `token`; read again as it rotates
  std::optional<ExecPlugin> exec;  // instead of both
  std::string namespace_ = "default";
};

// Reads a small local file whole.
using ReadFile = std::function<Result<std::string>(const std::filesystem::path&)>;
// The real one: regular files up to 1 MiB.
Result<std::string> ReadSmallFile(const std::filesystem::path& path);

struct KubeconfigFile {
  std::string text;                 // YAML or JSON
  std::filesystem::path directory;  // where its relative paths start
};

// Several files are merged as kubectl does: the first to name an entry, or the current context,
// wins. An empty `context` means the current one.
Result<KubeConfig> ReadKubeconfig(const std::vector<KubeconfigFile>& files,
                                  std::string_view context, const ReadFile& read_file);

inline constexpr std::string_view kServiceAccountDirectory =
    "/var/run/secrets/kubernetes.io/serviceaccount";

// `host` and `port` are KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT.
Result<KubeConfig> ReadInClusterConfig(std::string_view host, std::string_view port,
                                       const std::filesystem::path& directory,
                                       const ReadFile& read_file);

}  // namespace instanced
