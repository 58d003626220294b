// KubeHome: a Kubernetes API server; the record is each object's own status.
//
// Promises those of KubeSource and KubeWriter, and of what stands in controller/operator: Secrets,
// ProviderConfigs in use, Events, the ledger's ConfigMap, CRDs and namespaces being removed. The
// owner is --owner-id, else the uid of namespace kube-system, so that every cluster marks its own.
// There is no ProviderConfig but declared ones. The daemon's own namespace is the pod's, or the
// kubeconfig context's. Unless told otherwise it takes part in the election of who acts (Election).
// Threads: the loop's.
#pragma once

#include <memory>

#include "controller/daemon/election.h"
#include "controller/daemon/object_home.h"
#include "controller/daemon/rest_metrics.h"
#include "controller/http/beast_http_client.h"
#include "controller/kube/program_runner.h"
#include "controller/operator/config_keeper.h"
#include "controller/operator/event_recorder.h"
#include "controller/operator/kube_ledger.h"
#include "controller/operator/removal_watch.h"
#include "controller/operator/secret_book.h"
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
  void TakenOver() override;
  Task<void> Leave() override;
  std::optional<std::string> standing() const override;
  WorkElsewhere Elsewhere() const override;
  void OnChange(const Change& change) override;
  void OnAnswered(const std::vector<ObjectKey>& keys) override;
  void Reload() override;

 private:
  KubeHome(HomeDeps deps, KubeConfig config, std::unique_ptr<BeastHttpClient> http);
  Result<void> FindOwner();
  std::unique_ptr<ExecToken> ExecTokenFrom(const KubeConfig& config);
  Task<void> FollowAccess(StopToken stop);
  SecretBook::Deps SecretDeps();
  ConfigKeeper::Deps ConfigDeps();
  EventRecorder::Deps EventDeps();
  KubeLedger::Deps LedgerDeps();
  RemovalWatch::Deps RemovalDeps();
  void OnTrouble(Kind kind, const Error& error) override;
  void OnUnreadable(const ObjectKey& key, const Error& error) override;

  HomeDeps deps_;
  std::string owner_;
  std::string identity_;  // of this process alone
  RestMetrics rest_metrics_;
  std::unique_ptr<BeastHttpClient> http_;
  TlsOptions tls_;  // in use
  ProgramRunner programs_;
  std::unique_ptr<ExecToken> exec_token_;  // none where the kubeconfig names no program
  CallLine line_;                          // not the leases'
  KubeClient client_;
  KubeClient lease_client_;
  KubeWriter writer_;
  KubeSource source_;
  SecretBook secrets_;
  ConfigKeeper configs_;
  EventRecorder events_;
  KubeLedger ledger_;
  RemovalWatch removals_;
  std::unique_ptr<Election> election_;  // none with --leader-elect no
};

}  // namespace instanced
