// PluginSession: whether one plugin can be used now, and why not; every call to it goes through
// here.
//
// Run() greets the plugin, reads its schema, and greets it again every few seconds as the health
// check. A plugin is usable from an acceptable greeting and schema on, until a greeting fails (two
// in a row when it was only late). A new boot_id means that the schema is read anew.
//
// Threads: the loop's. Ownership: the transport is owned; hooks outlive the session.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "controller/clock/clock.h"
#include "controller/provider/call_gate.h"
#include "controller/provider/plugin/call_slots.h"
#include "controller/provider/plugin/plugin_codec.h"
#include "controller/provider/plugin/rpc.h"
#include "controller/task/signal.h"
#include "controller/task/stop.h"
#include "controller/task/task.h"

namespace instanced::plugin {

struct PluginTimings {
  Duration health_interval = std::chrono::seconds(5);
  Duration health_timeout = std::chrono::seconds(2);
  Duration schema_timeout = std::chrono::seconds(5);
  Duration retry_pause = std::chrono::milliseconds(250);
  // A program that we started and that is of no use for so long is started anew.
  Duration hopeless_after = std::chrono::seconds(30);
  // A program that ran so long has forgiven failures.
  Duration proven_after = std::chrono::minutes(1);
  // Between SIGTERM and SIGKILL.
  Duration grace = std::chrono::seconds(3);
};

// What a usable plugin has said of itself.
struct PluginFacts {
  Greeting greeting;
  std::shared_ptr<const PluginSchema> schema;
};

// Why it could not be used: "Unavailable: connection refused".
struct PluginFailure {
  std::string message;
  WallTime at;
};

struct SessionHooks {
  // It can be used from now on, or can be used again, or has another schema.
  std::function<void(const PluginFacts& facts)> on_ready;
  // It cannot be used any more; told once.
  std::function<void(const Error& why)> on_lost;
  // It has been of no use for `hopeless_after`; told again after each further one.
  std::function<void()> on_hopeless;
};

class PluginSession {
 public:
  PluginSession(const Clock& clock, std::string name, std::string daemon_version,
                std::unique_ptr<RpcTransport> transport, PluginTimings timings, SessionHooks hooks);

  Task<void> Run(StopToken stop);

  // Null while the plugin cannot be used; why() says why.
  std::shared_ptr<const PluginFacts> facts() const { return facts_; }
  const Error& why() const { return why_; }
  // When it was last found usable after it was not, or the other way round.
  WallTime since() const { return since_; }
  // The newest, also once it can be used again; what came before it could be used for the first
  // time was its start.
  const std::optional<PluginFailure>& last_failure() const { return last_failure_; }

  struct Exchanged {
    RpcAnswer answer;
    Duration latency{};
  };
  // One call: waits for a slot, passes the gate, and sends. Fails without sending while the plugin
  // cannot be used (Transient) and with what the gate refuses. The caller tells the gate the end.
  Task<Result<Exchanged>> Exchange(CallContext context, CallGate& gate, Verb verb,
                                   std::string request);

 private:
  Task<void> Check(StopToken stop);
  Task<Result<std::shared_ptr<const PluginSchema>>> ReadSchema(StopToken stop, Updates updates);
  RpcCall CallOf(Verb verb, std::string request, Duration limit, StopToken stop) const;
  void Use(Greeting greeting, std::shared_ptr<const PluginSchema> schema);
  void Lose(Error why);

  const Clock& clock_;
  const std::string name_;
  const std::string daemon_version_;
  const std::unique_ptr<RpcTransport> transport_;
  const PluginTimings timings_;
  const SessionHooks hooks_;
  CallSlots slots_;
  Signal wake_;
  std::shared_ptr<const PluginFacts> facts_;
  Error why_;
  WallTime since_;
  std::optional<PluginFailure> last_failure_;
  bool was_there_ = false;
  int late_ = 0;  // greetings in a row that were not answered in time
  std::optional<MonotonicTime> useless_since_;
};

}  // namespace instanced::plugin
