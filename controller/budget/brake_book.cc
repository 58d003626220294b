#include "controller/budget/brake_book.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "api/object/digest.h"

namespace instanced {

void BrakeBook::Hold::Add(const ObjectKey& key) {
  if (held.insert(key).second) fingerprint += Fingerprint(ToString(key));
}

void BrakeBook::Hold::Remove(const ObjectKey& key) {
  if (held.erase(key) > 0) fingerprint -= Fingerprint(ToString(key));
}

std::string BrakeBook::IdOf(const HoldName& name, const Hold& hold) {
  const std::string_view kind = name.second ? ToString(*name.second) : "*";
  std::string text =
      fmt::format("{}/{}/{}/{}", kind, ToString(name.first), hold.held.size(), hold.fingerprint);
  // The same object is held anew when its approval has ended: an annotation that was left does not
  // approve that as well.
  if (HoldsWholeObject(name.first))
    text += fmt::format("/{}", hold.since.time_since_epoch().count());
  return fmt::format("{:010x}", Fingerprint(text) >> 24);
}

DeletionHeld BrakeBook::HeldBy(const HoldName& name, const Hold& hold) {
  return {IdOf(name, hold), name.first,
          fmt::format("{} held: {}; approve or release it",
                      HoldsWholeObject(name.first) ? "the object is" : "deletion is",
                      Explain(name.first))};
}

void BrakeBook::ObservePopulation(Kind kind, int with_instance, MonotonicTime now) {
  KindWindow& window = windows_[kind];
  const auto heard = std::exchange(window.told, now);
  // What was told before a long silence may have changed unseen, so it is no base any more.
  if (heard && now - *heard > options_.window) window.population.clear();
  if (!window.population.empty() && window.population.back().with_instance == with_instance) return;
  window.population.push_back({now, with_instance});
  Prune(window, now);
}

void BrakeBook::ObserveElsewhere(Kind kind, Elsewhere elsewhere) {
  windows_[kind].elsewhere = elsewhere;
}

void BrakeBook::Prune(KindWindow& window, MonotonicTime now) const {
  const MonotonicTime start = now - options_.window;
  std::erase_if(window.gone, [&](const auto& entry) { return entry.second < start; });
  while (window.population.size() > 1 && window.population[1].at <= start) {
    window.population.pop_front();
  }
}

const BrakeBook::Permission* BrakeBook::PermissionOf(const ObjectKey& key,
                                                     MonotonicTime now) const {
  const auto found = permissions_.find(key);
  return found == permissions_.end() || found->second.until <= now ? nullptr : &found->second;
}

bool BrakeBook::Permits(const ObjectKey& key, BrakeCause cause, MonotonicTime now) const {
  const Permission* permission = PermissionOf(key, now);
  if (permission == nullptr) return false;
  if (permission->causes.contains(cause)) return true;
  return cause == BrakeCause::kMassDeletion &&
         !std::ranges::all_of(permission->causes, HoldsWholeObject);
}

std::optional<BrakeBook::HoldName> BrakeBook::RaisedFor(const ObjectKey& key,
                                                        MonotonicTime now) const {
  for (const auto& [name, hold] : holds_) {
    if (name.first == BrakeCause::kMassDeletion) continue;
    if (name.second && *name.second != key.kind) continue;
    if (!hold.scope.empty() && !hold.scope.contains(key)) continue;
    if (!Permits(key, name.first, now)) return name;
  }
  return std::nullopt;
}

bool BrakeBook::Trips(const KindWindow& window, MonotonicTime now) const {
  const MonotonicTime start = now - options_.window;
  int wanted = window.elsewhere.recent;
  int leaving = window.elsewhere.leaving;
  for (const auto& [key, entry] : window.wanted) {
    ++leaving;
    if (Permits(key, BrakeCause::kMassDeletion, now)) continue;
    if (entry.since >= start || entry.stage == Stage::kSettling) ++wanted;
  }
  wanted += static_cast<int>(window.gone.size());
  const auto gone = static_cast<int>(window.gone.size());
  const int base =
      window.population.empty() ? leaving + gone : window.population.front().with_instance;
  // Who leaves is there, also when it was found after the last count.
  const int now_there =
      std::max(leaving, window.population.empty() ? 0 : window.population.back().with_instance);
  // Also those that came within the window: all of them is all of them.
  if (std::max(base, now_there + gone) >= 2 && leaving >= now_there) return true;
  return wanted > options_.count_above && wanted > base * options_.share_above;
}

std::optional<MonotonicTime> BrakeBook::SettlesUntil(const KindWindow& window, const Wanted& wanted,
                                                     MonotonicTime now) const {
  const MonotonicTime settled = wanted.since + options_.settle;
  if (now < settled) return settled;
  std::optional<MonotonicTime> known;
  for (const auto& [key, since] : window.looked_for) {
    const MonotonicTime until = since + options_.look_up;
    if (until > now && (!known || until > *known)) known = until;
  }
  if (!known) return std::nullopt;
  return std::min(*known, now + std::max(options_.settle, now - wanted.since));
}

void BrakeBook::HoldAllSettling(Kind kind, const KindWindow& window, Instant at) {
  const auto [entry, fresh] = holds_.try_emplace({BrakeCause::kMassDeletion, kind});
  if (fresh) entry->second.since = at.wall;
  for (const auto& [key, wanted] : window.wanted) {
    if (wanted.stage != Stage::kSettling || Permits(key, BrakeCause::kMassDeletion, at.now)) {
      continue;
    }
    entry->second.Add(key);
  }
}

BrakeVerdict BrakeBook::Ask(const DeleteRequest& request, Instant at) {
  const ObjectKey& key = request.key;
  if (const Permission* permission = PermissionOf(key, at.now);
      permission != nullptr && permission->answer == Answer::kReleased) {
    return DeletionReleased{permission->who};
  }
  KindWindow& window = windows_[key.kind];
  if (request.instance == InstanceHeld::kUnknown) {
    const MonotonicTime since = window.looked_for.try_emplace(key, at.now).first->second;
    Withdraw(key, at.now);
    window.looked_for[key] = since;
    return DeletionProceeds{};
  }
  window.looked_for.erase(key);
  Prune(window, at.now);
  Wanted& wanted = window.wanted.try_emplace(key, Wanted{at.now, Stage::kSettling}).first->second;
  if (wanted.stage == Stage::kBarred) wanted = {at.now, Stage::kSettling};
  if (const auto raised = RaisedFor(key, at.now)) {
    Hold& hold = holds_.at(*raised);
    hold.Add(key);
    return HeldBy(*raised, hold);
  }
  if (wanted.stage == Stage::kLetGo) return DeletionProceeds{};
  if (Permits(key, BrakeCause::kMassDeletion, at.now)) {
    wanted.stage = Stage::kLetGo;
    return DeletionProceeds{};
  }
  const HoldName mass{BrakeCause::kMassDeletion, key.kind};
  if (holds_.contains(mass)) {
    holds_.at(mass).Add(key);
  } else if (at.now < wanted.since + options_.settle) {
    return DeletionSettles{wanted.since + options_.settle};
  } else if (Trips(window, at.now)) {
    HoldAllSettling(key.kind, window, at);
  } else if (const auto until = SettlesUntil(window, wanted, at.now)) {
    return DeletionSettles{*until};
  } else {
    wanted.stage = Stage::kLetGo;
    return DeletionProceeds{};
  }
  return HeldBy(mass, holds_.at(mass));
}

std::optional<BrakeVerdict> BrakeBook::VerdictFor(const ObjectKey& key, MonotonicTime now) const {
  const Permission* permission = PermissionOf(key, now);
  if (permission != nullptr && permission->answer == Answer::kReleased) {
    return DeletionReleased{permission->who};
  }
  for (const auto& [name, hold] : holds_) {
    if (!HoldsWholeObject(name.first) && hold.held.contains(key)) return HeldBy(name, hold);
  }
  const auto window = windows_.find(key.kind);
  if (window == windows_.end()) return std::nullopt;
  const auto wanted = window->second.wanted.find(key);
  if (wanted == window->second.wanted.end()) return std::nullopt;
  if (wanted->second.stage == Stage::kLetGo || permission != nullptr) return DeletionProceeds{};
  return DeletionSettles{SettlesUntil(window->second, wanted->second, now)
                             .value_or(wanted->second.since + options_.settle)};
}

void BrakeBook::LeaveHolds(const ObjectKey& key) {
  for (auto& [name, hold] : holds_) hold.Remove(key);
  DropEmptyHolds();
}

// What the other causes hold is raised and cleared by whoever sees them.
void BrakeBook::DropEmptyHolds() {
  std::erase_if(holds_, [](const auto& entry) {
    const bool by_key = entry.first.first == BrakeCause::kMassDeletion ||
                        (HoldsWholeObject(entry.first.first) && entry.first.second);
    return by_key && entry.second.held.empty();
  });
}

BrakeVerdict BrakeBook::HoldObject(BrakeCause cause, const ObjectKey& key, Instant at) {
  const Permission* permission = PermissionOf(key, at.now);
  if (permission != nullptr && permission->answer == Answer::kReleased) {
    return DeletionReleased{permission->who};
  }
  if (Permits(key, cause, at.now)) return DeletionProceeds{};
  const HoldName name{cause, key.kind};
  Hold& hold = holds_[name];
  if (hold.since == WallTime{}) hold.since = at.wall;
  hold.scope.insert(key);
  hold.Add(key);
  return HeldBy(name, hold);
}

bool BrakeBook::Holds(BrakeCause cause, const ObjectKey& key) const {
  const auto hold = holds_.find({cause, key.kind});
  return hold != holds_.end() && hold->second.held.contains(key);
}

bool BrakeBook::EndHold(BrakeCause cause, const ObjectKey& key) {
  const auto hold = holds_.find({cause, key.kind});
  if (hold == holds_.end() || !hold->second.held.contains(key)) return false;
  hold->second.scope.erase(key);
  hold->second.Remove(key);
  DropEmptyHolds();
  return true;
}

bool BrakeBook::Bar(const ObjectKey& key) {
  KindWindow& window = windows_[key.kind];
  window.looked_for.erase(key);
  const auto wanted = window.wanted.find(key);
  if (wanted == window.wanted.end() || wanted->second.stage == Stage::kBarred) return false;
  const auto holds_it = [&](const auto& entry) { return entry.second.held.contains(key); };
  if (std::ranges::any_of(holds_, holds_it)) return false;
  if (wanted->second.stage == Stage::kLetGo) {
    wanted->second.stage = Stage::kBarred;
  } else {
    window.wanted.erase(wanted);
  }
  return true;
}

void BrakeBook::Gone(const ObjectKey& key, MonotonicTime now) {
  KindWindow& window = windows_[key.kind];
  const auto wanted = window.wanted.find(key);
  if (wanted != window.wanted.end()) {
    if (!Permits(key, BrakeCause::kMassDeletion, now)) window.gone[key] = wanted->second.since;
    window.wanted.erase(wanted);
  }
  window.looked_for.erase(key);
  permissions_.erase(key);
  LeaveHolds(key);
}

void BrakeBook::Withdraw(const ObjectKey& key, MonotonicTime now) {
  windows_[key.kind].wanted.erase(key);
  windows_[key.kind].looked_for.erase(key);
  LeaveHolds(key);
  std::erase_if(permissions_, [&](const auto& entry) { return entry.second.until <= now; });
}

void BrakeBook::Raise(BrakeCause cause, BrakeScope scope, Instant at) {
  Hold& hold = holds_[{cause, scope.kind}];
  if (hold.since == WallTime{}) hold.since = at.wall;
  const std::set<ObjectKey> was_held = hold.held;
  for (const ObjectKey& key : was_held) {
    if (!scope.keys.empty() && !scope.keys.contains(key)) hold.Remove(key);
  }
  hold.scope = std::move(scope.keys);
  for (const auto& [kind, window] : windows_) {
    for (const auto& [key, wanted] : window.wanted) {
      const auto raised = RaisedFor(key, at.now);
      if (raised == HoldName{cause, scope.kind}) hold.Add(key);
    }
  }
}

void BrakeBook::Clear(BrakeCause cause, std::optional<Kind> kind, MonotonicTime now) {
  const auto hold = holds_.find({cause, kind});
  if (hold == holds_.end()) return;
  // What it held is looked at again as a batch.
  for (const ObjectKey& key : hold->second.held) {
    const auto wanted = windows_[key.kind].wanted.find(key);
    if (wanted != windows_[key.kind].wanted.end()) wanted->second = {now, Stage::kSettling};
  }
  holds_.erase(hold);
}

const BrakeBook::HoldName* BrakeBook::Find(std::string_view brake_id) const {
  for (const auto& [name, hold] : holds_) {
    if (!hold.held.empty() && IdOf(name, hold) == brake_id) return &name;
  }
  return nullptr;
}

void BrakeBook::Permit(const ObjectKey& key, BrakeCause cause, Permission permission,
                       MonotonicTime now) {
  const Permission* old = PermissionOf(key, now);
  if (old != nullptr && old->answer == permission.answer) permission.causes = old->causes;
  permission.causes.insert(cause);
  permission.until = now + options_.approval_lasts;
  permissions_[key] = std::move(permission);
}

Result<std::vector<ObjectKey>> BrakeBook::Answered(std::string_view brake_id,
                                                   const Permission& permission,
                                                   MonotonicTime now) {
  const HoldName* found = Find(brake_id);
  if (found == nullptr) {
    std::string live;
    for (const Brake& brake : List()) live += (live.empty() ? "" : ", ") + brake.id;
    return Fail(
        ErrorClass::kValidation, "UnknownBrake",
        fmt::format("there is no brake {}; live ones: {}", brake_id, live.empty() ? "none" : live));
  }
  const HoldName name = *found;
  const std::set<ObjectKey> held = holds_.at(name).held;
  for (const ObjectKey& key : held) {
    Permit(key, name.first, permission, now);
    holds_.at(name).Remove(key);
    const auto mass = holds_.find({BrakeCause::kMassDeletion, key.kind});
    if (mass != holds_.end()) mass->second.Remove(key);
  }
  DropEmptyHolds();
  return std::vector<ObjectKey>(held.begin(), held.end());
}

Result<std::vector<ObjectKey>> BrakeBook::Approve(std::string_view brake_id, std::string_view who,
                                                  Instant at) {
  return Answered(brake_id, {.answer = Answer::kApproved, .who = std::string(who)}, at.now);
}

Result<std::vector<ObjectKey>> BrakeBook::Release(std::string_view brake_id, std::string_view who,
                                                  Instant at) {
  return Answered(brake_id, {.answer = Answer::kReleased, .who = std::string(who)}, at.now);
}

std::vector<Brake> BrakeBook::List() const {
  std::vector<Brake> brakes;
  for (const auto& [name, hold] : holds_) {
    if (hold.held.empty()) continue;
    brakes.push_back({IdOf(name, hold), name.first, name.second,
                      std::vector<ObjectKey>(hold.held.begin(), hold.held.end()), hold.since,
                      std::string(Explain(name.first))});
  }
  return brakes;
}

std::set<ObjectKey> BrakeBook::Keys() const {
  std::set<ObjectKey> keys;
  for (const auto& [kind, window] : windows_) {
    for (const auto& [key, wanted] : window.wanted) keys.insert(key);
    for (const auto& [key, since] : window.gone) keys.insert(key);
  }
  for (const auto& [name, hold] : holds_) {
    keys.insert(hold.held.begin(), hold.held.end());
    keys.insert(hold.scope.begin(), hold.scope.end());
  }
  for (const auto& [key, permission] : permissions_) keys.insert(key);
  return keys;
}

std::optional<MonotonicTime> BrakeBook::NextWake(MonotonicTime now) const {
  std::optional<MonotonicTime> wake;
  for (const auto& [kind, window] : windows_) {
    for (const auto& [key, wanted] : window.wanted) {
      if (wanted.stage != Stage::kSettling) continue;
      const auto until = SettlesUntil(window, wanted, now);
      if (until && (!wake || *until < *wake)) wake = until;
    }
  }
  return wake;
}

}  // namespace instanced
