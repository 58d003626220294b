// KubeHome: a Kubernetes API server; the record is each object's own status.
//
// Promises those of KubeSource and KubeWriter. The owner is --owner-id, else the uid of namespace
// kube-system, so that every cluster marks its own. There is no ProviderConfig but declared ones.
// Threads: the loop's.
#pragma once

#include <memory>

#include "controller/daemon/object_home.h"
#include "controller/daemon/rest_metrics.h"
#include "controller/http/beast_http_client.h"
#include "controller/source/kube/kube_source.h"
#include "controller/source/kube/kube_writer.h"

namespace instanced {

class KubeHome final : public ObjectHome, private KubeSourceObserver {
 public:
  // Reads the kubeconfig and, unless --owner-id is given, asks the API server for its identity:
  // blocks, and runs the loop meanwhile. Errors are for people.
  static Result<std::unique_ptr<KubeHome>> Open(HomeDeps deps);

  HomeSeams Seams() override;
  Task<void> Run(WatchSink sink, StopToken stop) override;
  void OnChange(const Change& change) override;
  void OnAnswered(const std::vector<ObjectKey>& keys) override;
  void Reload() override;

 private:
  KubeHome(HomeDeps deps, KubeConfig config, std::unique_ptr<BeastHttpClient> http);
  Result<void> FindOwner();
  void OnTrouble(Kind kind, const Error& error) override;
  void OnUnreadable(const ObjectKey& key, const Error& error) override;

  HomeDeps deps_;
  std::string owner_;
  RestMetrics rest_metrics_;
  std::unique_ptr<BeastHttpClient> http_;
  KubeClient client_;
  KubeWriter writer_;
  KubeSource source_;
};

}  // namespace instanced
