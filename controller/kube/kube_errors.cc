#include "controller/kube/kube_errors.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include <nlohmann/json.hpp>

#include "api/error/cut_text.h"

namespace instanced {
namespace {

constexpr std::size_t kMessageMax = 500;
constexpr int kGone = 410;

struct ReasonRow {
  std::string_view reason;
  ErrorClass error_class;
};
constexpr std::array<ReasonRow, 17> kReasons = {{
    {"Conflict", ErrorClass::kWriteConflict},
    {"AlreadyExists", ErrorClass::kTaken},
    {"NotFound", ErrorClass::kNotFound},
    {"Unauthorized", ErrorClass::kAuth},
    {"Forbidden", ErrorClass::kAuth},
    {"Invalid", ErrorClass::kValidation},
    {"BadRequest", ErrorClass::kValidation},
    {"RequestEntityTooLarge", ErrorClass::kValidation},
    {"MethodNotAllowed", ErrorClass::kTerminal},
    {"NotAcceptable", ErrorClass::kTerminal},
    {"UnsupportedMediaType", ErrorClass::kTerminal},
    {"TooManyRequests", ErrorClass::kThrottled},
    {"Timeout", ErrorClass::kTransient},
    {"ServerTimeout", ErrorClass::kTransient},
    {"InternalError", ErrorClass::kTransient},
    {"Expired", ErrorClass::kTransient},
    {"ServiceUnavailable", ErrorClass::kTransient},
}};

ErrorClass ClassOf(int status, std::string_view reason) {
  const auto row = std::ranges::find(kReasons, reason, &ReasonRow::reason);
  if (row != kReasons.end()) return row->error_class;
  switch (status) {
    case 401:
    case 403:
      return ErrorClass::kAuth;
    case 404:
      return ErrorClass::kNotFound;
    case 409:
      return ErrorClass::kWriteConflict;
    case 400:
    case 413:
    case 422:
      return ErrorClass::kValidation;
    case 429:
      return ErrorClass::kThrottled;
    default:
      break;
  }
  // 410 included: what was asked for is gone, not the object.
  const bool ours = status >= 300 && status < 500 && status != kGone && status != 408;
  return ours ? ErrorClass::kTerminal : ErrorClass::kTransient;
}

std::optional<std::chrono::milliseconds> SecondsOf(std::string_view text) {
  int seconds = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (failure != std::errc() || end != text.data() + text.size() || seconds < 0) return {};
  return std::chrono::seconds(seconds);
}

std::string TextOf(const nlohmann::json& status, const char* name) {
  const auto it = status.find(name);
  return it != status.end() && it->is_string() ? it->get<std::string>() : std::string();
}

void TakeDetails(const nlohmann::json& details, Error& error) {
  if (!details.is_object()) return;
  if (const auto it = details.find("retryAfterSeconds");
      it != details.end() && it->is_number_integer() && it->get<int>() > 0 && !error.retry_after) {
    error.retry_after = std::chrono::seconds(it->get<int>());
  }
  const auto causes = details.find("causes");
  if (causes == details.end() || !causes->is_array()) return;
  for (const auto& cause : *causes) {
    if (cause.is_object() && TextOf(cause, "field") == "metadata.uid") {
      error.error_class = ErrorClass::kWriteConflict;
      error.code = kUidMismatchCode;
    }
  }
}

}  // namespace

Error KubeErrorOf(int status, const HttpHeaders& headers, std::string_view body,
                  std::string_view operation) {
  Error error;
  error.operation = operation;
  error.http_status = status;
  error.retry_after = SecondsOf(FindHeader(headers, "Retry-After"));
  error.request_id = FindHeader(headers, "Audit-Id");
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (json.is_object() && TextOf(json, "kind") == "Status") {
    error.code = TextOf(json, "reason");
    error.message = CutUtf8(TextOf(json, "message"), kMessageMax);
  }
  error.error_class = ClassOf(status, error.code);
  if (json.is_object() && json.contains("details")) TakeDetails(json["details"], error);
  if (error.code.empty()) error.code = "HTTP" + std::to_string(status);
  if (error.message.empty()) {
    error.message = "the API server answered with HTTP status " + std::to_string(status);
  }
  return error;
}

Error KubeErrorOf(const HttpError& failure, std::string_view operation) {
  Error error;
  error.error_class =
      failure.failure == HttpFailure::kStopped ? ErrorClass::kCancelled : ErrorClass::kTransient;
  error.code = ToString(failure.failure);
  error.message = "API server: " + failure.message;
  error.operation = operation;
  error.reach = failure.reach;
  return error;
}

bool IsGone(const Error& error) { return error.http_status == kGone || error.code == "Expired"; }

}  // namespace instanced
