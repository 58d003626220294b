// CloudConnectors: the ProviderRegistry of the built-in clouds.
//
// Threads: the loop's. Ownership: borrows both connectors.
#pragma once

#include "controller/provider/alibaba/alibaba_connector.h"
#include "controller/provider/aws/aws_connector.h"
#include "controller/provider/registry.h"
#include "controller/telemetry/metrics.h"

namespace instanced {

class CloudConnectors final : public ProviderRegistry {
 public:
  CloudConnectors(aws::AwsConnector& aws, alibaba::AlibabaConnector& alibaba)
      : aws_(aws), alibaba_(alibaba) {}
  Task<Result<Connection>> Connect(CallContext context, Kind kind,
                                   ProviderConfigPtr config) override;
  // Every credential is read anew before its next use.
  void ReloadCredentials();

 private:
  aws::AwsConnector& aws_;
  alibaba::AlibabaConnector& alibaba_;
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
