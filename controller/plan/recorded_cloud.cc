#include "controller/plan/recorded_cloud.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "controller/reconcile/claims.h"

namespace instanced {
namespace {

bool Is(const InstanceStatus& status, ConditionType type, ConditionStatus wanted) {
  const auto* condition = status.conditions.Find(type);
  return condition != nullptr && condition->status == wanted;
}

bool StalledFor(const InstanceStatus& status, Reason reason) {
  const auto* condition = status.conditions.Find(ConditionType::kStalled);
  return condition != nullptr && condition->reason == reason;
}

nlohmann::json Parsed(const std::string& text) {
  auto json = nlohmann::json::parse(text, nullptr, false);
  return json.is_object() ? json : nlohmann::json::object();
}

Lifecycle LifecycleOf(const InstanceStatus& status) {
  if (StalledFor(status, Reason::kCreateFailed)) return Lifecycle::kCreateFailed;
  const auto* reconciling = status.conditions.Find(ConditionType::kReconciling);
  const bool coming = reconciling != nullptr && reconciling->reason == Reason::kCreating;
  return coming ? Lifecycle::kCreating : Lifecycle::kReady;
}

nlohmann::json FieldsOf(const KindTraits& traits, const InstanceObject& object) {
  auto fields = Parsed(object.spec.for_provider);
  const bool in_line = object.status.observed_generation == object.meta.generation &&
                       Is(object.status, ConditionType::kSynced, ConditionStatus::kTrue);
  if (in_line) return fields;
  const auto last_read = Parsed(object.status.at_provider);
  for (const auto& rule : traits.fields) {
    const auto found = last_read.find(rule.name);
    if (found != last_read.end()) fields[std::string(rule.name)] = *found;
  }
  return fields;
}

Observation ObservationOf(const InstanceObject& object, const std::string& owner) {
  const auto& traits = TraitsOf(object.meta.key.kind);
  const Mark mark = MakeMark(owner, object.meta.key, object.meta.uid);
  Observation out;
  out.external_name = object.status.external_name;
  out.lifecycle = LifecycleOf(object.status);
  out.fields = FieldsOf(traits, object);
  out.natural_key = NaturalKeyOf(traits, object.spec);
  const bool suffix = traits.mark_style == MarkStyle::kDescriptionSuffix;
  out.mark =
      suffix ? ObservedMark{"", "", mark.suffix} : ObservedMark{mark.owner_value, mark.uid, ""};
  out.at_provider = Parsed(object.status.at_provider);
  return out;
}

std::unexpected<Error> Refused() {
  return Fail(ErrorClass::kTerminal, "Offline", "a plan without a cloud changes nothing");
}

}  // namespace

class RecordedCloud::Provider final : public InstanceProvider {
 public:
  Provider(const RecordedCloud& cloud, Kind kind) : cloud_(cloud), kind_(kind) {}

  Result<std::string> EncodeCreate(const CreateInput& input) const override {
    return nlohmann::json{{"parameters", input.parameters}, {"token", input.token}}.dump();
  }
  Task<Result<Created>> Create(CallContext, std::string) override { co_return Refused(); }
  Task<Result<void>> Update(CallContext, UpdateInput) override { co_return Refused(); }
  Task<Result<void>> Delete(CallContext, std::string, std::string) override { co_return Refused(); }

  Task<Result<Observation>> Observe(CallContext, std::string external_name) override {
    const auto found = cloud_.by_instance_.find({kind_, external_name});
    const bool missing = found == cloud_.by_instance_.end() ||
                         StalledFor(found->second->status, Reason::kMissing) ||
                         StalledFor(found->second->status, Reason::kNotFound);
    if (missing) co_return Fail(ErrorClass::kNotFound, "NotRecorded", "no such instance on record");
    co_return ObservationOf(*found->second, cloud_.owner_);
  }

  Task<Result<ListPage>> List(CallContext, std::string) override {
    ListPage page;
    for (const auto& [name, object] : cloud_.by_instance_) {
      if (name.first == kind_) page.entries.push_back(ObservationOf(*object, cloud_.owner_));
    }
    co_return page;
  }

 private:
  const RecordedCloud& cloud_;
  Kind kind_;
};

RecordedCloud::RecordedCloud(const std::vector<InstancePtr>& objects, std::string owner)
    : owner_(std::move(owner)) {
  for (const auto& object : objects) {
    objects_.emplace(object->meta.key, object);
    const auto& name = object->status.external_name;
    if (!name.empty()) by_instance_.emplace(std::pair(object->meta.key.kind, name), object);
  }
}

Domain RecordedCloud::DomainOf(const ObjectKey& key, Kind kind,
                               const ProviderConfigObject& config) const {
  const auto& traits = TraitsOf(kind);
  Domain domain{std::string(traits.service), "", ""};
  const auto object = objects_.find(key);
  if (object != objects_.end()) {
    const auto& bound = object->second->status.bound_domain;
    const auto slash = bound.find('/');
    if (slash != std::string::npos) {
      domain.account = bound.substr(0, slash);
      domain.region = bound.substr(slash + 1);
    }
  }
  const auto& declared = traits.cloud == Cloud::kAws ? config.spec.aws : config.spec.alibaba;
  if (!declared) return domain;
  if (!declared->account_id.empty()) domain.account = declared->account_id;
  if (!declared->region.empty()) domain.region = declared->region;
  return domain;
}

Task<Result<Connection>> RecordedCloud::Connect(CallContext context, Kind kind,
                                                ProviderConfigPtr config) {
  Connection connection;
  connection.domain = DomainOf(context.key, kind, *config);
  connection.identity = AccountVerified{connection.domain.account};
  connection.provider = std::make_shared<Provider>(*this, kind);
  co_return connection;
}

}  // namespace instanced
