#include "controller/plan/plan_start.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "api/object/digest.h"
#include "controller/plan/directory_brake.h"
#include "controller/reconcile/standard_guards.h"
#include "controller/source/file/object_life.h"

namespace instanced {
namespace {

constexpr BrakeCause kManifestCauses[] = {
    BrakeCause::kManifestsVanished, BrakeCause::kManifestsUnreadable, BrakeCause::kManifestsEmpty};

constexpr const char* kDefaultConfig = "default";

ObjectRow RowOf(const ObjectMeta& meta) {
  ObjectRow row;
  row.key = meta.key;
  row.uid = meta.uid;
  row.generation = meta.generation;
  row.labels = meta.labels;
  row.manifest_annotations = meta.annotations;
  row.finalizers = meta.finalizers;
  row.creation_timestamp = meta.creation_timestamp;
  row.deletion_timestamp = meta.deletion_timestamp;
  return row;
}

// One object of the start on its way through the manifests.
struct Entry {
  ObjectRow row;
  ObjectPtr object;
};
using Entries = std::map<ObjectKey, Entry>;

void Enter(const ObjectPtr& object, std::string spec, const RecordedLives& lives,
           Entries& entries) {
  const auto& meta = MetaOf(object);
  auto found = lives.rows.Find(meta.key);
  Entry entry{found ? std::move(*found) : RowOf(meta), object};
  if (entry.row.spec.empty()) entry.row.spec = std::move(spec);
  entries.emplace(meta.key, std::move(entry));
}

Entries EntriesOf(const PlanStart& start, const RecordedLives& lives) {
  Entries entries;
  for (const auto& object : start.instances) {
    Enter(object, ToJson(object->spec).dump(), lives, entries);
  }
  for (const auto& config : start.configs) {
    // The environment's default is nobody's object.
    if (config->meta.resource_version == "0") continue;
    Enter(config, ToJson(config->spec).dump(), lives, entries);
  }
  return entries;
}

// The object a row describes, with the status it has.
std::optional<ObjectPtr> WithStatusOf(ObjectRow row, const Entry* before, PlanStart& start) {
  const auto* instance = before ? std::get_if<InstancePtr>(&before->object) : nullptr;
  if (instance) row.status = ToJson((*instance)->status).dump();
  auto object = ObjectOf(row);
  if (object) return std::move(*object);
  start.problems.push_back(row.file + ": " + object.error().message);
  return std::nullopt;
}

void TakeDesired(const DesiredObject& desired, const RecordedLives& lives, Instant at,
                 Entries& entries, PlanStart& start) {
  const std::string now = FormatRfc3339(at.wall);
  const std::string& owner = start.options.owner;
  const auto counted = lives.incarnations.find(desired.key);
  const auto incarnation = counted == lives.incarnations.end() ? 0 : counted->second;
  const auto found = entries.find(desired.key);
  const bool is_config = desired.key.kind == Kind::kProviderConfig;
  if (found == entries.end()) {
    auto row = NewObject(owner, desired, incarnation, now);
    auto object = WithStatusOf(row, nullptr, start);
    if (object) entries.emplace(desired.key, Entry{std::move(row), std::move(*object)});
    if (is_config) start.proposed_configs.insert(desired.key);
    return;
  }
  Entry& entry = found->second;
  if (entry.row.deletion_timestamp && !is_config) {
    auto next = ObjectOf(NewObject(owner, desired, entry.row.incarnation + 1, now));
    if (next) start.next_lives[desired.key] = std::get<InstancePtr>(*next);
  }
  // Where a ProviderConfig stands matters to its relative paths: an equal one stays where it is.
  if (is_config && desired.spec == entry.row.spec) return;
  auto changed = WithDesired(entry.row, desired);
  if (!changed) return;
  if (is_config) start.proposed_configs.insert(desired.key);
  auto object = WithStatusOf(*changed, &entry, start);
  if (object) entry = Entry{std::move(*changed), std::move(*object)};
}

void TakeVanished(const ObjectKey& key, Instant at, Entries& entries, PlanStart& start) {
  const auto found = entries.find(key);
  if (found == entries.end()) return;
  start.next_lives.erase(key);
  if (found->second.row.finalizers.empty()) {
    entries.erase(found);
    return;
  }
  auto changed = WithDeletion(found->second.row, FormatRfc3339(at.wall));
  if (!changed) return;
  auto object = WithStatusOf(*changed, &found->second, start);
  if (object) found->second = Entry{std::move(*changed), std::move(*object)};
}

void HoldBack(const DirectoryReport& report, const Entries& entries, Instant at, PlanStart& start) {
  const auto cause = CauseOf(report.state);
  for (const auto other : kManifestCauses) {
    if (other != cause) start.brakes.Clear(other, std::nullopt, at.now);
  }
  std::set<ObjectKey> held;
  for (const auto& key : report.held) {
    if (key.kind != Kind::kProviderConfig) held.insert(key);
  }
  if (!cause || held.empty()) return;
  start.brakes.Raise(*cause, {std::nullopt, held}, at);
  for (const auto& key : held) {
    const auto found = entries.find(key);
    const auto* object =
        found == entries.end() ? nullptr : std::get_if<InstancePtr>(&found->second.object);
    const bool exists = object && !(*object)->status.external_name.empty();
    start.brakes.Ask({key, exists ? InstanceHeld::kExists : InstanceHeld::kUnknown}, at);
  }
}

std::set<ObjectKey> KeysOf(const std::map<ObjectKey, std::int64_t>& incarnations) {
  std::set<ObjectKey> keys;
  for (const auto& [key, count] : incarnations) keys.insert(key);
  return keys;
}

// `ended`: what was declared once; a namespace that had a default of its own gets no other.
void FillDefaultConfigs(const std::set<ObjectKey>& ended, PlanStart& start) {
  std::set<std::string> namespaces;
  for (const auto& object : start.instances) namespaces.insert(object->meta.key.namespace_);
  std::erase_if(namespaces, [&](const std::string& name) {
    return ended.contains({Kind::kProviderConfig, name, kDefaultConfig});
  });
  for (const auto& config : start.configs) {
    if (config->meta.key.name == kDefaultConfig) namespaces.erase(config->meta.key.namespace_);
  }
  for (const auto& name : namespaces) {
    auto config = std::make_shared<ProviderConfigObject>();
    config->meta.key = {Kind::kProviderConfig, name, kDefaultConfig};
    config->meta.uid = UuidV5(start.options.owner, "environment-default/" + name);
    config->meta.resource_version = "0";
    start.configs.push_back(std::move(config));
  }
}

}  // namespace

PlanStart StartFrom(const RecordedState& state, Instant at) {
  PlanStart start;
  start.options.owner = state.owner_id;
  start.churn.Load(state.churn);
  for (const auto& row : state.objects.rows) {
    auto object = ObjectOf(row);
    if (!object) {
      start.problems.push_back(object.error().message);
    } else if (auto* instance = std::get_if<InstancePtr>(&*object)) {
      start.instances.push_back(std::move(*instance));
    } else {
      start.configs.push_back(std::move(std::get<ProviderConfigPtr>(*object)));
    }
  }
  for (const auto& document : state.documents) {
    const auto json = nlohmann::json::parse(document.json, nullptr, false);
    if (json.is_discarded()) continue;
    if (document.name == kBrakesDocument) start.brakes.Import(json, at);
    if (document.name == kChurnDocument) start.churn.ImportMarks(json);
  }
  FillDefaultConfigs(KeysOf(state.objects.incarnations), start);
  return start;
}

RecordedLives LivesOf(const RecordedState& state) {
  RecordedLives lives;
  for (const auto& row : state.objects.rows) lives.rows.PutAsIs(row);
  lives.incarnations = state.objects.incarnations;
  return lives;
}

void ApplyManifests(const DirectorySnapshot& snapshot, ManifestMeaning meaning,
                    const RecordedLives& lives, Instant at, PlanStart& start) {
  Entries entries = EntriesOf(start, lives);
  RowTable rows;
  for (const auto& [key, entry] : entries) rows.PutAsIs(entry.row);
  auto plan = PlanSnapshot(snapshot, rows, {});
  if (meaning == ManifestMeaning::kApply) {
    plan.changes.vanished.clear();
    plan.report.held.clear();
  }
  start.directory = ToString(plan.report.state);
  for (const auto& problem : plan.report.problems) {
    const bool placed = problem.message.starts_with(problem.file);
    start.problems.push_back(placed ? problem.message : problem.file + ": " + problem.message);
  }
  for (const auto& desired : plan.changes.desired) {
    TakeDesired(desired.Unpack(), lives, at, entries, start);
  }
  auto ended = KeysOf(lives.incarnations);
  ended.insert(plan.changes.vanished.begin(), plan.changes.vanished.end());
  for (const auto& key : plan.changes.vanished) TakeVanished(key, at, entries, start);
  HoldBack(plan.report, entries, at, start);

  std::erase_if(start.configs, [](const ProviderConfigPtr& config) {
    return config->meta.resource_version != "0";
  });
  start.instances.clear();
  for (auto& [key, entry] : entries) {
    if (auto* instance = std::get_if<InstancePtr>(&entry.object)) {
      start.instances.push_back(std::move(*instance));
      continue;
    }
    // A declared ProviderConfig takes the place of the environment's.
    std::erase_if(start.configs, [&key](const auto& config) { return config->meta.key == key; });
    start.configs.push_back(std::move(std::get<ProviderConfigPtr>(entry.object)));
  }
  if (meaning == ManifestMeaning::kAll) FillDefaultConfigs(ended, start);
}

}  // namespace instanced
