// The parts of Simulator that only a test asks for: drift, vanishing, foreign instances, time.
#include <algorithm>

#include "tests/cloudsim/api/simulator.h"
#include "tests/cloudsim/world/outbound_bot.h"

namespace instanced::cloudsim {
namespace {

std::string Member(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

// A null value removes the key.
void Merge(std::map<std::string, std::string>& map, const Json& change) {
  for (const auto& [key, value] : change.items()) {
    if (value.is_null()) {
      map.erase(key);
    } else {
      map[key] = value.is_string() ? value.get<std::string>() : value.dump();
    }
  }
}

void Edit(Instance& instance, const Json& change) {
  instance.contents.fields.merge_patch(change.value("fields", Json::object()));
  Merge(instance.contents.tags, change.value("tags", Json::object()));
  Merge(instance.contents.attributes, change.value("attributes", Json::object()));
  if (change.contains("state")) instance.forced_state = Member(change, "state");
  if (change.contains("failure")) instance.failure = Member(change, "failure");
  if (change.contains("ready_at")) instance.ready_at = change["ready_at"];
}

}  // namespace

const Instance* Simulator::Target(const Json& which, Millis real_now) {
  const Service service = ServiceOf(Member(which, "service"));
  return world_.Find(service, Member(which, "id"), "", "", VirtualNow(real_now));
}

std::expected<void, std::string> Simulator::Drift(const Json& change, Millis real_now) {
  const Instance* found = Target(change, real_now);
  if (!found) return std::unexpected("no such instance");
  try {
    world_.Change(*found, VirtualNow(real_now), [&](Instance& next) { Edit(next, change); });
  } catch (const Json::exception& failure) {
    return std::unexpected(failure.what());
  }
  return {};
}

std::expected<void, std::string> Simulator::Vanish(const Json& which, Millis real_now) {
  const Instance* found = Target(which, real_now);
  if (!found) return std::unexpected("no such instance");
  world_.Drop(*found);
  return {};
}

std::expected<std::string, std::string> Simulator::CreateForeign(const Json& instance,
                                                                 Millis real_now) {
  const Service service = ServiceOf(Member(instance, "service"));
  const bool aws = service == Service::kConnect || service == Service::kSupplyChain;
  if (!aws && service != Service::kCcc && service != Service::kOutboundBot) {
    return std::unexpected("service must be connect, scn, ccc or outboundbot");
  }
  const std::string account = Member(instance, "account");
  if (account.empty()) return std::unexpected("account is missing");
  const std::string region = Member(instance, "region");
  const std::string usual = aws ? "us-east-1" : "cn-shanghai";
  Instance made =
      world_.Draft(service, account, region.empty() ? usual : region, VirtualNow(real_now));
  made.origin = "foreign";
  Json& fields = made.contents.fields;
  switch (service) {
    case Service::kConnect:
      fields = {{"IdentityManagementType", "CONNECT_MANAGED"}};
      made.contents.attributes = {{"INBOUND_CALLS", "true"}, {"OUTBOUND_CALLS", "true"}};
      break;
    case Service::kCcc:
      fields = {{"Name", "foreign"},
                {"DomainName", "foreign-" + made.id.substr(0, 8)},
                {"StorageMaxDays", 0},
                {"StorageMaxSize", 100}};
      break;
    case Service::kOutboundBot:
      fields = {{"InstanceName", "foreign-" + made.id.substr(0, 8)},
                {"MaxConcurrentConversation", 1}};
      break;
    default:
      break;
  }
  if (const std::string id = Member(instance, "id"); !id.empty()) made.id = id;
  try {
    Edit(made, instance);
  } catch (const Json::exception& failure) {
    return std::unexpected(failure.what());
  }
  const std::string id = made.id;
  world_.Put(std::move(made));
  return id;
}

std::expected<void, std::string> Simulator::SetClock(const Json& change, Millis real_now) {
  try {
    if (change.contains("scale")) {
      const double scale = change["scale"].get<double>();
      if (scale < 0) return std::unexpected("scale must not be negative");
      clock_.SetScale(scale, real_now);
    }
    if (change.contains("advance_ms")) clock_.Advance(change["advance_ms"].get<Millis>());
  } catch (const Json::exception& failure) {
    return std::unexpected(failure.what());
  }
  recorder_({{"clock", clock_.ToJson()}});
  return {};
}

std::expected<void, std::string> Simulator::ExpireCredential(const Json& which, Millis real_now) {
  const std::string key = Member(which, "access_key");
  if (!credentials_.Expire(key, Wall(real_now))) return std::unexpected("unknown access key");
  for (const Credential& credential : credentials_.All()) {
    if (credential.access_key == key) recorder_({{"credential", credential}});
  }
  return {};
}

std::expected<void, std::string> Simulator::ChangeSettings(const Json& patch) {
  auto merged = MergeSettings(world_.settings(), patch);
  if (!merged) return std::unexpected(merged.error());
  world_.settings() = *std::move(merged);
  rates_.Clear();
  return {};
}

void Simulator::Reset(Millis real_now) {
  Release(0);
  recorder_({{"reset", true}});
  world_.Clear();
  world_.settings() = options_.settings;
  faults_.Clear();
  rates_.Clear();
  log_.Clear();
  clock_ = VirtualClock(real_now, options_.time_scale);
  recorder_({{"serial", world_.next_serial()}});
  Begin(real_now);
}

Json Simulator::Instances(const CallFilter& filter, Millis real_now) {
  Json list = Json::array();
  const Millis now = VirtualNow(real_now);
  for (const Service service :
       {Service::kConnect, Service::kSupplyChain, Service::kCcc, Service::kOutboundBot}) {
    if (!filter.service.empty() && filter.service != ServiceName(service)) continue;
    for (const Instance* instance : world_.All(service, filter.account, "", now)) {
      if (PhaseAt(*instance, world_.settings(), now) == Phase::kGone) continue;
      Json json = ToJson(*instance);
      json["state"] = StateAt(*instance, world_.settings(), now);
      list.push_back(std::move(json));
    }
  }
  return list;
}

Json Simulator::Statistics(Millis real_now) const {
  std::map<std::string, std::int64_t> held;
  for (const auto& [seq, call] : calls_) {
    if (call.resume) ++held[ServiceName(call.route.service)];
  }
  return {
      {"calls", log_.last()}, {"in_flight", calls_.size()},         {"held", held},
      {"real_ms", real_now},  {"virtual_ms", VirtualNow(real_now)}, {"time_scale", clock_.scale()}};
}

void Simulator::Apply(const Json& record) {
  if (record.contains("clock")) {
    clock_.Restore(record["clock"]);
  } else if (record.contains("credential")) {
    credentials_.Add(record["credential"].get<Credential>());
  } else if (record.contains("reset")) {
    world_.Clear();
  } else {
    world_.Apply(record);
  }
}

void Simulator::Dump(const Recorder& out) const {
  out({{"clock", clock_.ToJson()}});
  for (const Credential& credential : credentials_.All()) {
    const bool issued = !credential.session_token.empty() || credential.expires_at != 0;
    if (issued) out({{"credential", credential}});
  }
  world_.Dump(out);
}

}  // namespace instanced::cloudsim
