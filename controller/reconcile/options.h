// The reconciler's figures. All are flags of the daemon; the defaults are the design's.
#pragma once

#include <chrono>
#include <string>

#include "controller/clock/clock.h"

namespace instanced {

struct ReconcileOptions {
  std::string owner;  // the installation; part of every mark
  // The one namespace whose objects are seen; empty: all. Whether an object of another one lives
  // is not known, so its mark binds.
  std::string scope;

  // How long one API call may take.
  Duration call_deadline = std::chrono::seconds(30);
  // How long a cloud may go on showing the world before our last call.
  Duration consistency_window = std::chrono::seconds(30);
  // How long a recorded create may be sent again; how long the clouds remember a token is not
  // published, so this is short.
  Duration replay_window = std::chrono::minutes(10);

  Duration backoff_base = std::chrono::seconds(1);
  Duration backoff_max = std::chrono::minutes(5);

  // Polls of what is changing: from first to max, growing by half.
  Duration transition_poll_first = std::chrono::seconds(2);
  Duration transition_poll_max = std::chrono::seconds(30);
  // Polls of what is in line: from first to max, doubling while nothing changes.
  Duration drift_poll_first = std::chrono::minutes(1);
  Duration drift_poll_max = std::chrono::minutes(10);
  // Looking again at what waits for a person and has no instance; one that has is polled as any.
  Duration hold_poll = std::chrono::minutes(30);
  // One object probes a refused credential for all that share it.
  Duration auth_probe = std::chrono::minutes(5);

  // Equal updates in a row that do not settle before they are stopped.
  int flap_limit = 5;
  int passes_in_flight_max = 512;
};

// How old a list may be that stands in for a drift poll.
inline Duration ListAgeOfDriftPolls(const ReconcileOptions& options) {
  return options.drift_poll_first / 2;
}

}  // namespace instanced
