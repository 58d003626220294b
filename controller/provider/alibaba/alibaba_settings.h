// Region and endpoints of one ProviderConfig: spec first, then environment, then published tables.
//
// Variables: region ALIBABA_CLOUD_REGION_ID, ALIBABA_CLOUD_REGION, ALICLOUD_REGION; endpoints
// ALIBABA_CLOUD_ENDPOINT_CCC, _OUTBOUNDBOT, _STS and ALIBABA_CLOUD_ECS_METADATA_ENDPOINT;
// ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED=true chooses the names inside a VPC where they exist;
// ALIBABA_CLOUD_STS_REGION chooses a regional token service.
//
// Source: aliyun-openapi-meta and the SDKs' endpoint tables. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "api/error/error.h"
#include "api/kinds/provider_config.h"
#include "controller/http/http_client.h"
#include "controller/provider/registry.h"

namespace instanced::alibaba {

// Validation when no region is named anywhere: the message tells field and variable.
Result<std::string> ResolveRegion(const CloudConfig& config,
                                  const EnvironmentVariables& environment);

// `service` is "ccc", "outboundbot" or "sts". Validation for a bad URL, and for OutboundBot outside
// the one region it is published for.
Result<HttpEndpoint> ResolveEndpoint(std::string_view service, const std::string& region,
                                     const CloudConfig& config,
                                     const EnvironmentVariables& environment);

// The metadata service of an ECS host.
Result<HttpEndpoint> MetadataEndpoint(const EnvironmentVariables& environment);

}  // namespace instanced::alibaba
