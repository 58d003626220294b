// What is counted at regular moments rather than at events: instances by state, queue, brakes.
// Threads: the loop's. Reads only.
#pragma once

#include "controller/budget/brake_book.h"
#include "controller/budget/budget.h"
#include "controller/budget/churn_ledger.h"
#include "controller/informer/object_cache.h"
#include "controller/journal/journal.h"
#include "controller/reconcile/controller.h"
#include "controller/telemetry/metrics.h"

namespace instanced {

struct GaugeSources {
  const Clock& clock;
  const ObjectCache& cache;
  const WorkQueue& queue;
  const Budget& budget;
  const ChurnLedger& churn;
  const BrakeBook& brakes;
  const Journal& journal;
  const Controller& controller;
  int passes_in_flight_max = 0;
};

void ShowGauges(const GaugeSources& sources, Metrics& metrics);

}  // namespace instanced
