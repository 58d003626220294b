// DaemonHealth: /healthz and /readyz, status only.
//
// Alive: the loop turned within the last ten seconds. Ready: alive, the source is synced and the
// store can be written. Anything else is 503 with the names of what is missing, nothing more.
// Threads: the loop writes, the server's threads read.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "controller/clock/clock.h"
#include "controller/http/http_server.h"

namespace instanced {

class DaemonHealth {
 public:
  explicit DaemonHealth(const Clock& clock) : clock_(clock) { Beat(); }

  enum class Part { kSourceSynced, kStoreWritable };
  enum class State { kBad, kGood };
  void Beat() { beat_ = clock_.Now().time_since_epoch().count(); }
  void Set(Part part, State state);
  // From here on not ready, so that nobody waits for a daemon that is leaving.
  void Stopping() { stopping_ = true; }

  std::vector<HttpRoute> Routes() const;

 private:
  HttpResponse Live() const;
  HttpResponse Ready() const;
  bool LoopTurns() const;

  const Clock& clock_;
  std::atomic<std::int64_t> beat_ = 0;
  std::atomic<bool> source_synced_ = false;
  std::atomic<bool> store_writable_ = false;
  std::atomic<bool> stopping_ = false;
};

}  // namespace instanced
