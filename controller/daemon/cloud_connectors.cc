#include "controller/daemon/cloud_connectors.h"

#include <utility>

namespace instanced {

Task<Result<Connection>> CloudConnectors::Connect(CallContext context, Kind kind,
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
      co_return Fail(ErrorClass::kValidation, "NoSuchPlugin",
                     "this daemon was started without plugins; only the built-in clouds work");
  }
  std::unreachable();
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
