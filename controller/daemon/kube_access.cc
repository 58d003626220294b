#include "controller/daemon/kube_access.h"

#include <utility>

namespace instanced {

Result<KubeConfig> ReadAccess(const KubernetesAccess& access) {
  if (access.kubeconfigs.empty()) {
    return ReadInClusterConfig(access.service_host, access.service_port, kServiceAccountDirectory,
                               ReadSmallFile);
  }
  std::vector<KubeconfigFile> files;
  for (const auto& path : access.kubeconfigs) {
    std::error_code ignored;
    const bool passed_over =
        access.kubeconfigs.size() > 1 && !std::filesystem::exists(path, ignored);
    if (passed_over) continue;
    auto text = ReadSmallFile(path);
    if (!text) return std::unexpected(std::move(text.error()));
    files.push_back({std::move(*text), std::filesystem::absolute(path).parent_path()});
  }
  return ReadKubeconfig(files, access.context, ReadSmallFile);
}

}  // namespace instanced
