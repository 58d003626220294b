// Started by apiserver.sh, which gives the kubeconfig as the last argument.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/e2e_kube/kube_site.h"

namespace {

std::string Told(char** environment, const std::string& name) {
  for (; *environment != nullptr; ++environment) {
    const std::string entry(*environment);
    if (entry.starts_with(name + "=")) return entry.substr(name.size() + 1);
  }
  return "";
}

}  // namespace

int main(int argc, char** argv, char** environment) {
  testing::InitGoogleTest(&argc, argv);
  if (argc < 2) return 2;
  instanced::e2e::TheApiServer() = {
      argv[argc - 1],
      Told(environment, "KUBECTL"),
      Told(environment, "KUBE_CRDS"),
      Told(environment, "KUBE_START"),
      Told(environment, "KUBE_PID"),
      Told(environment, "KUBE_AUDIT"),
      Told(environment, "KUBE_URL"),
      Told(environment, "KUBE_ETCD"),
  };
  return RUN_ALL_TESTS();
}
