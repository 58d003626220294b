// RestMetrics: client-go's rest_client_* metrics, from the calls KubeClient tells of.
// Threads: the loop's. Ownership: borrows the metrics.
#pragma once

#include "controller/kube/kube_client.h"
#include "controller/telemetry/metrics.h"

namespace instanced {

class RestMetrics final : public KubeCallObserver {
 public:
  explicit RestMetrics(Metrics& metrics) : metrics_(metrics) {}
  void OnCall(const KubeCall& call) override;

 private:
  Metrics& metrics_;
};

}  // namespace instanced
