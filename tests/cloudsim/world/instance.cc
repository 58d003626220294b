#include "tests/cloudsim/world/instance.h"

#include <algorithm>
#include <array>
#include <utility>

namespace instanced::cloudsim {
namespace {

constexpr std::array<std::pair<Service, const char*>, 7> kNames = {{
    {Service::kConnect, "connect"},
    {Service::kSupplyChain, "scn"},
    {Service::kCcc, "ccc"},
    {Service::kOutboundBot, "outboundbot"},
    {Service::kAwsSts, "sts"},
    {Service::kAlibabaSts, "alibaba-sts"},
    {Service::kUnknown, "unknown"},
}};

struct DeleteTimes {
  Millis deleting = 0;
  Millis readable = 0;
};

DeleteTimes TimesOf(Service service, const Settings& settings) {
  switch (service) {
    case Service::kConnect:
      return {settings.connect_delete_ms, 0};
    case Service::kSupplyChain:
      return {settings.scn_delete_ms, settings.scn_deleted_visible_ms};
    default:
      return {};
  }
}

Phase DeletePhase(const Instance& instance, const Settings& settings, Millis now) {
  const DeleteTimes times = TimesOf(instance.service, settings);
  const Millis since = now - *instance.deleted_at;
  if (since < times.deleting) return Phase::kDeleting;
  if (!instance.delete_failure.empty()) return Phase::kDeleteFailed;
  return since < times.deleting + times.readable ? Phase::kDeleted : Phase::kGone;
}

std::string ConnectState(const Instance& instance, Millis now) {
  if (now < instance.ready_at) return "CREATION_IN_PROGRESS";
  return instance.failure.empty() ? "ACTIVE" : "CREATION_FAILED";
}

std::string SupplyChainState(Phase phase) {
  switch (phase) {
    case Phase::kCreating:
      return "Initializing";
    case Phase::kReady:
      return "Active";
    case Phase::kFailed:
      return "CreateFailed";
    case Phase::kDeleting:
      return "Deleting";
    case Phase::kDeleteFailed:
      return "DeleteFailed";
    case Phase::kDeleted:
    case Phase::kGone:
      return "Deleted";
  }
  return "";
}

Json ContentsJson(const Contents& contents) {
  return {
      {"fields", contents.fields}, {"tags", contents.tags}, {"attributes", contents.attributes}};
}

Contents ContentsFrom(const Json& json) {
  return {json.at("fields"), json.at("tags"), json.at("attributes")};
}

}  // namespace

const char* ServiceName(Service service) {
  return std::ranges::find(kNames, service, [](const auto& entry) { return entry.first; })->second;
}

Service ServiceOf(const std::string& name) {
  const auto* found =
      std::ranges::find_if(kNames, [&](const auto& entry) { return name == entry.second; });
  return found == kNames.end() ? Service::kUnknown : found->first;
}

Phase PhaseAt(const Instance& instance, const Settings& settings, Millis now) {
  if (instance.deleted_at) return DeletePhase(instance, settings, now);
  if (now < instance.ready_at) return Phase::kCreating;
  if (instance.failure.empty()) return Phase::kReady;
  const bool forgotten = instance.service == Service::kConnect &&
                         now >= instance.created_at + settings.connect_failed_visible_ms;
  return forgotten ? Phase::kGone : Phase::kFailed;
}

std::string StateAt(const Instance& instance, const Settings& settings, Millis now) {
  if (!instance.forced_state.empty()) return instance.forced_state;
  switch (instance.service) {
    case Service::kConnect:
      return ConnectState(instance, now);
    case Service::kSupplyChain:
      return SupplyChainState(PhaseAt(instance, settings, now));
    case Service::kCcc:
      return now < instance.ready_at ? "Creating" : settings.ccc_ready_state;
    default:
      return "";
  }
}

const Contents* ContentsAt(const Instance& instance, const Settings& settings, Millis now,
                           Millis lag) {
  if (now < instance.created_at + lag) return nullptr;
  const bool gone_for_all = PhaseAt(instance, settings, now) == Phase::kGone;
  if (gone_for_all && PhaseAt(instance, settings, now - lag) == Phase::kGone) return nullptr;
  const bool stale = instance.before && now < instance.changed_at + lag;
  return stale ? &*instance.before : &instance.contents;
}

Json ToJson(const Instance& instance) {
  Json json = {{"serial", instance.serial},
               {"service", ServiceName(instance.service)},
               {"account", instance.account},
               {"region", instance.region},
               {"id", instance.id},
               {"contents", ContentsJson(instance.contents)},
               {"changed_at", instance.changed_at},
               {"created_at", instance.created_at},
               {"ready_at", instance.ready_at},
               {"failure", instance.failure},
               {"delete_failure", instance.delete_failure},
               {"forced_state", instance.forced_state},
               {"origin", instance.origin}};
  if (instance.before) json["before"] = ContentsJson(*instance.before);
  if (instance.deleted_at) json["deleted_at"] = *instance.deleted_at;
  return json;
}

Instance InstanceFromJson(const Json& json) {
  Instance instance;
  instance.serial = json.at("serial");
  instance.service = ServiceOf(json.at("service"));
  instance.account = json.at("account");
  instance.region = json.at("region");
  instance.id = json.at("id");
  instance.contents = ContentsFrom(json.at("contents"));
  if (json.contains("before")) instance.before = ContentsFrom(json.at("before"));
  instance.changed_at = json.at("changed_at");
  instance.created_at = json.at("created_at");
  instance.ready_at = json.at("ready_at");
  if (json.contains("deleted_at")) instance.deleted_at = json.at("deleted_at").get<Millis>();
  instance.failure = json.at("failure");
  instance.delete_failure = json.at("delete_failure");
  instance.forced_state = json.at("forced_state");
  instance.origin = json.at("origin");
  return instance;
}

}  // namespace instanced::cloudsim
