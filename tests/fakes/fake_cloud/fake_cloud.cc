#include "tests/fakes/fake_cloud/fake_cloud.h"

#include <algorithm>

namespace instanced {

FakeCloud::FakeCloud(const Clock& clock, FakeCloudOptions options)
    : clock_(clock), options_(options) {
  for (const Kind kind : InstanceKinds()) {
    providers_[kind] = MakeFakeProvider(*this, kind, DomainOf(kind), nullptr);
  }
}

FakeCloud::~FakeCloud() = default;

Task<Result<Connection>> FakeCloud::Connect(CallContext, Kind kind, ProviderConfigPtr config) {
  if (connect_error) co_return std::unexpected(*connect_error);
  Connection connection;
  connection.domain = DomainOf(kind);
  connection.identity = identity;
  connection.provider = providers_[kind];
  connection.rules = rules;
  if (on_connect && config) on_connect(connection, *config);
  co_return connection;
}

FakeCloudAccess::FakeCloudAccess(FakeCloud& cloud, int number) : caller(number), cloud_(cloud) {}

std::shared_ptr<InstanceProvider> FakeCloudAccess::At(Kind kind, const Domain& domain) {
  auto& provider = providers_[{kind, domain}];
  if (!provider) provider = MakeFakeProvider(cloud_, kind, domain, this);
  return provider;
}

Task<Result<Connection>> FakeCloudAccess::Connect(CallContext context, Kind kind,
                                                  ProviderConfigPtr config) {
  auto connecting = cloud_.Connect(std::move(context), kind, std::move(config));
  auto connection = co_await connecting;
  if (connection) connection->provider = At(kind, connection->domain);
  co_return connection;
}

Domain FakeCloud::DomainOf(Kind kind) const {
  return Domain{std::string(TraitsOf(kind).service), kFakeAccount, kFakeRegion};
}

FakeInstance& FakeCloud::Add(Kind kind, nlohmann::json fields, ObservedMark mark) {
  FakeInstance instance;
  instance.id = "i-" + std::to_string(1000 + ++last_id_);
  instance.kind = kind;
  instance.fields = std::move(fields);
  instance.mark = std::move(mark);
  instance.created = clock_.Now();
  auto id = instance.id;
  return instances_.emplace(std::move(id), std::move(instance)).first->second;
}

FakeInstance* FakeCloud::Find(const std::string& id) {
  const auto it = instances_.find(id);
  return it == instances_.end() ? nullptr : &it->second;
}

void FakeCloud::Vanish(const std::string& id) { instances_.erase(id); }

void FakeCloud::CountChurn() { churn_.push_back(clock_.Now()); }

bool FakeCloud::IsChurnUsedUp() {
  constexpr Duration kWindow = std::chrono::hours(24 * 30);
  while (!churn_.empty() && clock_.Now() - churn_.front() >= kWindow) churn_.pop_front();
  return options_.churn_limit && churn_.size() >= *options_.churn_limit;
}

int FakeCloud::CountExpired() const {
  return static_cast<int>(std::ranges::count_if(instances_, [this](const auto& entry) {
    const auto& instance = entry.second;
    return instance.expires_at && *instance.expires_at <= clock_.Now() && !instance.gone_at;
  }));
}

std::optional<MonotonicTime> FakeCloud::NextLate() const {
  if (late_.empty()) return std::nullopt;
  return late_.begin()->first;
}

void FakeCloud::RunLate() {
  while (!late_.empty() && late_.begin()->first <= clock_.Now()) {
    auto effect = late_.extract(late_.begin());
    effect.mapped()();
  }
}

std::vector<FakeInstance*> FakeCloud::Live() {
  std::vector<FakeInstance*> live;
  for (auto& [id, instance] : instances_) {
    const bool gone = (instance.gone_at && *instance.gone_at <= clock_.Now()) ||
                      (instance.expires_at && *instance.expires_at <= clock_.Now());
    if (!gone) live.push_back(&instance);
  }
  return live;
}

std::vector<FakeInstance*> FakeCloud::LiveOf(const Mark& mark) {
  auto live = Live();
  std::erase_if(live, [&](const FakeInstance* instance) {
    return instance->mark.owner_value != mark.owner_value && instance->mark.suffix != mark.suffix;
  });
  return live;
}

int FakeCloud::CountEffects(std::string_view operation) const {
  return static_cast<int>(std::ranges::count_if(calls_, [&](const FakeCall& call) {
    return call.operation == operation && call.effect == FakeCall::Effect::kDone;
  }));
}

int FakeCloud::CountCalls(std::string_view operation) const {
  return static_cast<int>(std::ranges::count(calls_, operation, &FakeCall::operation));
}

}  // namespace instanced
