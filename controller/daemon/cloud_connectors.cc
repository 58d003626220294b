#include "controller/daemon/cloud_connectors.h"

#include <utility>

namespace instanced {

Task<Result<Connection>> CloudConnectors::Connect(CallContext context, Kind kind,
                                                  ProviderConfigPtr config) {
  auto connecting = ConnectCloud(std::move(context), kind, config);
  auto connected = co_await connecting;
  if (connected) ApplyRates(*config, connected->domain);
  co_return connected;
}

void CloudConnectors::ApplyRates(const ProviderConfigObject& config, const Domain& domain) {
  auto& applied = applied_[{domain, config.meta.uid}];
  if (applied == config.meta.generation) return;
  applied = config.meta.generation;
  ConfiguredRates::Rates rates;
  for (const auto& [name, rate] : config.spec.budgets) {
    const auto colon = name.find(':');
    if (colon == std::string::npos || name.substr(0, colon) != domain.service) continue;
    const std::string operation = name.substr(colon + 1);
    rates.insert_or_assign(operation == "*" ? "" : operation,
                           RateLimit{rate.per_second, rate.burst, LimitOrigin::kConfigured});
  }
  rates_.Say(domain, config.meta.uid, std::move(rates), clock_.Now());
}

void CloudConnectors::ProviderConfigGone(const std::string& uid) {
  std::erase_if(applied_, [&](const auto& entry) { return entry.first.second == uid; });
  rates_.Forget(uid, clock_.Now());
}

Task<Result<Connection>> CloudConnectors::ConnectCloud(CallContext context, Kind kind,
                                                       ProviderConfigPtr config) {
  switch (TraitsOf(kind).cloud) {
    case Cloud::kAws: {
      auto connecting = aws_.Connect(std::move(context), kind, std::move(config));
      co_return co_await connecting;
    }
    case Cloud::kAlibaba: {
      auto connecting = alibaba_.Connect(std::move(context), kind, std::move(config));
      co_return co_await connecting;
    }
    case Cloud::kPlugin:
      co_return ConnectPlugin(context.key);
  }
  std::unreachable();
}

Result<Connection> CloudConnectors::ConnectPlugin(const ObjectKey& key) {
  const auto object = cache_.FindInstance(key);
  if (!object) {
    return Fail(ErrorClass::kValidation, "NoSuchObject",
                "no object says which plugin is meant: " + ToString(key));
  }
  return plugins_.Connect(object->spec.plugin);
}

void CloudConnectors::ReloadCredentials() {
  aws_.Invalidate();
  alibaba_.ReloadCredentials();
}

void UnknownCodeCounter::OnUnknownCode(std::string_view service, std::string_view, std::string_view,
                                       int http_status) {
  metrics_.Count(Metric::kProviderUnknownCodes,
                 {service, http_status >= 500 ? "server" : "client"});
}

void UnknownCodeCounter::Count(std::string_view service, std::string_view operation,
                               std::string_view code, int status) {
  OnUnknownCode(service, operation, code, status);
}

}  // namespace instanced
