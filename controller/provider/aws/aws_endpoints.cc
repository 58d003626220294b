#include "controller/provider/aws/aws_endpoints.h"

#include <utility>
#include <vector>

#include "controller/provider/aws/aws_region.h"
#include "controller/provider/aws/credentials/credential_fetcher.h"

namespace instanced::aws {
namespace {

std::vector<std::string> EndpointVariables(std::string_view service) {
  if (service == "connect") return {"AWS_ENDPOINT_URL_CONNECT", "AWS_ENDPOINT_URL"};
  if (service == "sts") return {"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"};
  return {"AWS_ENDPOINT_URL_SCN", "AWS_ENDPOINT_URL_SUPPLYCHAIN", "AWS_ENDPOINT_URL"};
}

Result<HttpEndpoint> Parse(std::string_view url, std::string_view from) {
  auto endpoint = ParseEndpoint(url);
  if (!endpoint) endpoint.error().message.insert(0, std::string(from) + ": ");
  return endpoint;
}

}  // namespace

Result<std::string> ResolveRegion(const ProviderConfigObject& config,
                                  const EnvironmentVariables& environment) {
  std::string region = config.spec.aws ? config.spec.aws->region : std::string();
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (region.empty()) region = Variable(environment, name);
  }
  if (region.empty()) {
    return Fail(ErrorClass::kValidation, "NoRegion",
                "no AWS region: set spec.aws.region of ProviderConfig " + config.meta.key.name +
                    ", or the variable AWS_REGION");
  }
  if (CheckRegion(region) == RegionForm::kInvalid) {
    return Fail(ErrorClass::kValidation, "InvalidRegion",
                "\"" + region +
                    "\" is no AWS region; it comes from spec.aws.region of "
                    "ProviderConfig " +
                    config.meta.key.name + " or from AWS_REGION");
  }
  return region;
}

Result<HttpEndpoint> ResolveEndpoint(const ProviderConfigObject& config,
                                     const EnvironmentVariables& environment,
                                     std::string_view service, std::string_view region) {
  if (config.spec.aws) {
    const auto& endpoints = config.spec.aws->endpoints;
    const auto it = endpoints.find(std::string(service));
    if (it != endpoints.end()) {
      return Parse(it->second, "spec.aws.endpoints." + std::string(service));
    }
  }
  for (const std::string& name : EndpointVariables(service)) {
    const auto url = Variable(environment, name);
    if (!url.empty()) return Parse(url, name);
  }
  return ServiceEndpoint(service, region);
}

}  // namespace instanced::aws
