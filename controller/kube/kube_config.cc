#include "controller/kube/kube_config.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <utility>

#include "controller/http/trimmed.h"

namespace instanced {
namespace {
constexpr std::uintmax_t kFileBytesMax = 1 << 20;
}

Result<std::string> ReadSmallFile(const std::filesystem::path& path) {
  std::error_code failure;
  const bool regular = std::filesystem::is_regular_file(path, failure);
  if (!regular || std::filesystem::file_size(path, failure) > kFileBytesMax || failure) {
    return Fail(ErrorClass::kAuth, "UnreadableFile",
                fmt::format("{} is not a regular file of at most 1 MiB", path.string()));
  }
  std::ifstream in(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in.is_open() || in.bad()) {
    return Fail(ErrorClass::kAuth, "UnreadableFile", "cannot read " + path.string());
  }
  return text;
}

Result<KubeConfig> ReadInClusterConfig(std::string_view host, std::string_view port,
                                       const std::filesystem::path& directory,
                                       const ReadFile& read_file) {
  if (host.empty() || port.empty()) {
    return Fail(ErrorClass::kValidation, "NotInCluster",
                "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: not in a pod? "
                "Name a kubeconfig");
  }
  const bool bare_ipv6 = host.find(':') != std::string_view::npos && !host.starts_with('[');
  auto server = ParseEndpoint(bare_ipv6 ? fmt::format("https://[{}]:{}", host, port)
                                        : fmt::format("https://{}:{}", host, port));
  if (!server) return std::unexpected(std::move(server.error()));
  KubeConfig config;
  config.server = std::move(*server);
  auto authority = read_file(directory / "ca.crt");
  if (!authority) return std::unexpected(std::move(authority.error()));
  config.tls.ca_pem = std::move(*authority);
  config.token_file = (directory / "token").string();
  if (const auto token = read_file(config.token_file); !token) {
    return std::unexpected(token.error());
  }
  if (const auto name = read_file(directory / "namespace")) {
    if (const auto trimmed = Trimmed(*name); !trimmed.empty()) config.namespace_ = trimmed;
  }
  return config;
}

}  // namespace instanced
