// A fleet: a folder of manifests, a simulated cloud and the daemon between them, for measuring.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/fleet/daemon_process.h"
#include "tests/bench/fleet/machine.h"
#include "tests/cloudsim/client.h"

namespace instanced::bench {

struct FleetPlan {
  std::filesystem::path programs;  // where instanced and cloudsim are
  std::filesystem::path folder;    // emptied first
  int objects = 1000;
  int in_flight = 512;
  int regions = 1;
};

// OutboundBot instances of eight teams. The cloud lists all of an account's whatever the region,
// and offers one region: more than one is for those whom one region's rate would hold up.
class Fleet {
 public:
  // Writes the manifests and starts the cloud, without any delay of its answers.
  explicit Fleet(FleetPlan plan);
  // The objects' annotation; empty: the daemon's own pace.
  void WriteManifests(const std::string& poll_interval) const;

  // Starts the daemon, on the state it left if it ran before.
  void Start(std::vector<std::string> more_flags = {});
  void Stop() { daemon_.reset(); }
  // Seconds until every object is Ready; throws when that does not happen in time.
  double AwaitReady(double limit_seconds);
  // Seconds until the daemon has called the cloud about an object.
  double AwaitFirstCall(double limit_seconds);
  void SetLatency(int milliseconds);
  // Declares one more object that only looks at an instance of its own, and says after how many
  // milliseconds the cloud has read the first call about it; nothing when that takes longer than
  // the limit.
  std::optional<double> PickUpMillis(int number, int limit_millis);

  DaemonProcess& daemon() { return *daemon_; }
  cloudsim::Control control() const { return cloud_->control(); }
  // Calls the cloud has read so far.
  double Calls() const;
  double Passes() const;

 private:
  void WriteFile(const std::string& name, const std::string& text) const;

  FleetPlan plan_;
  std::optional<cloudsim::CloudsimProcess> cloud_;
  std::optional<DaemonProcess> daemon_;
};

}  // namespace instanced::bench
