// KubeLeaseStore: LeaseStore over coordination.k8s.io/v1 of a Kubernetes API server.
//
// Ours are the leases with the label instanced.dev/lease; its value is the role. Give it a
// KubeClient of its own whose deadline is well inside the renew deadline.
// Facts: k8s.io/api/coordination/v1; renewTime and acquireTime are MicroTime (six digits).
// Threads: the loop's. Ownership: the client outlives it.
#pragma once

#include <string>
#include <string_view>

#include "controller/kube/kube_client.h"
#include "controller/lease/lease_store.h"

namespace instanced {

inline constexpr std::string_view kLeaseLabel = "instanced.dev/lease";
inline constexpr std::string_view kLeaseSubjectAnnotation = "instanced.dev/lease-of";

class KubeLeaseStore final : public LeaseStore {
 public:
  // `instance` keeps installations in one namespace apart: only leases whose names begin with it
  // are seen.
  KubeLeaseStore(KubeClient& client, std::string space, std::string instance)
      : client_(client), namespace_(std::move(space)), instance_(std::move(instance)) {}

  Task<Result<LeaseList>> List(StopToken stop) override;
  Task<Result<LeaseRecord>> Write(LeaseRecord lease, StopToken stop) override;
  Task<Result<void>> Remove(LeaseRecord lease, StopToken stop) override;
  Task<Result<void>> Watch(std::string resource_version, LeaseSink sink, StopToken stop) override;

 private:
  ResourceRef Leases() const { return {"coordination.k8s.io", "v1", "leases", namespace_}; }
  bool IsOurs(const LeaseRecord& lease) const { return lease.name.starts_with(instance_); }

  KubeClient& client_;
  std::string namespace_;
  std::string instance_;
};

}  // namespace instanced
