// From how a call ended to an Error of our classes; the table is in provider.proto, "Errors".
// Pure. Threads: any.
#pragma once

#include <string_view>

#include "api/error/error.h"
#include "controller/provider/plugin/rpc.h"

namespace instanced::plugin {

// Source of the codes: https://grpc.io/docs/guides/status-codes/
inline constexpr int kStatusOk = 0;
inline constexpr int kStatusDeadlineExceeded = 4;
inline constexpr int kStatusNotFound = 5;
inline constexpr int kStatusUnimplemented = 12;
inline constexpr int kStatusUnavailable = 14;

// "DeadlineExceeded"; "Status99" for what gRPC does not know.
std::string StatusName(int status);

// For an answer whose status is not OK, or that was cut.
Error ErrorFrom(Verb verb, const RpcAnswer& answer);
// Whether the failure carried an ErrorDetail that can be read, with a class.
enum class Detail { kMissing, kUnreadable, kWithoutClass, kWithoutCode, kGood };
Detail DetailOf(const RpcAnswer& answer);

// For an answer that breaks the contract: Terminal for a read; for a mutating verb InDoubt.
std::unexpected<Error> BrokenAnswer(Verb verb, std::string why);

}  // namespace instanced::plugin
