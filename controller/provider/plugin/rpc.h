// RpcTransport: one call to a plugin as bytes, without a word of gRPC.
//
// Promises: at most one transmission; the call ends at its deadline or when `stop` is requested,
// whatever the plugin does; answers stay within the bounds below. Codecs (plugin_codec.h,
// plugin_errors.h) give the bytes their meaning.
//
// Threads: the loop's. Ownership: outlives every call in flight.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "controller/clock/clock.h"
#include "controller/task/stop.h"
#include "controller/task/task.h"

namespace instanced::plugin {

inline constexpr std::size_t kMessageBytesMax = 4 << 20;
inline constexpr std::size_t kAnswerBytesMax = 16 << 20;  // all messages of one call
inline constexpr std::size_t kMessagesMax = 1100;

enum class Verb { kHandshake, kGetSchema, kObserve, kCreate, kUpdate, kDelete, kList };
std::string_view ToString(Verb verb);  // the method's name in provider.proto

enum class Effect { kRead, kMutate };
Effect EffectOf(Verb verb);

struct RpcCall {
  Verb verb = Verb::kHandshake;
  std::string request;  // the serialised request message
  MonotonicTime deadline;
  StopToken stop;
};

// How a call ended at our side.
enum class Cut {
  kNone,      // the plugin, or gRPC, ended it
  kStopped,   // we were asked to stop
  kTooLarge,  // more was answered than any answer may hold
};

struct RpcAnswer {
  int status = 0;  // gRPC's code; 0 is OK
  std::string message;
  std::string details;  // "grpc-status-details-bin"
  std::vector<std::string> messages;
  Cut cut = Cut::kNone;
};

class RpcTransport {
 public:
  virtual ~RpcTransport() = default;
  virtual Task<RpcAnswer> Call(RpcCall call) = 0;
};

}  // namespace instanced::plugin
