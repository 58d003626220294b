// CloudConnectors: the ProviderRegistry of the built-in clouds and of the plugins. Which plugin
// serves a PluginInstance is read from the object on whose behalf the call is (CallContext::key).
//
// A connection's own rates (spec.budgets: "connect:DescribeInstance", or "connect:*" for the rest)
// are put into the Budget before its first call, and those taken out of a ProviderConfig leave it
// before the next.
//
// Threads: the loop's. Ownership: borrows connectors and cache.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "controller/budget/configured_rates.h"
#include "controller/informer/object_cache.h"
#include "controller/provider/alibaba/alibaba_connector.h"
#include "controller/provider/aws/aws_connector.h"
#include "controller/provider/plugin/plugin_connector.h"
#include "controller/provider/registry.h"
#include "controller/telemetry/metrics.h"

namespace instanced {

class CloudConnectors final : public ProviderRegistry {
 public:
  CloudConnectors(aws::AwsConnector& aws, alibaba::AlibabaConnector& alibaba,
                  plugin::PluginConnector& plugins, const ObjectCache& cache, Budget& budget,
                  const Clock& clock)
      : aws_(aws),
        alibaba_(alibaba),
        plugins_(plugins),
        cache_(cache),
        rates_(budget),
        clock_(clock) {}
  Task<Result<Connection>> Connect(CallContext context, Kind kind,
                                   ProviderConfigPtr config) override;
  // Every credential is read anew before its next use.
  void ReloadCredentials();
  // Its rates are not configured any more.
  void ProviderConfigGone(const std::string& uid);

 private:
  Task<Result<Connection>> ConnectCloud(CallContext context, Kind kind, ProviderConfigPtr config);
  Result<Connection> ConnectPlugin(const ObjectKey& key);
  void ApplyRates(const ProviderConfigObject& config, const Domain& domain);

  aws::AwsConnector& aws_;
  alibaba::AlibabaConnector& alibaba_;
  plugin::PluginConnector& plugins_;
  const ObjectCache& cache_;
  ConfiguredRates rates_;
  const Clock& clock_;
  // The generation of each ProviderConfig whose rates were applied to a domain.
  std::map<std::pair<Domain, std::string>, std::int64_t> applied_;
};

// Counts the codes no error table knows, of both clouds.
class UnknownCodeCounter final : public aws::UnknownCodeSink, public alibaba::UnlistedCodes {
 public:
  explicit UnknownCodeCounter(Metrics& metrics) : metrics_(metrics) {}
  void OnUnknownCode(std::string_view service, std::string_view operation, std::string_view code,
                     int http_status) override;
  void Count(std::string_view service, std::string_view operation, std::string_view code,
             int status) override;

 private:
  Metrics& metrics_;
};

}  // namespace instanced
