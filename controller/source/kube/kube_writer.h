// KubeWriter: our record, written to the objects themselves.
//
// Status replaces the status sub-resource whole; finalizers and annotations are merge patches. Each
// carries resourceVersion and uid, so that a write meant for another version or another life of the
// object changes nothing and is a WriteConflict, as is one for an object that has gone. Every other
// failure is Store with the server's own code, and by Error::reach may have been carried out.
//
// Threads: the loop's. Ownership: the client outlives the writer, the writer its calls.
#pragma once

#include "controller/kube/kube_client.h"
#include "controller/source/source.h"

namespace instanced {

class KubeWriter final : public ObjectWriter {
 public:
  explicit KubeWriter(KubeClient& client) : client_(client) {}
  Task<Result<std::string>> WriteStatus(WriteTarget target, InstanceStatus status) override;
  Task<Result<std::string>> WriteFinalizers(WriteTarget target,
                                            std::vector<std::string> finalizers) override;
  Task<Result<std::string>> WriteAnnotations(WriteTarget target, StringPairs annotations) override;

 private:
  KubeClient& client_;
};

}  // namespace instanced
