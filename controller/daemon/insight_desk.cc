#include <algorithm>
#include <utility>

#include "api/kinds/kind_traits.h"
#include "controller/daemon/admin_desk.h"
#include "controller/daemon/orphan_sweep.h"
#include "controller/task/either_stop.h"

namespace instanced {
namespace {

constexpr std::size_t kEntriesLookedAt = 50;

}  // namespace

Result<ObjectFacts> AdminDesk::Explain(ObjectKey key, CallDeadline deadline) {
  return asker_.AskTask<ObjectFacts>(deadline,
                                     [this, key = std::move(key)] { return CollectFacts(key); });
}

Task<Result<ObjectFacts>> AdminDesk::CollectFacts(ObjectKey key) {
  HistoryQuery query;
  query.key = key;
  query.limit = kEntriesLookedAt;
  auto asking = deps_.history(std::move(query));
  const auto entries = co_await asking;
  if (!entries) co_return std::unexpected(entries.error());
  const auto object = deps_.cache.FindInstance(key);
  if (!object) co_return std::unexpected(Find(key).error());
  ObjectFacts facts;
  facts.report = ReportOf(object);
  const auto failure = std::ranges::find(*entries, HistoryKind::kFailure, &HistoryEntry::kind);
  if (failure != entries->end()) facts.last_failure = *failure;
  AddTrack(key, facts);
  for (const auto& brake : deps_.brakes.List()) {
    if (std::ranges::find(brake.keys, key) == brake.keys.end()) continue;
    facts.brake_id = brake.id;
    facts.brake_message = brake.message;
  }
  const auto claim = deps_.reconciler.claims().VerdictFor(*object);
  if (const auto* held = std::get_if<ClaimHeld>(&claim)) {
    facts.holder = held->holder;
    facts.held = held->what;
  }
  AddAccount(*object, facts);
  if (deps_.store_trouble) facts.store_trouble = deps_.store_trouble();
  co_return facts;
}

void AdminDesk::AddTrack(const ObjectKey& key, ObjectFacts& facts) const {
  const Track* track = deps_.reconciler.tracks().Find(key);
  if (track == nullptr) return;
  facts.failures = track->failures + track->observe_failures;
  facts.absent_reads = track->absent_reads;
  if (track->differences) facts.differences = *track->differences;
  if (track->awaits_turn) facts.turn = ObjectFacts::Turn::kAwaited;
  if (track->cooldown && track->cooldown->until > deps_.clock.Now()) {
    facts.refused = track->cooldown->error;
    facts.refused_until = WallAt(track->cooldown->until);
  }
}

void AdminDesk::AddAccount(const InstanceObject& object, ObjectFacts& facts) const {
  const std::string_view service = TraitsOf(object.meta.key.kind).service;
  const std::string& bound = object.status.bound_domain;
  for (const auto& line : deps_.budget.Lines(deps_.clock.Now())) {
    const bool ours = line.domain.service == service &&
                      (bound.empty() || bound == line.domain.account + "/" + line.domain.region);
    if (!ours || (line.parked == 0 && line.blocked_for <= Duration::zero())) continue;
    facts.waiting.push_back(
        {line.domain.service + ":" + line.operation, line.parked, line.blocked_for});
  }
  const std::string account = std::string(service) + "/" + bound;
  for (const auto& [name, remaining] : deps_.churn.RemainingByAccount(deps_.clock.WallNow())) {
    if (name == account) facts.churn_remaining = remaining;
  }
}

Result<OrphansReport> AdminDesk::Orphans(OrphanQuery query, Patience patience) {
  const auto most = patience.most;
  return asker_.AskTask<OrphansReport>(
      std::move(patience), [this, query = std::move(query), most](StopToken left) {
        return SweepOrphans(query, deps_.clock.Now() + most, std::move(left));
      });
}

Task<Result<OrphansReport>> AdminDesk::SweepOrphans(OrphanQuery query, MonotonicTime give_up_at,
                                                    StopToken left) {
  const EitherStop stop(deps_.stop, left);
  OrphanSweep sweep({deps_.clock, deps_.cache, deps_.reconciler, deps_.providers, stop.token(),
                     give_up_at, deps_.budget},
                    std::move(query));
  auto running = sweep.Run();
  co_return co_await running;
}

Result<std::vector<PluginReport>> AdminDesk::Plugins(CallDeadline deadline) {
  return asker_.Ask<std::vector<PluginReport>>(
      deadline, [this]() -> Result<std::vector<PluginReport>> { return deps_.plugins(); });
}

Result<BudgetsReport> AdminDesk::Budgets(CallDeadline deadline) {
  return asker_.Ask<BudgetsReport>(deadline, [this]() -> Result<BudgetsReport> {
    BudgetsReport report;
    for (const auto& line : deps_.budget.Lines(deps_.clock.Now())) {
      report.lines.push_back(
          {line.domain.service, line.domain.account, line.domain.region, line.operation,
           std::string(ToString(line.origin)), line.rate, line.ceiling, line.capacity,
           line.available, line.parked,
           std::chrono::duration_cast<std::chrono::milliseconds>(line.blocked_for)});
    }
    report.churn_remaining = deps_.churn.RemainingByAccount(deps_.clock.WallNow());
    report.churn_limit = deps_.churn.limit();
    return report;
  });
}

}  // namespace instanced
