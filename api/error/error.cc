#include "api/error/error.h"

#include <array>
#include <utility>

namespace instanced {
namespace {

constexpr std::array<std::pair<ErrorClass, std::string_view>, 16> kNames{{
    {ErrorClass::kThrottled, "Throttled"},
    {ErrorClass::kBusy, "Busy"},
    {ErrorClass::kTaken, "Taken"},
    {ErrorClass::kTransient, "Transient"},
    {ErrorClass::kInDoubt, "InDoubt"},
    {ErrorClass::kNotFound, "NotFound"},
    {ErrorClass::kAuth, "Auth"},
    {ErrorClass::kQuota, "Quota"},
    {ErrorClass::kChurn, "Churn"},
    {ErrorClass::kNotOffered, "NotOffered"},
    {ErrorClass::kValidation, "Validation"},
    {ErrorClass::kTerminal, "Terminal"},
    {ErrorClass::kWriteConflict, "WriteConflict"},
    {ErrorClass::kDeferred, "Deferred"},
    {ErrorClass::kStore, "Store"},
    {ErrorClass::kCancelled, "Cancelled"},
}};

}  // namespace

std::string_view ToString(ErrorClass error_class) {
  for (const auto& [value, name] : kNames) {
    if (value == error_class) return name;
  }
  std::unreachable();
}

std::optional<ErrorClass> ParseErrorClass(std::string_view word) {
  for (const auto& [value, name] : kNames) {
    if (name == word) return value;
  }
  return std::nullopt;
}

std::unexpected<Error> Fail(ErrorClass error_class, std::string code, std::string message) {
  Error error;
  error.error_class = error_class;
  error.code = std::move(code);
  error.message = std::move(message);
  error.reach = Reach::kNotSent;
  return std::unexpected(std::move(error));
}

}  // namespace instanced
