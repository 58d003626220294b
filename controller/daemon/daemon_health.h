// DaemonHealth: /healthz and /readyz, status only.
//
// Alive: the loop turned within the last ten seconds. Ready: alive, the source is synced, the store
// can be written, and it is known who holds the leases. Anything else is 503 with the names of what
// is missing, nothing more. How the store stands is asked for each answer, the leases are told.
// Threads: the loop writes, the server's threads read; `store_writable` is asked on theirs.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "controller/clock/clock.h"
#include "controller/http/http_server.h"

namespace instanced {

class DaemonHealth {
 public:
  DaemonHealth(const Clock& clock, std::function<bool()> store_writable)
      : clock_(clock), store_writable_(std::move(store_writable)) {
    Beat();
  }

  void Beat() { beat_ = clock_.Now().time_since_epoch().count(); }
  // The first complete list of the source is in the cache; that does not end.
  void SourceSynced() { source_synced_ = true; }
  enum class Leases { kUnknown, kKnown };
  void LeasesKnown(Leases leases) { leases_known_ = leases == Leases::kKnown; }
  // A standby is ready: it is what the others count on. Its answer says that it is one.
  enum class Standing { kActing, kStandby };
  void SetStanding(Standing standing) { standing_ = standing; }
  // From here on not ready, so that nobody waits for a daemon that is leaving.
  void Stopping() { stopping_ = true; }

  std::vector<HttpRoute> Routes() const;

 private:
  HttpResponse Live() const;
  HttpResponse Ready() const;
  bool LoopTurns() const;

  const Clock& clock_;
  const std::function<bool()> store_writable_;
  std::atomic<std::int64_t> beat_ = 0;
  std::atomic<bool> source_synced_ = false;
  std::atomic<bool> leases_known_ = true;
  std::atomic<Standing> standing_ = Standing::kActing;
  std::atomic<bool> stopping_ = false;
};

}  // namespace instanced
