#include "controller/provider/alibaba/alibaba_settings.h"

#include <array>
#include <optional>

#include <fmt/format.h>

#include "controller/provider/alibaba/credential_plan.h"

namespace instanced::alibaba {
namespace {

struct EndpointRow {
  std::string_view service;
  std::string_view region;  // empty: any other
  std::string_view host;
  std::string_view vpc_host;  // empty: none is published
};

constexpr auto kEndpoints = std::to_array<EndpointRow>({
    {"ccc", "cn-shanghai", "ccc.cn-shanghai.aliyuncs.com", "ccc-vpc.cn-shanghai.aliyuncs.com"},
    {"ccc", "cn-hangzhou", "ccc.cn-hangzhou.aliyuncs.com", ""},
    {"ccc", "", "ccc.aliyuncs.com", ""},
    {"outboundbot", "cn-shanghai", "outboundbot.cn-shanghai.aliyuncs.com",
     "outboundbot-vpc.cn-shanghai.aliyuncs.com"},
});

bool UsesVpc(const EnvironmentVariables& environment) {
  return Variable(environment, "ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED") == "true";
}

std::string EndpointVariable(std::string_view service) {
  std::string name = "ALIBABA_CLOUD_ENDPOINT_";
  for (const char c : service) name.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c);
  return name;
}

std::string StsHost(const EnvironmentVariables& environment, const std::string& region) {
  std::string_view sts_region = Variable(environment, "ALIBABA_CLOUD_STS_REGION");
  if (UsesVpc(environment)) {
    if (sts_region.empty()) sts_region = region;
    return fmt::format("sts-vpc.{}.aliyuncs.com", sts_region);
  }
  if (sts_region.empty()) return "sts.aliyuncs.com";
  return fmt::format("sts.{}.aliyuncs.com", sts_region);
}

std::optional<std::string> PublishedHost(std::string_view service, const std::string& region,
                                         const EnvironmentVariables& environment) {
  if (service == "sts") return StsHost(environment, region);
  for (const EndpointRow& row : kEndpoints) {
    if (row.service != service || (!row.region.empty() && row.region != region)) continue;
    const bool inside = UsesVpc(environment) && !row.vpc_host.empty();
    return std::string(inside ? row.vpc_host : row.host);
  }
  return std::nullopt;
}

Result<HttpEndpoint> Parse(const std::string& url, std::string_view origin) {
  auto endpoint = ParseEndpoint(url);
  if (endpoint) return endpoint;
  Error error = std::move(endpoint.error());
  error.error_class = ErrorClass::kValidation;
  error.message = fmt::format("{}: {}", origin, error.message);
  return std::unexpected(std::move(error));
}

}  // namespace

Result<std::string> ResolveRegion(const CloudConfig& config,
                                  const EnvironmentVariables& environment) {
  if (!config.region.empty()) return config.region;
  for (const std::string_view name :
       {"ALIBABA_CLOUD_REGION_ID", "ALIBABA_CLOUD_REGION", "ALICLOUD_REGION"}) {
    if (const auto value = Variable(environment, name); !value.empty()) return std::string(value);
  }
  return Fail(ErrorClass::kValidation, "NoRegion",
              "no region: set spec.alibaba.region of the ProviderConfig, or the variable "
              "ALIBABA_CLOUD_REGION_ID");
}

Result<HttpEndpoint> ResolveEndpoint(std::string_view service, const std::string& region,
                                     const CloudConfig& config,
                                     const EnvironmentVariables& environment) {
  if (const auto own = config.endpoints.find(std::string(service)); own != config.endpoints.end()) {
    return Parse(own->second, fmt::format("spec.alibaba.endpoints.{}", service));
  }
  const std::string variable = EndpointVariable(service);
  if (const auto value = Variable(environment, variable); !value.empty()) {
    return Parse(std::string(value), variable);
  }
  if (const auto host = PublishedHost(service, region, environment)) {
    return Parse("https://" + *host, service);
  }
  return Fail(ErrorClass::kValidation, "NoEndpoint",
              fmt::format("{} has no published endpoint in region {}: set "
                          "spec.alibaba.endpoints.{}, or the variable {}",
                          service, region, service, variable));
}

Result<HttpEndpoint> MetadataEndpoint(const EnvironmentVariables& environment) {
  constexpr std::string_view kVariable = "ALIBABA_CLOUD_ECS_METADATA_ENDPOINT";
  const auto value = Variable(environment, kVariable);
  return Parse(value.empty() ? "http://100.100.100.200" : std::string(value), kVariable);
}

}  // namespace instanced::alibaba
