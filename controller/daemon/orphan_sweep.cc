#include "controller/daemon/orphan_sweep.h"

#include <algorithm>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "controller/plan/reading_turn.h"
#include "controller/provider/parameter_rules.h"
#include "controller/reconcile/claims.h"
#include "controller/task/sleep.h"

namespace instanced {
namespace {

constexpr int kPagesMax = 1000;
constexpr Duration kPauseUsual = std::chrono::milliseconds(500);

std::string NameOf(const Domain& domain) {
  return domain.service + "/" + domain.account + "/" + domain.region;
}

bool Carries(const ObservedMark& mark) {
  return !mark.owner_value.empty() || !mark.uid.empty() || !mark.suffix.empty();
}

}  // namespace

std::vector<OrphanSweep::Target> OrphanSweep::Targets() const {
  std::vector<Target> targets;
  deps_.cache.ForEachProviderConfig([&](const ProviderConfigPtr& config) {
    if (!query_.namespace_.empty() && query_.namespace_ != config->meta.key.namespace_) return;
    for (const Kind kind : query_.kinds) {
      if (TraitsOf(kind).cloud != Cloud::kPlugin) targets.push_back({kind, config, {}, {}});
    }
  });
  std::set<std::string> plugins;
  deps_.cache.ForEachInstance([&](const InstanceView& object) {
    const auto& key = object.meta.key;
    if (std::ranges::find(query_.kinds, key.kind) == query_.kinds.end()) return;
    if (object.spec.plugin.empty()) return;
    const auto plugin = object.spec.plugin.ToString();
    if (plugins.contains(plugin)) return;
    if (!query_.namespace_.empty() && query_.namespace_ != key.namespace_) return;
    auto config =
        deps_.cache.FindProviderConfig(key.namespace_, object.spec.provider_config_ref.ToString());
    if (!config) return;
    plugins.insert(plugin);
    targets.push_back({key.kind, std::move(config), plugin, key.Copy()});
  });
  return targets;
}

Task<Result<OrphansReport>> OrphanSweep::Run() {
  for (const Target& target : Targets()) {
    if (deps_.stop.StopRequested()) break;
    auto sweeping = SweepTarget(target);
    co_await sweeping;
  }
  std::ranges::sort(report_.orphans, {}, [](const OrphanReport& orphan) {
    return std::tuple(orphan.kind, orphan.account, orphan.external_name);
  });
  co_return std::move(report_);
}

CallContext OrphanSweep::ContextFor(Kind kind) const {
  CallContext context;
  context.key = ObjectKey{kind, "", "orphans"};
  context.priority = Priority::kDrift;
  context.deadline = deps_.clock.Now() + std::chrono::seconds(30);
  context.stop = deps_.stop;
  return context;
}

Task<void> OrphanSweep::SweepTarget(Target target) {
  auto context = ContextFor(target.kind);
  if (!target.plugin.empty()) context.key = target.asker;
  auto connecting = deps_.providers.Connect(std::move(context), target.kind, target.config);
  auto connection = co_await connecting;
  const std::string where = std::string(ToString(target.kind)) +
                            (target.plugin.empty() ? "" : " of plugin " + target.plugin) +
                            " by ProviderConfig " + target.config->meta.key.namespace_ + "/" +
                            target.config->meta.key.name;
  if (!connection) {
    // A ProviderConfig that does not speak of this cloud has nothing to read there.
    if (connection.error().error_class != ErrorClass::kValidation) {
      report_.unread.push_back(where + ": " + connection.error().message);
    }
    co_return;
  }
  if (!swept_.emplace(connection->domain, true).second) co_return;
  auto listing = ListAll(target.kind, *connection);
  auto entries = co_await listing;
  if (!entries) {
    report_.unread.push_back(where + ": " + entries.error().message);
    co_return;
  }
  report_.listed += static_cast<int>(entries->size());
  ReportVanished(target.kind, connection->domain, *entries);
  const auto service = ServiceKeyOf(target.kind, target.plugin);
  for (Observation& entry : *entries) {
    if (deps_.stop.StopRequested()) co_return;
    if (entry.adoptable == Adoptable::kPreset || entry.lifecycle == Lifecycle::kGone) continue;
    if (deps_.reconciler.claims().HolderOf(service, entry.external_name)) continue;
    if (!entry.mark) {
      auto reading = Read(target.kind, *connection, entry.external_name);
      auto read = co_await reading;
      if (!read) {
        if (read.error().error_class == ErrorClass::kNotFound) continue;
        report_.unread.push_back(entry.external_name + " at " + NameOf(connection->domain) + ": " +
                                 read.error().message);
        continue;
      }
      entry.mark = read->mark;
    }
    Judge(target.kind, *connection, entry);
  }
}

const OrphanSweep::Declared& OrphanSweep::DeclaredOf(Kind kind) {
  const auto [slot, is_new] = declared_.try_emplace(kind);
  Declared& declared = slot->second;
  if (!is_new) return declared;
  const std::string& owner = deps_.reconciler.options().owner;
  deps_.cache.ForEachInstance([&](const InstanceView& object) {
    if (object.meta.key.kind != kind) return;
    const ObjectKey key = object.meta.key.Copy();
    Mark mark = MakeMark(owner, key, object.meta.uid.ToString());
    declared.owner_values.insert_or_assign(std::move(mark.owner_value), key);
    declared.suffixes.insert_or_assign(std::move(mark.suffix), key);
    if (!object.status.external_name.empty()) return;
    const std::string natural = NaturalKeyOf(TraitsOf(kind), object.spec.Copy());
    if (natural.empty()) return;
    declared.natural_keys.insert_or_assign(FoldNaturalKey(TraitsOf(kind), natural), key);
  });
  return declared;
}

const ObjectKey* OrphanSweep::MarkedFor(const Declared& declared, const ObservedMark& mark) const {
  const bool tagged = !mark.owner_value.empty() || !mark.uid.empty();
  const auto& marks = tagged ? declared.owner_values : declared.suffixes;
  const auto found = marks.find(tagged ? mark.owner_value : mark.suffix);
  return found == marks.end() ? nullptr : &found->second;
}

void OrphanSweep::Judge(Kind kind, const Connection& connection, const Observation& entry) {
  OrphanReport orphan{OrphanReport::Finding::kMarkedWithoutObject,
                      kind,
                      NameOf(connection.domain),
                      entry.external_name,
                      entry.natural_key,
                      entry.cloud_state,
                      std::nullopt,
                      ""};
  const ObservedMark mark = entry.mark.value_or(ObservedMark{});
  const std::string& owner = deps_.reconciler.options().owner;
  const Declared& declared = DeclaredOf(kind);
  if (!Carries(mark)) {
    if (entry.natural_key.empty()) return;
    const auto alike =
        declared.natural_keys.find(FoldNaturalKey(TraitsOf(kind), entry.natural_key));
    if (alike == declared.natural_keys.end()) return;
    orphan.finding = OrphanReport::Finding::kLookAlike;
    orphan.object = alike->second;
    orphan.message = "carries no mark and the name that " + ToString(alike->second) +
                     " declares; spec.externalName takes it over";
    report_.orphans.push_back(std::move(orphan));
    return;
  }
  orphan.object = KeyInMark(mark, owner);
  // Of a namespace that is not watched another daemon knows whether the object is there.
  const std::string& scope = deps_.reconciler.options().scope;
  bool ours = orphan.object && (scope.empty() || orphan.object->namespace_ == scope);
  if (const auto* key = MarkedFor(declared, mark)) {
    ours = true;
    orphan.object = *key;
  }
  if (!ours) return;
  const bool stands = orphan.object && deps_.cache.HasInstance(*orphan.object);
  orphan.message = stands ? "carries the mark of an object that holds another instance, or none yet"
                          : "carries our mark and no such object is declared; declaring it again "
                            "takes it over";
  report_.orphans.push_back(std::move(orphan));
}

void OrphanSweep::ReportVanished(Kind kind, const Domain& domain,
                                 const std::vector<Observation>& entries) {
  std::set<std::string> listed;
  for (const Observation& entry : entries) {
    if (entry.lifecycle != Lifecycle::kGone) listed.insert(entry.external_name);
  }
  const std::string bound = domain.account + "/" + domain.region;
  deps_.cache.ForEachInstance([&](const InstanceView& object) {
    const auto& status = object.status;
    if (object.meta.key.kind != kind || status.external_name.empty()) return;
    const auto external_name = status.external_name.ToString();
    if (status.bound_domain != bound || listed.contains(external_name)) return;
    report_.orphans.push_back({OrphanReport::Finding::kInstanceVanished, kind, NameOf(domain),
                               external_name, "", "", object.meta.key.Copy(),
                               "the account does not list the instance this object holds"});
  });
}

Task<Result<std::vector<Observation>>> OrphanSweep::ListAll(Kind kind, Connection connection) {
  std::vector<Observation> all;
  std::string page;
  for (int pages = 0; pages < kPagesMax;) {
    auto listing = connection.provider->List(ContextFor(kind), page);
    auto listed = co_await listing;
    if (!listed) {
      auto bearing = Bear(listed.error());
      if (co_await bearing) continue;
      co_return std::unexpected(std::move(listed.error()));
    }
    ++pages;
    std::ranges::move(listed->entries, std::back_inserter(all));
    page = std::move(listed->next_page);
    if (page.empty()) co_return all;
  }
  co_return Fail(ErrorClass::kTerminal, "EndlessList", "the list of instances does not end");
}

Task<Result<Observation>> OrphanSweep::Read(Kind kind, Connection connection,
                                            std::string external_name) {
  ReadingTurn turn({&deps_.budget, deps_.clock, deps_.stop, deps_.give_up_at}, ContextFor(kind).key,
                   external_name);
  for (;;) {
    auto awaiting = turn.Await(connection.domain, TraitsOf(kind).operations.observe);
    if (co_await awaiting == ReadingTurn::Outcome::kNotInTime) {
      co_return Fail(ErrorClass::kTransient, "NotInTime",
                     "the account's rate left no room within the time of the sweep");
    }
    auto context = ContextFor(kind);
    context.key = turn.key();
    auto reading = connection.provider->Observe(std::move(context), external_name);
    auto read = co_await reading;
    turn.Over();
    if (read) co_return std::move(*read);
    auto bearing = Bear(read.error());
    const bool again = co_await bearing;
    if (!again) co_return std::unexpected(std::move(read.error()));
  }
}

Task<bool> OrphanSweep::Bear(Error error) {
  const bool waits =
      error.error_class == ErrorClass::kDeferred || error.error_class == ErrorClass::kThrottled;
  const Duration pause = error.retry_after ? Duration(*error.retry_after) : kPauseUsual;
  const MonotonicTime until = deps_.clock.Now() + std::max<Duration>(pause, kPauseUsual / 50);
  if (!waits || deps_.stop.StopRequested() || until >= deps_.give_up_at) co_return false;
  SleepUntil sleeping(until, deps_.stop);
  co_await sleeping;
  co_return true;
}

}  // namespace instanced
