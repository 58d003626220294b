// Track: what this process remembers of one object between two passes.
//
// All of it may be lost: a restart begins with an empty track and re-arms every wait. What must
// not be lost is in the object's status. Pure values, changed by the pass.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/object/object_key.h"
#include "controller/clock/clock.h"
#include "controller/reconcile/facts.h"
#include "controller/reconcile/rare.h"

namespace instanced {

struct Track {
  // Of the object's uid: which life of the key all of this is about.
  std::size_t uid_hash = 0;
  std::int64_t generation = 0;
  // The tenure all of this was learned in, and whether a write in it was confirmed.
  std::int64_t tenure = 0;
  bool confirmed = false;

  // Failures in a row, for backoff; conflicts in a row, retried at once up to five times.
  int failures = 0;
  int conflicts = 0;
  int observe_failures = 0;
  Rare<Cooldown> cooldown;

  // Reads by id that said "not found", each counted only when far enough from the one before.
  int missing_reads = 0;
  MonotonicTime missing_at;

  // When a read last said how the instance stands, or that there is none.
  MaybeTime observed_at;

  // Look-ups: since when one is needed, and complete lists in a row that showed nothing.
  MaybeTime lookup_since;
  int absent_reads = 0;
  MonotonicTime absent_begun;
  MonotonicTime recheck_at;

  // The open create this process saw in doubt.
  MaybeTime doubt_since;
  std::int64_t doubt_attempt = 0;
  // The resource version a write was meant for that may or may not have been carried out: what is
  // cached under it may be older than our own record.
  std::string unconfirmed_version;
  Replay replay = Replay::kOpen;

  // Of the recorded replacement, when this process recorded it.
  Replacement replacement = Replacement::kMayHaveBegun;

  // Since when the instance is bound, for the cloud's own lag.
  MaybeTime bound_at;

  // The last update's differences, and how often in a row it was the same.
  std::uint64_t update_digest = 0;
  int updates_equal = 0;

  // What differed when declared and observed were compared last; kept only while something does.
  Rare<std::vector<FieldDiff>> differences;
  enum class Compared : std::uint8_t { kNever, kYes } compared = Compared::kNever;

  // The last observation that showed our own instance exactly as declared, as a fingerprint, and
  // the version of the object it was compared with: the same again needs no second comparison.
  std::uint64_t agreed_digest = 0;
  std::string agreed_version;

  // The instance itself is to be read by a pass that began after this, whatever lists say.
  MaybeTime look_anew_at;

  // Polls in a row that changed nothing; stretches the poll interval.
  int quiet_polls = 0;
  int transition_polls = 0;
  // The last requeue that was due at once.
  MaybeTime hurried_at;

  // The last pass ended because the account's rate had no room; conditions are not written for
  // that.
  bool awaits_turn = false;

  // The last decision, for history and explain, and when the next look is due.
  std::string decision;
  MaybeTime next_wake;
  // When it was first seen not Ready by this process, for time-to-ready.
  MaybeTime unready_since;

  void ForgetObservations() {
    missing_reads = 0;
    observe_failures = 0;
  }
  void ForgetComparison() {
    differences.reset();
    compared = Compared::kNever;
  }
  void RememberComparison(const std::vector<FieldDiff>& found) {
    differences.reset();
    if (!found.empty()) differences = found;
    compared = Compared::kYes;
  }
  void ForgetLookups() {
    lookup_since.reset();
    absent_reads = 0;
    absent_begun = {};
  }
};

// A pass holds its track by shared ownership, so forgetting one never harms a pass in flight.
class TrackBook {
 public:
  // The track of this life of the object: another uid starts afresh, another generation forgets
  // what the old spec's failures taught.
  std::shared_ptr<Track> For(const InstanceObject& object) {
    auto& slot = tracks_[object.meta.key];
    if (!slot) slot = std::make_shared<Track>();
    Track& track = *slot;
    const auto uid_hash = std::hash<std::string>{}(object.meta.uid);
    if (track.uid_hash != uid_hash) {
      const auto tenure = track.tenure;
      track = Track{};
      track.uid_hash = uid_hash;
      track.tenure = tenure;
    }
    if (track.generation != object.meta.generation) {
      track.generation = object.meta.generation;
      track.ForgetComparison();
      track.cooldown.reset();
      track.failures = 0;
      track.updates_equal = 0;
      track.quiet_polls = 0;
      track.transition_polls = 0;
    }
    return slot;
  }
  const Track* Find(const ObjectKey& key) const {
    const auto it = tracks_.find(key);
    return it == tracks_.end() ? nullptr : it->second.get();
  }
  void Forget(const ObjectKey& key) { tracks_.erase(key); }
  // What it waits after is over, and its next look is one at the instance itself.
  void LookAnew(const ObjectKey& key, MonotonicTime now) {
    const auto it = tracks_.find(key);
    if (it == tracks_.end()) return;
    it->second->cooldown.reset();
    it->second->look_anew_at = now;
  }
  void ForgetCooldowns() {
    for (auto& [key, track] : tracks_) track->cooldown.reset();
  }

 private:
  std::unordered_map<ObjectKey, std::shared_ptr<Track>, ObjectKeyHash> tracks_;
};

}  // namespace instanced
