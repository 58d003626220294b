// From the proxy variables, as text, to the HTTP client's settings.
#pragma once

#include "api/error/error.h"
#include "controller/config/config.h"
#include "controller/http/proxy.h"

namespace instanced {

// Validation, naming the variable but never its value (it may hold a password), for what is no
// http proxy.
Result<ProxySettings> ProxySettingsFrom(const ProxyVariables& variables);

}  // namespace instanced
