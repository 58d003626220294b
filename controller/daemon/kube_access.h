// From flags to one API server: the kubeconfig files named, else the pod's service account.
#pragma once

#include "controller/config/config.h"
#include "controller/kube/kube_config.h"

namespace instanced {

// Of several files those that do not exist are passed over, as kubectl does; one alone must exist.
Result<KubeConfig> ReadAccess(const KubernetesAccess& access);

}  // namespace instanced
