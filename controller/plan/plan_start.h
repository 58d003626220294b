// PlanStart: what a plan begins from, and what manifests would make of it.
//
// Threads: values.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "api/kinds/object.h"
#include "controller/budget/brake_book.h"
#include "controller/budget/churn_ledger.h"
#include "controller/journal/object_row.h"
#include "controller/journal/recorded_state.h"
#include "controller/plan/plan_report.h"
#include "controller/reconcile/options.h"
#include "controller/source/file/snapshot_plan.h"

namespace instanced {

struct PlanStart {
  ReconcileOptions options;
  BrakeBook brakes;
  ChurnLedger churn;
  std::vector<InstancePtr> instances;
  std::vector<ProviderConfigPtr> configs;
  // The objects that begin when those being deleted have ended: their manifests are there again.
  std::map<ObjectKey, InstancePtr> next_lives;
  // ProviderConfigs that are only proposed: nobody connects by them, what is recorded is used.
  std::set<ObjectKey> proposed_configs;

  // From ApplyManifests.
  std::vector<std::string> problems;
  std::string directory;
};

// How a set of manifests meets what is there.
enum class ManifestMeaning {
  kAll,    // it is the whole of what is wanted: a missing object is to be deleted
  kApply,  // as kubectl apply: a missing object says nothing
};

// What the source of a standalone daemon keeps beside the objects.
struct RecordedLives {
  // The status texts may be empty. Objects without a row get one made from themselves.
  RowTable rows;
  std::map<ObjectKey, std::int64_t> incarnations;
};

// What a state file holds, at rest.
PlanStart StartFrom(const RecordedState& state, Instant at);
RecordedLives LivesOf(const RecordedState& state);

// The state as it would be right after the daemon had read `snapshot`: the same planning of
// snapshots, the same lives, the same brakes. A namespace of a folder that declares no
// ProviderConfig "default" and never did has the environment's, as in the daemon. Pure.
void ApplyManifests(const DirectorySnapshot& snapshot, ManifestMeaning meaning,
                    const RecordedLives& lives, Instant at, PlanStart& start);

}  // namespace instanced
