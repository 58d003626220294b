#include "controller/operator/removal_watch.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "api/kinds/kind_traits.h"
#include "controller/task/sleep.h"

namespace instanced {
namespace {

constexpr Duration kAskAgain = std::chrono::milliseconds(500);
constexpr Duration kRetry = std::chrono::seconds(1);

}  // namespace

ObjectRef RemovalWatch::RefOf(const Place& place) {
  if (!place.kind) return {{"", "v1", "namespaces", ""}, place.namespace_, ""};
  const std::string name =
      std::string(ResourceNamesOf(*place.kind).plural) + "." + std::string(kApiGroup);
  return {{"apiextensions.k8s.io", "v1", "customresourcedefinitions", ""}, name, ""};
}

std::optional<MonotonicTime> RemovalWatch::JudgeAfter(const InstanceObject& object) {
  const auto& key = object.meta.key;
  auto& question = questions_[key];
  if (question.uid != object.meta.uid) {
    question = {object.meta.uid, 2};
    Ask({key.kind, ""}, key);
    Ask({std::nullopt, key.namespace_}, key);
  }
  if (question.open == 0) return std::nullopt;
  return deps_.clock.Now() + kAskAgain;
}

void RemovalWatch::OnChange(const Change& change) {
  if (change.kind != ChangeKind::kDeleted || !change.object) return;
  const auto& key = MetaOf(*change.object).key;
  questions_.erase(key);
  if (leaving_with_namespace_.erase(key) > 0) RaiseNamespaces();
}

void RemovalWatch::Ask(const Place& place, const ObjectKey& key) {
  Asking& asking = asking_[place];
  asking.waiting.insert(key);
  if (!std::exchange(asking.under_way, true)) deps_.spawn(Answer(place));
}

Task<void> RemovalWatch::Answer(Place place) {
  while (!asking_[place].waiting.empty() && !deps_.stop.StopRequested()) {
    const auto keys = asking_[place].waiting;
    auto looking = Look(place);
    const auto fate = co_await looking;
    if (!fate) {
      deps_.trouble(PathOf(RefOf(place)), fate.error());
      const Duration asked = fate.error().retry_after.value_or(std::chrono::seconds(0));
      SleepUntil resting(deps_.clock.Now() + std::max(kRetry, asked), deps_.stop);
      co_await resting;
      continue;
    }
    for (const auto& key : keys) asking_[place].waiting.erase(key);
    Settle(place, *fate, keys);
  }
  asking_.erase(place);
}

Task<Result<RemovalWatch::Fate>> RemovalWatch::Look(Place place) {
  auto getting = deps_.client.Get(RefOf(place), deps_.stop);
  const auto body = co_await getting;
  if (!body) {
    if (body.error().error_class == ErrorClass::kNotFound) co_return Fate::kGoes;
    if (body.error().code != "Forbidden") co_return std::unexpected(body.error());
    const auto path = PathOf(RefOf(place));
    if (forbidden_.insert(path).second) deps_.trouble(path, body.error());
    co_return Fate::kStays;
  }
  const auto json = nlohmann::json::parse(*body, nullptr, false);
  if (!json.is_object()) co_return Fail(ErrorClass::kTransient, "Malformed", "no JSON object");
  co_return json.contains("/metadata/deletionTimestamp"_json_pointer) ? Fate::kGoes : Fate::kStays;
}

void RemovalWatch::Settle(const Place& place, Fate fate, const std::set<ObjectKey>& keys) {
  const Instant at{deps_.clock.Now(), deps_.clock.WallNow()};
  if (place.kind) {
    if (fate == Fate::kGoes) {
      deps_.brakes.Raise(BrakeCause::kCrdRemoved, {place.kind, {}}, at);
    } else {
      deps_.brakes.Clear(BrakeCause::kCrdRemoved, place.kind, at.now);
    }
  } else if (fate == Fate::kGoes) {
    leaving_with_namespace_.insert(keys.begin(), keys.end());
    RaiseNamespaces();
  }
  deps_.brakes_changed();
  for (const auto& key : keys) {
    const auto question = questions_.find(key);
    if (question == questions_.end()) continue;
    if (--question->second.open == 0) deps_.wake(key);
  }
}

void RemovalWatch::RaiseNamespaces() {
  const Instant at{deps_.clock.Now(), deps_.clock.WallNow()};
  if (leaving_with_namespace_.empty()) {
    deps_.brakes.Clear(BrakeCause::kNamespaceRemoved, std::nullopt, at.now);
  } else {
    deps_.brakes.Raise(BrakeCause::kNamespaceRemoved, {std::nullopt, leaving_with_namespace_}, at);
  }
  deps_.brakes_changed();
}

}  // namespace instanced
