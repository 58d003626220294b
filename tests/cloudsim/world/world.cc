#include "tests/cloudsim/world/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

namespace instanced::cloudsim {
namespace {

std::uint64_t Mix(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

std::string IdKey(Service service, const std::string& id) {
  return std::string(ServiceName(service)) + '\n' + id;
}

// Host names are one whatever their case; OutboundBot's names are texts.
std::string NameKey(Service service, const std::string& scope, std::string name) {
  if (service != Service::kOutboundBot) {
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  }
  return std::string(ServiceName(service)) + '\n' + scope + '\n' + name;
}

// The member that must be unique, and within what: the whole cloud, or one account.
std::string NaturalKey(const Instance& instance) {
  const auto key = [&](const char* member, const std::string& scope) -> std::string {
    const auto name = instance.contents.fields.value(member, "");
    return name.empty() ? "" : NameKey(instance.service, scope, name);
  };
  switch (instance.service) {
    case Service::kConnect:
      return key("InstanceAlias", "");
    case Service::kSupplyChain:
      return key("webAppDnsDomain", "");
    case Service::kCcc:
      return key("DomainName", "");
    case Service::kOutboundBot:
      return key("InstanceName", instance.account);
    default:
      return "";
  }
}

Json TokenRecord(const std::string& key, const TokenUse& use) {
  return {{"token", {{"key", key}, {"id", use.id}, {"digest", use.digest}, {"at", use.at}}}};
}

bool Matches(const Instance& instance, const std::string& account, const std::string& region) {
  return (account.empty() || instance.account == account) &&
         (region.empty() || instance.region == region);
}

}  // namespace

World::World(Settings settings, std::uint64_t seed, Recorder recorder)
    : settings_(std::move(settings)),
      seed_(seed),
      chance_state_(seed),
      record_(std::move(recorder)) {}

std::string World::NewId() {
  std::uint64_t state = seed_ ^ (next_serial_ * 0xd6e8feb86659fd93ULL);
  ++next_serial_;
  const std::uint64_t high = Mix(state);
  const std::uint64_t low = Mix(state);
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff,
                     high & 0xfff, 0x8000 | ((low >> 48) & 0x3fff), low & 0xffffffffffffULL);
}

double World::Chance() { return static_cast<double>(Mix(chance_state_) >> 11) * 0x1.0p-53; }

Instance World::Draft(Service service, const std::string& account, const std::string& region,
                      Millis now) {
  Instance instance;
  instance.serial = next_serial_;
  instance.service = service;
  instance.account = account;
  instance.region = region;
  instance.id = NewId();
  instance.created_at = now;
  instance.ready_at = now;
  return instance;
}

void World::Put(Instance instance) {
  record_({{"put", ToJson(instance)}});
  Apply({{"put", ToJson(instance)}});
}

void World::Change(const Instance& instance, Millis now,
                   const std::function<void(Instance&)>& edit) {
  Instance next = instance;
  next.before = instance.contents;
  next.changed_at = now;
  edit(next);
  Put(std::move(next));
}

void World::Drop(const Instance& instance) {
  const Json record = {
      {"drop", {{"service", ServiceName(instance.service)}, {"serial", instance.serial}}}};
  record_(record);
  Apply(record);
}

const Instance* World::Find(Service service, const std::string& id, const std::string& account,
                            const std::string& region, Millis now) {
  const auto found = by_id_.find(IdKey(service, id));
  if (found == by_id_.end()) return nullptr;
  const Instance& instance = instances_[service].at(found->second);
  if (!Matches(instance, account, region)) return nullptr;
  const Millis lag = settings_.describe_lag_ms;
  return PhaseAt(instance, settings_, now - lag) == Phase::kGone ? nullptr : &instance;
}

const Instance* World::Holder(Service service, const std::string& scope, const std::string& name,
                              Millis now) const {
  const auto found = by_name_.find(NameKey(service, scope, name));
  if (found == by_name_.end()) return nullptr;
  const Instance& instance = instances_.at(service).at(found->second);
  const Phase phase = PhaseAt(instance, settings_, now);
  return phase == Phase::kGone || phase == Phase::kDeleted ? nullptr : &instance;
}

std::vector<const Instance*> World::All(Service service, const std::string& account,
                                        const std::string& region, Millis now) {
  std::vector<const Instance*> found;
  const Millis lag = std::max(settings_.list_lag_ms, settings_.describe_lag_ms);
  std::vector<const Instance*> gone;
  for (const auto& [serial, instance] : instances_[service]) {
    if (PhaseAt(instance, settings_, now - lag) == Phase::kGone) {
      gone.push_back(&instance);
    } else if (Matches(instance, account, region)) {
      found.push_back(&instance);
    }
  }
  for (const Instance* instance : gone) Drop(*instance);
  return found;
}

void World::Scan(Service service, std::uint64_t after,
                 const std::function<bool(const Instance&)>& visit) const {
  const auto all = instances_.find(service);
  if (all == instances_.end()) return;
  for (auto at = all->second.upper_bound(after); at != all->second.end(); ++at) {
    if (!visit(at->second)) return;
  }
}

std::int64_t World::Count(Service service, const std::string& account, const std::string& region,
                          Millis now) {
  std::int64_t count = 0;
  for (const Instance* instance : All(service, account, region, now)) {
    const Phase phase = PhaseAt(*instance, settings_, now);
    if (phase != Phase::kDeleted && phase != Phase::kGone) ++count;
  }
  return count;
}

const TokenUse* World::Token(const std::string& key, Millis now) const {
  const auto found = tokens_.find(key);
  if (found == tokens_.end() || now >= found->second.at + settings_.token_retention_ms) {
    return nullptr;
  }
  return &found->second;
}

void World::UseToken(const std::string& key, TokenUse use) {
  record_(TokenRecord(key, use));
  tokens_[key] = std::move(use);
}

std::int64_t World::Churn(const std::string& account, Millis now) const {
  const auto found = churn_.find(account);
  if (found == churn_.end()) return 0;
  const Millis oldest = now - settings_.churn_window_ms;
  return std::ranges::count_if(found->second, [&](Millis at) { return at > oldest; });
}

void World::AddChurn(const std::string& account, Millis now) {
  record_({{"churn", {{"account", account}, {"at", now}}}});
  churn_[account].push_back(now);
}

void World::Apply(const Json& record) {
  if (record.contains("put")) {
    Instance instance = InstanceFromJson(record["put"]);
    next_serial_ = std::max(next_serial_, instance.serial + 1);
    auto& slot = instances_[instance.service][instance.serial];
    if (slot.serial != 0) Unindex(slot);
    slot = std::move(instance);
    Index(slot);
  } else if (record.contains("drop")) {
    auto& all = instances_[ServiceOf(record["drop"].at("service"))];
    const auto found = all.find(record["drop"].at("serial").get<std::uint64_t>());
    if (found == all.end()) return;
    Unindex(found->second);
    all.erase(found);
  } else if (record.contains("token")) {
    const Json& token = record["token"];
    tokens_[token.at("key")] = {token.at("id"), token.at("digest"), token.at("at")};
  } else if (record.contains("churn")) {
    churn_[record["churn"].at("account")].push_back(record["churn"].at("at"));
  } else if (record.contains("serial")) {
    next_serial_ = std::max(next_serial_, record["serial"].get<std::uint64_t>());
  }
}

void World::Dump(const Recorder& out) const {
  out({{"serial", next_serial_}});
  for (const auto& [service, all] : instances_) {
    for (const auto& [serial, instance] : all) out({{"put", ToJson(instance)}});
  }
  for (const auto& [key, use] : tokens_) out(TokenRecord(key, use));
  for (const auto& [account, times] : churn_) {
    for (const Millis at : times) out({{"churn", {{"account", account}, {"at", at}}}});
  }
}

void World::Clear() {
  instances_.clear();
  by_id_.clear();
  by_name_.clear();
  tokens_.clear();
  churn_.clear();
}

void World::Index(const Instance& instance) {
  by_id_[IdKey(instance.service, instance.id)] = instance.serial;
  const std::string name = NaturalKey(instance);
  if (!name.empty()) by_name_[name] = instance.serial;
}

void World::Unindex(const Instance& instance) {
  by_id_.erase(IdKey(instance.service, instance.id));
  const auto found = by_name_.find(NaturalKey(instance));
  if (found != by_name_.end() && found->second == instance.serial) by_name_.erase(found);
}

}  // namespace instanced::cloudsim
