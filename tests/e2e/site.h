// Site: one installation under test: simulated clouds, a folder of manifests, a state file and the
// daemon, all in a folder of its own that disappears with it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/cloudsim/client.h"
#include "tests/e2e/journal_view.h"
#include "tests/e2e/manifests.h"
#include "tests/e2e/program.h"
#include "tests/e2e/waiting.h"

namespace instanced::e2e {

// What cloudsim knows without being told.
const CloudAccount& AwsOne();
const CloudAccount& AwsTwo();
const CloudAccount& AlibabaOne();
const CloudAccount& AlibabaTwo();

// A port of loopback, free a moment ago, from a range of which nobody is given one unasked.
std::uint16_t FreePort();

struct SiteOptions {
  std::vector<std::string> cloudsim = {
      "--no-rates",        "--no-quotas", "--provision-time",           "150", "--set",
      "scn_delete_ms=200", "--set",       "scn_deleted_visible_ms=3000"};
  std::vector<std::string> flags = {};  // of the daemon, beside or instead of the site's own
  // A program and its arguments that becomes the daemon by exec, as setpriv does; empty: none.
  std::vector<std::string> launcher = {};
};

class Site {
 public:
  explicit Site(SiteOptions options = {});
  virtual ~Site();
  Site(const Site&) = delete;

  cloudsim::Control clouds() const { return clouds_->control(); }
  std::string url() const { return clouds_->url(); }
  const ManifestFolder& manifests() const { return manifests_; }
  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path state_file() const { return folder_ / "state.db"; }
  std::filesystem::path log_file() const { return folder_ / "log"; }
  std::map<std::string, std::string>& environment() { return environment_; }
  std::vector<std::string>& flags() { return flags_; }
  // SiteOptions::launcher, for the next StartDaemon.
  std::vector<std::string>& launcher() { return launcher_; }

  // Ports are chosen by Start: of /metrics and of /healthz.
  void StartDaemon(std::optional<std::uint64_t> file_size_max = {});
  // As StartDaemon would; for a second one.
  ProgramCall DaemonCall(const std::string& log_name) const;
  Program& daemon() { return *daemon_; }
  bool DaemonRuns() { return daemon_ && daemon_->Running(); }
  void KillDaemon();
  // SIGTERM; the ending, nothing when it does not end in time.
  std::optional<Ending> StopDaemon(double seconds = 20);
  Ran Instancectl(std::vector<std::string> arguments) const;

  std::string Log() const { return ReadText(log_file()); }
  // All declared objects with the daemon's record of them.
  virtual std::vector<RecordedObject> Objects() const { return RecordedObjects(state_file()); }
  std::optional<RecordedObject> Object(const Json& manifest) const;
  std::vector<Json> History() const { return RecordedHistory(state_file()); }
  // Ready and Synced, and of the generation declared last.
  bool AllReady(const std::vector<Json>& manifests) const;
  // Instances that a create call of anybody made, presets and meddlers' left out.
  std::vector<Json> OwnInstances(const std::string& service = "") const;
  // The calls with an effect since `seq`, as "connect:CreateInstance".
  std::vector<std::string> Effects(std::int64_t since = 0) const;
  std::size_t CountEffects(const std::string& effect, std::int64_t since = 0) const;
  std::int64_t LastCall() const;
  // GET over loopback; the body when the answer is `status`.
  std::optional<std::string> Get(std::uint16_t port, const std::string& path,
                                 int status = 200) const;
  std::uint16_t metrics_port() const { return metrics_port_; }
  std::uint16_t health_port() const { return health_port_; }

 protected:
  // The flags that say where the objects are declared.
  virtual std::vector<std::string> Where() const {
    return {"--manifests", manifests_.root().string()};
  }

 private:
  std::filesystem::path folder_;
  ManifestFolder manifests_;
  std::optional<cloudsim::CloudsimProcess> clouds_;
  std::map<std::string, std::string> environment_;
  std::vector<std::string> flags_;
  std::vector<std::string> launcher_;
  std::uint16_t metrics_port_ = 0;
  std::uint16_t health_port_ = 0;
  std::unique_ptr<Program> daemon_;
};

// What differs between the declared objects and the clouds: missing, surplus and unequal
// instances, one sentence each; empty when each object has exactly one instance as declared.
std::vector<std::string> Differences(const Site& site, const std::vector<Json>& manifests);

// Waits until there is no difference and all is ready; fails the test with the differences.
void ExpectSettled(const Site& site, const std::vector<Json>& manifests, double seconds = 30);

}  // namespace instanced::e2e
