// KubeSite: a Site whose objects are custom resources of a real API server, declared with kubectl.
//
// Each has a namespace of its own for the objects, another one that is the daemon's, and removes
// both, with what is left in them, at its end. Before that it compares the clouds with what is
// declared: every instance that was made and not deleted is an object's, no two are one object's,
// and an instance of somebody else, one in each service from the beginning, is as it was. The API
// server is that of apiserver.sh.
#pragma once

#include <string>
#include <vector>

#include "tests/e2e/site.h"

namespace instanced::e2e {

// What apiserver.sh told.
struct ApiServer {
  std::filesystem::path kubeconfig;
  std::string kubectl;
  std::filesystem::path crds;
  std::filesystem::path start;     // program that starts the API server
  std::filesystem::path pid_file;  // of the one that runs
  std::filesystem::path audit_log;
  std::string url;   // of the API server
  std::string etcd;  // its etcd's client URL
};
ApiServer& TheApiServer();

// SIGKILL, and the same server on the same etcd again; answers when it is ready.
void StopApiServer();
void StartApiServer();
// What etcd held before now is forgotten.
void CompactEtcd();
// etcd and the API server with nothing in them but our CRDs: all that was declared is gone.
void LoseEtcd();

struct KubeSiteOptions {
  SiteOptions site;
  enum class Scope { kOwnNamespace, kAllNamespaces } scope = Scope::kOwnNamespace;
  // kAlone: no lease is needed, so that a daemon that was killed is back at once.
  enum class Election { kAlone, kLeases, kSharded } election = Election::kAlone;
};

class KubeSite final : public Site {
 public:
  // All kinds that have conditions, as kubectl takes them.
  static constexpr const char* kKinds =
      "connectinstances,supplychaininstances,cloudcallcenterinstances,outboundbotinstances,"
      "plugininstances";

  explicit KubeSite(KubeSiteOptions options = {});
  ~KubeSite() override;
  // Makes the namespaces and the ProviderConfig, as the constructor does.
  void Furnish() const;

  const std::string& space() const { return space_; }
  const std::string& daemon_space() const { return daemon_space_; }
  // The manifest, moved into this site's namespace.
  Json Here(Json manifest) const;
  std::vector<Json> HereAll(std::vector<Json> manifests) const;

  Ran Kubectl(std::vector<std::string> arguments, double seconds = 60) const;
  // Fails the test when kubectl does; answers its output.
  std::string Must(std::vector<std::string> arguments, double seconds = 60) const;
  void Apply(const Json& manifest) const;
  void ApplyAll(const std::vector<Json>& manifests) const;
  // Without waiting for the finalizers.
  void Delete(const Json& manifest) const;
  // By one kubectl: within the moment in which deletions count as one batch.
  void DeleteAll(const std::vector<Json>& manifests) const;
  // "connectinstance.instanced.dev/desk"
  static std::string NameOf(const Json& manifest);
  void Annotate(const Json& manifest, const std::string& annotation) const;
  // Null when it is not there.
  Json Get(const std::string& resource, const std::string& name) const;
  Json Get(const Json& manifest) const;

  std::vector<RecordedObject> Objects() const override;
  // So many instances are rightly nobody's at the end: their objects were let go.
  void LeavesInstances(std::size_t count) { left_ = count; }
  // A kubeconfig with the same rights whose default namespace is the daemon's own.
  const std::filesystem::path& kubeconfig() const { return kubeconfig_; }
  // Through another address of the same server, which shows another authority's certificate.
  void ReachApiServerAt(const std::string& url, const std::filesystem::path& authority = {});
  // From the next StartDaemon on as in a pod: no kubeconfig, the service account's files in
  // `account_folder` (token, ca.crt, namespace) where the kubelet mounts them. Needs the right to
  // mount (IsMountAllowed).
  void LiveInPod(const std::filesystem::path& account_folder);
  static bool IsMountAllowed();
  // A token of the service account, which is made if it is not there; `spec` is TokenRequest's.
  std::string IssueToken(const std::string& name_space, const std::string& account,
                         const Json& spec) const;
  // From the next StartDaemon on as a pod of that namespace, with this token's rights.
  void UseAccount(const std::string& name_space, const std::string& token);

 protected:
  std::vector<std::string> Where() const override;

 private:
  void SetElection(KubeSiteOptions::Election election);
  void PlantForeign();
  void CompareClouds() const;

  KubeSiteOptions::Scope scope_;
  std::string space_;
  std::string daemon_space_;
  std::filesystem::path kubeconfig_;  // empty: in a pod
  std::vector<Json> foreign_;
  std::size_t left_ = 0;
};

}  // namespace instanced::e2e
