#include "controller/plan/shadow_instances.h"

#include <algorithm>
#include <utility>

#include "api/kinds/at_create.h"

namespace instanced {
namespace {

ObservedMark AsRead(const KindTraits& traits, const Mark& mark) {
  if (traits.mark_style == MarkStyle::kDescriptionSuffix) return {"", "", mark.suffix};
  return {mark.owner_value, mark.uid, ""};
}

void Apply(const KindTraits& traits, const FieldDiff& diff, const Mark& mark, Observation& target) {
  if (diff.key == kOwnerTag || diff.key == kUidTag || diff.key == kSuffixKey) {
    target.mark = AsRead(traits, mark);
    return;
  }
  if (diff.field == traits.natural_key_field && diff.desired.is_string()) {
    target.natural_key = diff.desired.get<std::string>();
  }
  auto& field = target.fields[diff.field];
  if (diff.key.empty()) {
    field = diff.desired;
  } else if (diff.desired.is_null()) {
    if (field.is_object()) field.erase(diff.key);
  } else {
    if (!field.is_object()) field = nlohmann::json::object();
    field[diff.key] = diff.desired;
  }
}

}  // namespace

void ShadowInstances::Learn(const std::string& external_name,
                            std::optional<Observation> observation) {
  seen_.insert_or_assign(external_name, std::move(observation));
}

const Observation* ShadowInstances::FindListed(const std::string& external_name) const {
  if (!listed_ || !traits_.list_is_complete) return nullptr;
  const auto found = std::ranges::find(*listed_, external_name, &Observation::external_name);
  return found == listed_->end() ? nullptr : &*found;
}

const Observation* ShadowInstances::Read(const std::string& external_name) const {
  const auto found = seen_.find(external_name);
  return found != seen_.end() && found->second ? &*found->second : nullptr;
}

std::vector<Observation> ShadowInstances::Survey() const {
  if (!listed_) return {};
  auto entries = *listed_;
  std::erase_if(entries,
                [this](const Observation& entry) { return gone_.contains(entry.external_name); });
  return entries;
}

std::optional<Observation> ShadowInstances::Look(const std::string& external_name) {
  if (gone_.contains(external_name)) return std::nullopt;
  if (const auto made = made_.find(external_name); made != made_.end()) return made->second;
  const auto found = seen_.find(external_name);
  if (found == seen_.end() || !found->second) return std::nullopt;
  auto& observation = *found->second;
  // Reading whose a listed instance is belongs to the look that the list was.
  const bool listed_before = !looked_at_.insert(external_name).second;
  const bool first = read_.insert(external_name).second;
  const bool moves = observation.lifecycle == Lifecycle::kCreating ||
                     observation.lifecycle == Lifecycle::kDeleting;
  if (!moves) return observation;
  if (first) {
    if (!listed_before) ++transitions_;
    return observation;
  }
  if (observation.lifecycle == Lifecycle::kDeleting) {
    gone_.insert(external_name);
    return std::nullopt;
  }
  observation.lifecycle = Lifecycle::kReady;
  return observation;
}

std::vector<Observation> ShadowInstances::List() {
  std::vector<Observation> entries;
  for (auto& entry : *listed_) {
    const auto& name = entry.external_name;
    if (gone_.contains(name)) continue;
    // A list is a look too: what was on its way at the last one has arrived at this one.
    if (!looked_at_.insert(name).second) {
      if (entry.lifecycle == Lifecycle::kDeleting) {
        gone_.insert(name);
        continue;
      }
      if (entry.lifecycle == Lifecycle::kCreating) entry.lifecycle = Lifecycle::kReady;
    } else if (entry.lifecycle == Lifecycle::kDeleting || entry.lifecycle == Lifecycle::kCreating) {
      ++transitions_;
    }
    const auto seen = seen_.find(name);
    const bool newer = changed_.contains(name) && seen != seen_.end() && seen->second;
    entries.push_back(newer ? *seen->second : entry);
  }
  for (const auto& [name, observation] : made_) {
    if (!gone_.contains(name)) entries.push_back(observation);
  }
  return entries;
}

std::string ShadowInstances::Create(const CreateInput& input, int number) {
  Observation made;
  made.external_name = "(new " + std::to_string(number) + ")";
  made.lifecycle = Lifecycle::kReady;
  made.mark = AsRead(traits_, input.mark);
  made.fields = input.parameters;
  for (const auto& rule : traits_.fields) {
    if (AtCreateOf(traits_, rule.name) == AtCreate::kAfterwards)
      made.fields.erase(std::string(rule.name));
  }
  const auto natural = input.parameters.find(traits_.natural_key_field);
  if (natural != input.parameters.end() && natural->is_string()) {
    made.natural_key = natural->get<std::string>();
  }
  auto name = made.external_name;
  made_.emplace(name, std::move(made));
  return name;
}

void ShadowInstances::Update(const UpdateInput& input) {
  const auto& name = input.external_name;
  changed_.insert(name);
  auto* target = [&]() -> Observation* {
    if (const auto made = made_.find(name); made != made_.end()) return &made->second;
    const auto seen = seen_.find(name);
    return seen != seen_.end() && seen->second ? &*seen->second : nullptr;
  }();
  if (target == nullptr) return;
  for (const auto& diff : input.step.diffs) Apply(traits_, diff, input.mark, *target);
}

}  // namespace instanced
