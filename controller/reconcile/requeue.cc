#include "controller/reconcile/requeue.h"

#include <algorithm>

#include "controller/clock/duration.h"
#include "controller/reconcile/retry_table.h"

namespace instanced {
namespace {

constexpr int kConflictsAtOnce = 5;
constexpr Duration kHurry = std::chrono::milliseconds(100);

Duration FullJitter(const ReconcileOptions& options, int failures, Random& random) {
  Duration ceiling = options.backoff_base;
  for (int i = 1; i < failures && ceiling < options.backoff_max; ++i) ceiling *= 2;
  ceiling = std::min(ceiling, options.backoff_max);
  // Never zero: a failed call is not repeated within a tenth of the base.
  return options.backoff_base / 10 + UniformBelow(random, ceiling);
}

// Spreads by a tenth to either side, so that equal intervals drift apart.
Duration Spread(Duration interval, Random& random) {
  return interval - interval / 10 + UniformBelow(random, interval / 5);
}

Duration TransitionPoll(const ReconcileOptions& options, Track& track) {
  Duration interval = options.transition_poll_first;
  for (int i = 0; i < track.transition_polls && interval < options.transition_poll_max; ++i) {
    interval += interval / 2;
  }
  ++track.transition_polls;
  return std::min(interval, options.transition_poll_max);
}

Duration DriftPoll(const InstanceObject& object, const ReconcileOptions& options, Track& track) {
  if (const auto* text = FindValue(object.meta.annotations, kPollIntervalAnnotation)) {
    const auto asked = ParseDuration(*text);
    if (asked && *asked >= std::chrono::seconds(1)) return *asked;
  }
  Duration interval = options.drift_poll_first;
  for (int i = 0; i < track.quiet_polls && interval < options.drift_poll_max; ++i) interval *= 2;
  ++track.quiet_polls;
  return std::min(interval, options.drift_poll_max);
}

// An instance that is held is still there to be looked at: by a person in the console, say, who
// takes back what no call of ours can. What is held without one waits for its declaration.
Duration HoldPoll(const InstanceObject& object, const ReconcileOptions& options, Track& track) {
  if (object.status.external_name.empty()) return options.hold_poll;
  return DriftPoll(object, options, track);
}

// A wait that is over already goes on at once, but not more than once in a while: whatever keeps
// asking without getting on costs a bounded number of passes.
MonotonicTime AtEarliest(MonotonicTime until, MonotonicTime now, Track& track) {
  if (until > now) return until;
  const bool hurried = track.hurried_at && now - *track.hurried_at < kHurry;
  track.hurried_at = now;
  return hurried ? now + kHurry : now;
}

struct PaceVisit {
  const Error& error;
  const ReconcileOptions& options;
  Random& random;
  Track& track;

  Duration operator()(AtBudgetSlot) const {
    const Duration hint = error.retry_after ? Duration(*error.retry_after) : options.backoff_base;
    return hint + UniformBelow(random, options.backoff_base);
  }
  // Who was asked may know better: an API server that is busy says when.
  Duration operator()(WithBackoff) const {
    const Duration pause = FullJitter(options, track.failures, random);
    return error.retry_after ? std::max<Duration>(pause, *error.retry_after) : pause;
  }
  Duration operator()(AtOnce) const {
    if (++track.conflicts <= kConflictsAtOnce) return Duration::zero();
    return FullJitter(options, track.conflicts - kConflictsAtOnce, random);
  }
  Duration operator()(ProbeEvery probe) const { return Spread(probe.interval, random); }
};

}  // namespace

Duration PauseAfter(const Error& error, const ReconcileOptions& options, Random& random,
                    Track& track) {
  const auto reaction = ReactionTo(error.error_class);
  if (reaction.counts == Counts::kAsFailure) ++track.failures;
  return std::visit(PaceVisit{error, options, random, track}, reaction.pace);
}

When RequeueFor(const Decision& decision, const InstanceObject& object,
                const ReconcileOptions& options, MonotonicTime now, Random& random, Track& track) {
  if (const auto* retry = std::get_if<Retry>(&decision)) {
    const Duration pause = PauseAfter(retry->error, options, random, track);
    if (pause == Duration::zero()) return {Now{}, Priority::kUrgent};
    return {At{now + pause}, Priority::kTransition};
  }
  track.conflicts = 0;
  if (const auto* wait = std::get_if<Wait>(&decision)) {
    track.quiet_polls = 0;
    if (wait->until) return {At{AtEarliest(*wait->until, now, track)}, Priority::kTransition};
    return {At{now + TransitionPoll(options, track)}, Priority::kTransition};
  }
  if (const auto* hold = std::get_if<Hold>(&decision)) {
    if (hold->until) return {At{AtEarliest(*hold->until, now, track)}, Priority::kDrift};
    return {At{now + Spread(HoldPoll(object, options, track), random)}, Priority::kDrift};
  }
  if (std::holds_alternative<Done>(decision)) {
    track.failures = 0;
    track.transition_polls = 0;
    if (object.meta.IsDeleting()) return {WhenChanged{}, Priority::kDrift};
    return {At{now + Spread(DriftPoll(object, options, track), random)}, Priority::kDrift};
  }
  if (std::holds_alternative<RemoveFinalizer>(decision)) return {WhenChanged{}, Priority::kUrgent};
  return {Now{}, Priority::kUrgent};
}

}  // namespace instanced
