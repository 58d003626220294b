#include <algorithm>

#include "controller/provider/parameter_rules.h"
#include "controller/reconcile/claims.h"
#include "controller/reconcile/pass.h"

namespace instanced {

Task<Pass::Read<Observed>> Pass::LookUpInstance() {
  if (!track_->lookup_since) track_->lookup_since = Now();
  MonotonicTime begun_after = *track_->lookup_since;
  const auto doubt = GatherDoubt();
  const bool careful = doubt || object_->intent_unreadable;
  const MonotonicTime settled_at = doubt ? doubt->settled_at : begun_after;
  if (careful && Now() >= settled_at) begun_after = std::max(begun_after, settled_at);
  if (careful && track_->absent_reads > 0) begun_after = std::max(begun_after, track_->recheck_at);
  if (begun_after > Now()) {
    co_return std::unexpected(Wait{Reason::kInDoubt,
                                   "a create of unknown fate left nothing so far; looking again",
                                   begun_after});
  }
  // A list older than the window says nothing any more about what is free or taken.
  auto list = FreshList(begun_after, r_.options_.consistency_window);
  if (!list) co_return std::unexpected(std::move(list.error()));
  const auto snapshot = *list;
  auto finding = FindCandidates(*snapshot);
  auto candidates = co_await finding;
  if (!candidates) co_return std::unexpected(std::move(candidates.error()));

  const bool nothing = std::ranges::none_of(*candidates, [](const Candidate& candidate) {
    return candidate.match == MarkMatch::kOurs || candidate.match == MarkMatch::kOursOtherUid;
  });
  if (!nothing) {
    track_->absent_reads = 0;
    track_->recheck_at = Now() + r_.options_.consistency_window;
  } else if (snapshot->begun >= settled_at && snapshot->begun > track_->absent_begun) {
    ++track_->absent_reads;
    track_->absent_begun = snapshot->begun;
    track_->recheck_at = Now() + r_.options_.consistency_window;
  }
  LookedUp looked_up;
  looked_up.candidates = std::move(*candidates);
  looked_up.absent_reads = track_->absent_reads;
  looked_up.recheck_at = track_->recheck_at;
  co_return looked_up;
}

Inventory& Pass::Listed() const {
  return r_.InventoryFor(connection_->domain, r_.PersonsIn(object_->meta.key.kind, *config_));
}

// A complete list begun at or after this time and finished no longer ago than `age_max`, or the
// wish for one. Its age counts from its end: a long list is older than any window when it begins.
Pass::Read<std::shared_ptr<const Snapshot>> Pass::FreshList(MonotonicTime begun_after,
                                                            Duration age_max) {
  auto& inventory = Listed();
  const auto oldest = Now() - age_max;
  if (auto snapshot = inventory.SnapshotSince(begun_after, oldest)) return snapshot;
  begun_after = std::max(begun_after, inventory.NextBegin().value_or(begun_after));
  if (auto failure = inventory.FailureSince(std::max(begun_after, oldest), Credential())) {
    // Asked for anew the next time; this failure belongs to the sweep that is over.
    track_->lookup_since.reset();
    ++track_->observe_failures;
    NoteFailure(*failure);
    return std::unexpected(Retry{*failure});
  }
  inventory.Need(object_->meta.key, begun_after);
  r_.SweepIfWanted(*connection_, object_->meta.key.kind, config_);
  parked_ = true;
  return std::unexpected(Wait{object_->status.intent ? Reason::kInDoubt : Reason::kProgressing,
                              "a list of what exists is being read",
                              {}});
}

// Whether only the instance itself can tell if it is ours.
bool Pass::NeedsMark(const Observation& entry) const {
  if (entry.mark || entry.adoptable == Adoptable::kPreset) return false;
  if (Listed().KnownMark(entry.external_name)) return false;
  const auto holder =
      r_.claims_.HolderOf(ServiceKeyOf(traits_.kind, object_->spec.plugin), entry.external_name);
  if (holder && *holder != object_->meta.key) return false;
  const auto& natural = NaturalKey();
  if (traits_.natural_key_scope != NaturalKeyScope::kUnique || natural.empty()) return true;
  return SameNaturalKey(traits_, entry.natural_key, natural);
}

Candidate Pass::CandidateFrom(const Observation& entry, const ObservedMark& mark) {
  Candidate candidate;
  candidate.external_name = entry.external_name;
  candidate.adoptable = entry.adoptable;
  candidate.lifecycle = entry.lifecycle;
  Observation marked;
  marked.mark = mark;
  candidate.match = MatchOf(marked);
  const auto& natural = NaturalKey();
  if (!natural.empty() && SameNaturalKey(traits_, entry.natural_key, natural)) {
    candidate.natural_key = Candidate::NaturalKey::kEqual;
  }
  const auto holder =
      r_.claims_.HolderOf(ServiceKeyOf(traits_.kind, object_->spec.plugin), entry.external_name);
  if (holder && *holder != object_->meta.key) candidate.claimed_by = holder;
  const bool in_the_way = candidate.natural_key == Candidate::NaturalKey::kEqual &&
                          traits_.natural_key_scope == NaturalKeyScope::kUnique &&
                          candidate.match == MarkMatch::kForeign && !candidate.claimed_by &&
                          entry.lifecycle != Lifecycle::kGone && !object_->meta.IsDeleting();
  if (in_the_way && TakesOver(mark)) candidate.takeover = Candidate::Takeover::kApproved;
  return candidate;
}

Task<Pass::Read<std::vector<Candidate>>> Pass::FindCandidates(const Snapshot& snapshot) {
  auto& inventory = Listed();
  std::vector<Candidate> candidates;
  std::optional<std::string> unread;
  for (const auto& entry : snapshot.Concerning(NaturalKey(), OurMark())) {
    if (NeedsMark(entry)) {
      if (!unread) unread = entry.external_name;
      continue;
    }
    const auto* known = inventory.KnownMark(entry.external_name);
    const auto mark = entry.mark ? *entry.mark : known ? *known : ObservedMark{};
    auto candidate = CandidateFrom(entry, mark);
    const bool relevant = candidate.natural_key == Candidate::NaturalKey::kEqual ||
                          candidate.match == MarkMatch::kOurs ||
                          candidate.match == MarkMatch::kOursOtherUid;
    if (relevant) candidates.push_back(std::move(candidate));
  }
  if (!unread) {
    std::ranges::sort(candidates, {}, &Candidate::external_name);
    co_return candidates;
  }
  // One read a pass: the next pass reads the next one, until all that matter are known.
  auto reading = ReadInstance(*unread);
  auto read = co_await reading;
  if (read) {
    inventory.LearnMark(*unread, read->mark.value_or(ObservedMark{}));
  } else if (const auto* retry = std::get_if<Retry>(&read.error());
             retry && retry->error.error_class == ErrorClass::kNotFound) {
    // The list is ahead of the describe call, or behind it: the next list asks again.
    inventory.LearnUnreadable(*unread);
  } else {
    co_return std::unexpected(std::move(read.error()));
  }
  co_return std::unexpected(Wait{object_->status.intent ? Reason::kInDoubt : Reason::kProgressing,
                                 "reading whose the instances of this account are", Now()});
}

}  // namespace instanced
