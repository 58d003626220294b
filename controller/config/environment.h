// The process environment, read once. The one place that looks at it.
#pragma once

#include <map>
#include <string>

#include "controller/config/config.h"

namespace instanced {

// All variables of this process; a name that occurs twice keeps its first value.
std::map<std::string, std::string> ReadEnvironment();

// The part of an environment providers may see: AWS_*, ALIBABA_*, ALIBABACLOUD_*, the proxy
// variables in both cases, HOME.
std::map<std::string, std::string> ProviderVariables(
    const std::map<std::string, std::string>& environment);

// http_proxy, https_proxy, no_proxy, lower case before upper case, then all_proxy. HTTP_PROXY in
// upper case is ignored when REQUEST_METHOD is set, as a CGI server would let a client choose it.
ProxyVariables ReadProxySettings(const std::map<std::string, std::string>& environment);

}  // namespace instanced
