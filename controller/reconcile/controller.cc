#include "controller/reconcile/controller.h"

#include <algorithm>

#include "api/object/digest.h"
#include "controller/reconcile/settled.h"
#include "controller/source/resource_version.h"
#include "controller/task/next_turn.h"

namespace instanced {
namespace {

// Passes started in one turn of the loop. All that are due at once would keep every answer, and
// every key that is more urgent, waiting until each of them had sent its call.
constexpr int kStartsPerTurn = 16;

}  // namespace

bool SpecChanged(const InstanceObject& before, const InstanceObject& now) {
  // Of a restored API server a generation says nothing about the one that was known.
  const bool restored = IsOlder(now.meta.resource_version, before.meta.resource_version);
  return restored || before.meta.uid != now.meta.uid ||
         before.meta.generation != now.meta.generation ||
         before.meta.deletion_timestamp != now.meta.deletion_timestamp ||
         before.meta.annotations != now.meta.annotations ||
         before.meta.finalizers != now.meta.finalizers;
}

bool SpecChanged(const ProviderConfigObject& before, const ProviderConfigObject& now) {
  const bool held_anew = before.meta.finalizers != now.meta.finalizers;
  return !held_anew || before.meta.uid != now.meta.uid ||
         before.meta.generation != now.meta.generation ||
         before.meta.deletion_timestamp != now.meta.deletion_timestamp;
}

void Controller::OnChange(const Change& change) {
  if (change.kind == ChangeKind::kSynced) {
    synced_ = true;
    signal_.Notify();
  }
  if (!change.object) return;
  if (const auto* instance = std::get_if<InstancePtr>(&*change.object)) {
    OnInstance(change, **instance);
    return;
  }
  // Before the first list is complete nobody has missed it, and all would be woken at once.
  if (!synced_) return;
  const auto& config = *std::get<ProviderConfigPtr>(*change.object);
  const auto* before = change.before ? std::get<ProviderConfigPtr>(*change.before).get() : nullptr;
  if (before && !SpecChanged(*before, config)) return;
  deps_.reconciler.ProviderConfigChanged(config.meta.key);
}

void Controller::OnInstance(const Change& change, const InstanceObject& object) {
  const auto& key = object.meta.key;
  if (change.kind == ChangeKind::kDeleted) {
    deps_.reconciler.ObjectDeleted(key);
    deps_.queue.Forget(key);
    return;
  }
  const auto* before = change.before ? std::get<InstancePtr>(*change.before).get() : nullptr;
  deps_.reconciler.ObjectChanged(before, object);
  if (change.kind == ChangeKind::kListed && !IsUnsettled(object)) return LookInTurn(object);
  if (before && !SpecChanged(*before, object)) return;
  Wake(key, Priority::kUrgent);
}

// Spread by the uid's hash, so that a restart is not a storm.
void Controller::LookInTurn(const InstanceObject& object) {
  const auto span = deps_.reconciler.options().drift_poll_first;
  const auto phase =
      Duration(Fingerprint(object.meta.uid) % static_cast<std::uint64_t>(span.count()));
  deps_.queue.AddAfter(object.meta.key, Priority::kDrift, phase, deps_.clock.Now());
  signal_.Notify();
}

void Controller::TakeOver(const ObjectCache& cache) {
  cache.ForEachInstance([this](const InstanceView& view) {
    const auto object = view.Copy();
    if (IsUnsettled(object)) {
      Wake(object.meta.key, Priority::kTransition);
    } else {
      LookInTurn(object);
    }
  });
}

void Controller::Wake(const ObjectKey& key, Priority priority) {
  deps_.queue.Add(key, priority, deps_.clock.Now());
  signal_.Notify();
}

Task<void> Controller::Run(StopToken stop) {
  auto registration = stop.OnStop([this] { signal_.Notify(); });
  while (!stop.StopRequested()) {
    if (Dispatch() == Dispatched::kPart) {
      NextTurn next;
      co_await next;
      continue;
    }
    auto waiting = signal_.Wait(NextDue());
    co_await waiting;
  }
}

bool Controller::Step() {
  for (const auto& key : deps_.turns.pop(deps_.clock.Now())) Wake(key, Priority::kUrgent);
  return StartNext();
}

Controller::Dispatched Controller::Dispatch() {
  for (const auto& key : deps_.turns.pop(deps_.clock.Now())) {
    deps_.queue.Add(key, Priority::kUrgent, deps_.clock.Now());
  }
  const auto limit = static_cast<std::size_t>(deps_.reconciler.options().passes_in_flight_max);
  for (int started = 0; started < kStartsPerTurn; ++started) {
    if (in_flight_ >= limit || !StartNext()) return Dispatched::kAll;
  }
  return Dispatched::kPart;
}

bool Controller::StartNext() {
  if (!synced_) return false;
  auto item = deps_.queue.Get(deps_.clock.Now());
  if (!item) return false;
  ++in_flight_;
  deps_.passes.Spawn(RunPass(std::move(*item)));
  return true;
}

Task<void> Controller::RunPass(WorkQueue::Item item) {
  auto reconciling = deps_.reconciler.Reconcile(item.key, item.priority);
  const When when = co_await reconciling;
  const auto now = deps_.clock.Now();
  const Duration worked = deps_.queue.Done(item.key, now);
  if (deps_.pass_ended) deps_.pass_ended(item.queued_for, worked);
  if (const auto* at = std::get_if<At>(&when.at)) {
    deps_.queue.AddAt(item.key, when.priority, at->when, now);
  } else if (std::holds_alternative<Now>(when.at)) {
    deps_.queue.Add(item.key, when.priority, now);
  }
  --in_flight_;
  signal_.Notify();
}

std::optional<MonotonicTime> Controller::NextDue() const {
  const auto now = deps_.clock.Now();
  auto next = deps_.turns.next(now);
  const auto limit = static_cast<std::size_t>(deps_.reconciler.options().passes_in_flight_max);
  // Before the first list is complete nothing may start: what is due then would only spin.
  if (synced_ && in_flight_ < limit) {
    const auto due = deps_.queue.NextDue(now);
    if (due && (!next || *due < *next)) next = due;
  }
  return next;
}

}  // namespace instanced
