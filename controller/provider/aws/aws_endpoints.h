// Which region and endpoints a ProviderConfig means, given the environment. Pure.
#pragma once

#include <string>
#include <string_view>

#include "api/error/error.h"
#include "api/kinds/object.h"
#include "controller/http/http_client.h"
#include "controller/provider/registry.h"

namespace instanced::aws {

// Validation names the field and the variables when there is none, or a word that is no region.
Result<std::string> ResolveRegion(const ProviderConfigObject& config,
                                  const EnvironmentVariables& environment);

// `service` is "connect", "scn" or "sts". Validation names the field or variable of a bad URL.
Result<HttpEndpoint> ResolveEndpoint(const ProviderConfigObject& config,
                                     const EnvironmentVariables& environment,
                                     std::string_view service, std::string_view region);

}  // namespace instanced::aws
