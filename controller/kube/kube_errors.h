// What the API server's refusals mean to us: `Status` bodies and transport failures to Error.
//
// The body's reason decides before the HTTP status; code is the reason ("Conflict", "Expired"),
// http_status the status, retry_after from the header Retry-After or the body's
// details.retryAfterSeconds. Messages are the server's own, shortened, as it says no secrets.
// Facts: k8s.io/apimachinery meta/v1 StatusReason. Pure; any thread.
#pragma once

#include <string_view>

#include "api/error/error.h"
#include "controller/http/http_client.h"

namespace instanced {

// `status` is anything but 2xx; `body` what came with it.
Error KubeErrorOf(int status, const HttpHeaders& headers, std::string_view body,
                  std::string_view operation);
Error KubeErrorOf(const HttpError& failure, std::string_view operation);

// The server no longer has the history asked for: list again.
bool IsGone(const Error& error);
// A refused change because it was meant for another life of the object.
inline constexpr std::string_view kUidMismatchCode = "UidMismatch";

}  // namespace instanced
