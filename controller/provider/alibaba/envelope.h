// One answer of an RPC API, read whatever its dress: JSON or XML, success or error.
//
// Success has two layers: HTTP 2xx and a body Code of OK, Success or 200 (or none at all). A 200
// whose Code is anything else, or whose Success is false, is an error, and the body's
// HttpStatusCode is then the status that counts.
// Threads: any.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "controller/http/http_client.h"

namespace instanced::alibaba {

enum class Verdict {
  kSuccess,
  kError,
  kUnreadable,  // neither JSON nor XML, or none of the envelope's members
};

struct Envelope {
  Verdict verdict = Verdict::kUnreadable;
  int status = 0;       // the effective status
  std::string code;     // "Http502" where the answer named none
  std::string message;  // empty where the answer said 无
  std::string request_id;
  std::optional<std::chrono::milliseconds> retry_after;
  nlohmann::json body = nlohmann::json::object();
};

Envelope DecodeEnvelope(const HttpResponse& response);

// What the headers say about waiting: x-acs-retry-after (milliseconds), else X-RateLimit-User-API
// and X-RateLimit-User ("Remain:0,TimeLeft:1500", exhausted when Remain is below 1 and not -1),
// whose TimeLeft gets 100 ms on top. None of them need be there. At most one hour.
std::optional<std::chrono::milliseconds> ThrottleHint(const HttpHeaders& headers);

}  // namespace instanced::alibaba
