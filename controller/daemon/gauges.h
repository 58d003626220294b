// What is counted at regular moments, instances by state, queue, brakes; and some events.
// Threads: the loop's. Reads only.
#pragma once

#include "controller/budget/brake_book.h"
#include "controller/budget/budget.h"
#include "controller/budget/churn_ledger.h"
#include "controller/informer/object_cache.h"
#include "controller/reconcile/controller.h"
#include "controller/reconcile/track.h"
#include "controller/telemetry/metrics.h"

namespace instanced {

inline constexpr std::string_view kQueueName = "instances";

struct GaugeSources {
  const Clock& clock;
  const ObjectCache& cache;
  const WorkQueue& queue;
  const Budget& budget;
  const ChurnLedger& churn;
  const BrakeBook& brakes;
  bool record_works;  // what is done could be recorded: the journal, in a cluster the ledger
  const Controller& controller;
  const TrackBook& tracks;
  int passes_in_flight_max = 0;
};

void ShowGauges(const GaugeSources& sources, Metrics& metrics);

// At events: a key's way through queue and pass, and an object that has left the cache.
void ShowPassTimes(Duration waited, Duration worked, Metrics& metrics);
void ShowDeleted(const ObjectPtr& object, WallTime now, Metrics& metrics);

}  // namespace instanced
