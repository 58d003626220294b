// The part of a BrakeBook that survives a restart. Wall times, because monotonic ones mean nothing
// afterwards; a clock that went back cannot put anything into the future.
#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "controller/budget/brake_book.h"

namespace instanced {
namespace {

using nlohmann::json;

std::int64_t ToWall(MonotonicTime time, Instant at) {
  const auto wall = at.wall + std::chrono::round<std::chrono::milliseconds>(time - at.now);
  return wall.time_since_epoch().count();
}

std::string TextOf(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return {};
  return found->get<std::string>();
}

std::optional<std::int64_t> NumberOf(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

std::optional<MonotonicTime> TimeOf(const json& object, const char* name, Instant at) {
  const auto milliseconds = NumberOf(object, name);
  // Beyond any date that means something: and far from overflowing a Duration.
  constexpr std::int64_t kYear9999 = 253'402'300'799'000;
  if (!milliseconds || *milliseconds < 0 || *milliseconds > kYear9999) return std::nullopt;
  const auto longest = std::chrono::hours(24 * 365);
  const auto ago = at.wall - WallTime(std::chrono::milliseconds(*milliseconds));
  return at.now - std::chrono::duration_cast<Duration>(
                      std::clamp<std::chrono::milliseconds>(ago, -longest, longest));
}

std::vector<const json*> ArrayOf(const json& document, const char* name) {
  std::vector<const json*> entries;
  if (!document.is_object() || !document.contains(name) || !document[name].is_array()) return {};
  for (const json& entry : document[name]) {
    if (entry.is_object()) entries.push_back(&entry);
  }
  return entries;
}

json KeysOf(const std::set<ObjectKey>& keys) {
  json list = json::array();
  for (const ObjectKey& key : keys) list.push_back(ToString(key));
  return list;
}

std::set<ObjectKey> ParseKeys(const json& object, const char* name) {
  std::set<ObjectKey> keys;
  if (!object.contains(name) || !object[name].is_array()) return keys;
  for (const json& text : object[name]) {
    if (!text.is_string()) continue;
    if (const auto key = ParseObjectKey(text.get<std::string>())) keys.insert(*key);
  }
  return keys;
}

std::set<ObjectKey> Covered(std::set<ObjectKey> keys, const BrakeBook::Part& part) {
  if (part) std::erase_if(keys, [&](const ObjectKey& key) { return !part(key); });
  return keys;
}

}  // namespace

std::string_view BrakeBook::WordFor(Stage stage) {
  switch (stage) {
    case Stage::kSettling:
      return "Settling";
    case Stage::kLetGo:
      return "LetGo";
    case Stage::kBarred:
      return "Barred";
  }
  std::unreachable();
}

BrakeBook::Stage BrakeBook::StageFor(std::string_view word) {
  for (const Stage stage : {Stage::kLetGo, Stage::kBarred}) {
    if (word == WordFor(stage)) return stage;
  }
  return Stage::kSettling;
}

json BrakeBook::Export(Instant at, const Part& part) const {
  const auto covers = [&](const ObjectKey& key) { return !part || part(key); };
  json wanted = json::array();
  json gone = json::array();
  json population = json::array();
  for (const auto& [kind, window] : windows_) {
    for (const auto& [key, entry] : window.wanted) {
      if (!covers(key)) continue;
      wanted.push_back({{"key", ToString(key)},
                        {"since", ToWall(entry.since, at)},
                        {"stage", WordFor(entry.stage)}});
    }
    for (const auto& [key, since] : window.gone) {
      if (!covers(key)) continue;
      gone.push_back({{"key", ToString(key)}, {"since", ToWall(since, at)}});
    }
    for (const Sample& sample : window.population) {
      population.push_back({{"kind", ToString(kind)},
                            {"at", ToWall(sample.at, at)},
                            {"withInstance", sample.with_instance}});
    }
  }
  json holds = json::array();
  for (const auto& [name, hold] : holds_) {
    const auto scope = Covered(hold.scope, part);
    const auto held = Covered(hold.held, part);
    // An empty scope is everything: one that names only others' keys is not ours, nor is a hold by
    // keys that holds none.
    const bool none = part && held.empty() && name.first == BrakeCause::kMassDeletion;
    if (none || (scope.empty() && !hold.scope.empty())) continue;
    holds.push_back({{"cause", ToString(name.first)},
                     {"kind", name.second ? ToString(*name.second) : ""},
                     {"scope", KeysOf(scope)},
                     {"held", KeysOf(held)},
                     {"since", hold.since.time_since_epoch().count()}});
  }
  json permissions = json::array();
  for (const auto& [key, permission] : permissions_) {
    if (!covers(key)) continue;
    json causes = json::array();
    for (const BrakeCause cause : permission.causes) causes.push_back(ToString(cause));
    permissions.push_back(
        {{"key", ToString(key)},
         {"answer", permission.answer == Answer::kReleased ? "Released" : "Approved"},
         {"causes", std::move(causes)},
         {"who", permission.who},
         {"until", ToWall(permission.until, at)}});
  }
  return {{"wanted", wanted},
          {"gone", gone},
          {"population", population},
          {"holds", holds},
          {"permissions", permissions}};
}

void BrakeBook::Drop(const Part& part) {
  if (!part) {
    windows_.clear();
    holds_.clear();
    permissions_.clear();
    return;
  }
  const auto covered = [&](const auto& entry) { return part(entry.first); };
  for (auto& [kind, window] : windows_) {
    std::erase_if(window.wanted, covered);
    std::erase_if(window.gone, covered);
    std::erase_if(window.looked_for, covered);
  }
  std::erase_if(permissions_, covered);
  for (auto it = holds_.begin(); it != holds_.end();) {
    Hold& hold = it->second;
    for (const auto& key : Covered(hold.held, part)) hold.Remove(key);
    // What named keys and has none left must not become a hold of everything.
    const bool none_left = std::erase_if(hold.scope, part) > 0 && hold.scope.empty();
    it = none_left ? holds_.erase(it) : std::next(it);
  }
  DropEmptyHolds();
}

// What was seen before our own first look says how many there were at the window's start.
void BrakeBook::TakeInPopulation(Kind kind, std::deque<Sample> samples) {
  KindWindow& window = windows_[kind];
  const auto last = samples.back().at;
  auto& own = window.population;
  if (!own.empty()) {
    if (last < own[0].at - options_.window) return;
    std::erase_if(samples, [&](const Sample& old) { return old.at >= own[0].at; });
  }
  own.insert(own.begin(), samples.begin(), samples.end());
  if (!window.told || *window.told < last) window.told = last;
}

void BrakeBook::Import(const json& document, Instant at, const Part& part) {
  Drop(part);
  std::map<Kind, std::deque<Sample>> populations;
  for (const json* entry : ArrayOf(document, "wanted")) {
    const auto key = ParseObjectKey(TextOf(*entry, "key"));
    const auto since = TimeOf(*entry, "since", at);
    if (!key || !since) continue;
    windows_[key->kind].wanted[*key] = {std::min(*since, at.now),
                                        StageFor(TextOf(*entry, "stage"))};
  }
  for (const json* entry : ArrayOf(document, "gone")) {
    const auto key = ParseObjectKey(TextOf(*entry, "key"));
    const auto since = TimeOf(*entry, "since", at);
    if (key && since) windows_[key->kind].gone[*key] = std::min(*since, at.now);
  }
  for (const json* entry : ArrayOf(document, "population")) {
    const auto kind = ParseKind(TextOf(*entry, "kind"));
    const auto time = TimeOf(*entry, "at", at);
    const auto count = NumberOf(*entry, "withInstance");
    if (!kind || !time || !count) continue;
    populations[*kind].push_back({std::min(*time, at.now), static_cast<int>(*count)});
  }
  for (auto& [kind, samples] : populations) TakeInPopulation(kind, std::move(samples));
  for (const json* entry : ArrayOf(document, "holds")) {
    const auto cause = ParseBrakeCause(TextOf(*entry, "cause"));
    const auto since = NumberOf(*entry, "since");
    const std::string kind = TextOf(*entry, "kind");
    if (!cause || !since || (!kind.empty() && !ParseKind(kind))) continue;
    const auto [held, fresh] = holds_.try_emplace({*cause, ParseKind(kind)});
    Hold& hold = held->second;
    const WallTime began{std::chrono::milliseconds(*since)};
    hold.since = fresh ? began : std::min(hold.since, began);
    const auto scope = ParseKeys(*entry, "scope");
    const bool all = scope.empty() || (!fresh && hold.scope.empty());
    if (all) hold.scope.clear();
    if (!all) hold.scope.insert(scope.begin(), scope.end());
    for (const ObjectKey& key : ParseKeys(*entry, "held")) hold.Add(key);
  }
  for (const json* entry : ArrayOf(document, "permissions")) {
    const auto key = ParseObjectKey(TextOf(*entry, "key"));
    const auto until = TimeOf(*entry, "until", at);
    if (!key || !until) continue;
    Permission& permission = permissions_[*key];
    permission.answer =
        TextOf(*entry, "answer") == "Released" ? Answer::kReleased : Answer::kApproved;
    permission.who = TextOf(*entry, "who");
    permission.until = std::min(*until, at.now + options_.approval_lasts);
    for (const auto& word : entry->value("causes", json::array())) {
      const auto cause = word.is_string() ? ParseBrakeCause(word.get<std::string>()) : std::nullopt;
      if (cause) permission.causes.insert(*cause);
    }
  }
  for (auto& [kind, window] : windows_) Prune(window, at.now);
}

}  // namespace instanced
