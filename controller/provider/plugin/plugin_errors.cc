#include "controller/provider/plugin/plugin_errors.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "api/provider/v1/provider.pb.h"
#include "controller/provider/plugin/document.h"

namespace instanced::plugin {
namespace {

namespace pb = instanced::provider::v1;

constexpr std::size_t kMessageShown = 512;
constexpr std::size_t kCodeShown = 128;

constexpr std::array<std::string_view, 17> kStatusNames{
    "Ok",       "Cancelled",      "Unknown",          "InvalidArgument",   "DeadlineExceeded",
    "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
    "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
    "DataLoss", "Unauthenticated"};

struct Parsed {
  std::string message;
  std::optional<pb::ErrorDetail> detail;
  Detail state = Detail::kMissing;
};

Parsed Parse(const RpcAnswer& answer) {
  Parsed parsed;
  parsed.message = answer.message;
  if (answer.details.empty()) return parsed;
  pb::Status status;
  parsed.state = Detail::kUnreadable;
  if (!status.ParseFromString(answer.details)) return parsed;
  if (!status.message().empty()) parsed.message = status.message();
  for (const auto& any : status.details()) {
    pb::ErrorDetail detail;
    if (!any.Is<pb::ErrorDetail>() || !any.UnpackTo(&detail)) continue;
    parsed.state = detail.error_class() == pb::ERROR_CLASS_UNSPECIFIED ? Detail::kWithoutClass
                   : detail.code().empty()                             ? Detail::kWithoutCode
                                                                       : Detail::kGood;
    parsed.detail = std::move(detail);
    return parsed;
  }
  parsed.state = Detail::kMissing;
  return parsed;
}

ErrorClass ClassOf(pb::ErrorClass stated) {
  switch (stated) {
    case pb::ERROR_CLASS_THROTTLED:
      return ErrorClass::kThrottled;
    case pb::ERROR_CLASS_BUSY:
      return ErrorClass::kBusy;
    case pb::ERROR_CLASS_TAKEN:
      return ErrorClass::kTaken;
    case pb::ERROR_CLASS_IN_DOUBT:
      return ErrorClass::kInDoubt;
    case pb::ERROR_CLASS_NOT_FOUND:
      return ErrorClass::kNotFound;
    case pb::ERROR_CLASS_AUTH:
      return ErrorClass::kAuth;
    case pb::ERROR_CLASS_QUOTA:
      return ErrorClass::kQuota;
    case pb::ERROR_CLASS_NOT_OFFERED:
      return ErrorClass::kNotOffered;
    case pb::ERROR_CLASS_VALIDATION:
      return ErrorClass::kValidation;
    case pb::ERROR_CLASS_TERMINAL:
      return ErrorClass::kTerminal;
    default:
      return ErrorClass::kTransient;
  }
}

ErrorClass ClassOfStatus(int status) {
  switch (status) {
    case 3:   // INVALID_ARGUMENT
    case 9:   // FAILED_PRECONDITION
    case 11:  // OUT_OF_RANGE
      return ErrorClass::kValidation;
    case 6:  // ALREADY_EXISTS
      return ErrorClass::kTaken;
    case 10:  // ABORTED
      return ErrorClass::kBusy;
    case 7:   // PERMISSION_DENIED
    case 16:  // UNAUTHENTICATED
      return ErrorClass::kAuth;
    case kStatusUnimplemented:
      return ErrorClass::kTerminal;
    default:
      return ErrorClass::kTransient;
  }
}

std::optional<std::chrono::milliseconds> RetryAfter(const pb::ErrorDetail& detail) {
  constexpr std::int64_t kHour = 3600;
  if (!detail.has_retry_after()) return std::nullopt;
  const auto seconds = std::clamp<std::int64_t>(detail.retry_after().seconds(), 0, kHour);
  const auto nanos = std::clamp<std::int64_t>(detail.retry_after().nanos(), 0, 999'999'999);
  return std::chrono::seconds(seconds) + std::chrono::milliseconds(nanos / 1'000'000);
}

// What a class means for this verb: a mutating call that proves nothing is in doubt.
void FitToVerb(Verb verb, Error& error) {
  const bool vague =
      error.error_class == ErrorClass::kTransient || error.error_class == ErrorClass::kInDoubt;
  if (!vague) return;
  const bool mutates = EffectOf(verb) == Effect::kMutate;
  error.error_class = mutates ? ErrorClass::kInDoubt : ErrorClass::kTransient;
  error.reach = Reach::kUnknown;
}

std::string OperationOf(Verb verb) { return "plugin:" + std::string(ToString(verb)); }

}  // namespace

std::string StatusName(int status) {
  if (status >= 0 && status < static_cast<int>(kStatusNames.size())) {
    return std::string(kStatusNames[static_cast<std::size_t>(status)]);
  }
  return "Status" + std::to_string(status);
}

Detail DetailOf(const RpcAnswer& answer) { return Parse(answer).state; }

Error ErrorFrom(Verb verb, const RpcAnswer& answer) {
  Error error;
  error.operation = OperationOf(verb);
  if (answer.cut == Cut::kTooLarge) return BrokenAnswer(verb, "the answer is too large").error();
  if (answer.cut == Cut::kStopped) {
    error.error_class = ErrorClass::kCancelled;
    error.code = "Cancelled";
    error.message = "the call was given up";
    if (EffectOf(verb) == Effect::kMutate) error.error_class = ErrorClass::kInDoubt;
    error.reach = Reach::kUnknown;
    return error;
  }
  const Parsed parsed = Parse(answer);
  error.message = CleanText(parsed.message, kMessageShown);
  if (!parsed.detail) {
    error.error_class = ClassOfStatus(answer.status);
    error.code = StatusName(answer.status);
    FitToVerb(verb, error);
    return error;
  }
  const auto& detail = *parsed.detail;
  error.error_class = ClassOf(detail.error_class());
  error.code =
      detail.code().empty() ? StatusName(answer.status) : CleanText(detail.code(), kCodeShown);
  error.request_id = CleanText(detail.request_id(), kCodeShown);
  error.retry_after = RetryAfter(detail);
  FitToVerb(verb, error);
  if (detail.nothing_done() && error.error_class == ErrorClass::kInDoubt) {
    error.error_class = ErrorClass::kTransient;
    error.reach = Reach::kNotSent;
  }
  return error;
}

std::unexpected<Error> BrokenAnswer(Verb verb, std::string why) {
  Error error;
  const bool mutates = EffectOf(verb) == Effect::kMutate;
  error.error_class = mutates ? ErrorClass::kInDoubt : ErrorClass::kTerminal;
  error.code = "BrokenAnswer";
  error.message = "the plugin's answer breaks the contract: " + std::move(why);
  error.operation = OperationOf(verb);
  error.reach = mutates ? Reach::kUnknown : Reach::kAnswered;
  return std::unexpected(std::move(error));
}

std::string_view ToString(Verb verb) {
  constexpr std::array<std::string_view, 7> kNames{"Handshake", "GetSchema", "Observe", "Create",
                                                   "Update",    "Delete",    "List"};
  return kNames[static_cast<std::size_t>(verb)];
}

Effect EffectOf(Verb verb) {
  switch (verb) {
    case Verb::kCreate:
    case Verb::kUpdate:
    case Verb::kDelete:
      return Effect::kMutate;
    case Verb::kHandshake:
    case Verb::kGetSchema:
    case Verb::kObserve:
    case Verb::kList:
      return Effect::kRead;
  }
  std::unreachable();
}

}  // namespace instanced::plugin
