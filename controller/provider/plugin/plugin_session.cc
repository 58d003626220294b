#include "controller/provider/plugin/plugin_session.h"

#include <algorithm>
#include <utility>

#include "controller/provider/plugin/plugin_errors.h"

namespace instanced::plugin {
namespace {

constexpr int kLateGreetings = 2;

Error Unavailable(const std::string& name, const Error& cause) {
  Error error;
  // What only a new program or configuration can mend is not tried again and again.
  error.error_class =
      cause.error_class == ErrorClass::kTerminal || cause.error_class == ErrorClass::kValidation
          ? ErrorClass::kTerminal
          : ErrorClass::kTransient;
  error.code = "PluginUnavailable";
  error.message = "plugin " + name + " cannot be used (" + cause.code + ": " + cause.message +
                  "); its instances stay as they are";
  error.reach = Reach::kNotSent;
  return error;
}

// Without gRPC's own words around the one that matters.
std::string CauseOf(const Error& why) {
  std::string text = why.message;
  for (const std::string_view noise :
       {"failed to connect to all addresses; last error: ", "UNKNOWN: "}) {
    if (text.starts_with(noise)) text.erase(0, noise.size());
  }
  return why.code + ": " + text;
}

}  // namespace

PluginSession::PluginSession(const Clock& clock, std::string name, std::string daemon_version,
                             std::unique_ptr<RpcTransport> transport, PluginTimings timings,
                             SessionHooks hooks)
    : clock_(clock),
      name_(std::move(name)),
      daemon_version_(std::move(daemon_version)),
      transport_(std::move(transport)),
      timings_(timings),
      hooks_(std::move(hooks)),
      since_(clock.WallNow()) {
  Error early;
  early.code = "Starting";
  early.message = "it has not answered yet";
  why_ = Unavailable(name_, early);
}

Task<void> PluginSession::Run(StopToken stop) {
  const auto waking = stop.OnStop([this] { wake_.Notify(); });
  useless_since_ = clock_.Now();
  while (!stop.StopRequested()) {
    auto checking = Check(stop);
    co_await checking;
    const auto now = clock_.Now();
    if (useless_since_ && now - *useless_since_ >= timings_.hopeless_after) {
      useless_since_ = now;
      hooks_.on_hopeless();
    }
    const bool well = facts_ != nullptr && late_ == 0;
    auto waiting = wake_.Wait(now + (well ? timings_.health_interval : timings_.retry_pause));
    co_await waiting;
  }
}

RpcCall PluginSession::CallOf(Verb verb, std::string request, Duration limit,
                              StopToken stop) const {
  return {verb, std::move(request), clock_.Now() + limit, std::move(stop)};
}

Task<void> PluginSession::Check(StopToken stop) {
  auto greeting_call = transport_->Call(
      CallOf(Verb::kHandshake, EncodeHandshake(daemon_version_), timings_.health_timeout, stop));
  const RpcAnswer answer = co_await greeting_call;
  if (stop.StopRequested()) co_return;
  auto greeting = DecodeHandshake(answer);
  if (!greeting) {
    const bool late = answer.status == kStatusDeadlineExceeded;
    late_ = late ? late_ + 1 : kLateGreetings;
    if (!facts_ || late_ >= kLateGreetings) Lose(std::move(greeting.error()));
    co_return;
  }
  late_ = 0;
  if (facts_ && facts_->greeting == *greeting) {
    useless_since_.reset();
    co_return;
  }
  auto reading = ReadSchema(stop, greeting->updates);
  auto schema = co_await reading;
  if (stop.StopRequested()) co_return;
  if (!schema) {
    Lose(std::move(schema.error()));
    co_return;
  }
  Use(*std::move(greeting), *std::move(schema));
}

Task<Result<std::shared_ptr<const PluginSchema>>> PluginSession::ReadSchema(StopToken stop,
                                                                            Updates updates) {
  auto call = transport_->Call(CallOf(Verb::kGetSchema, "", timings_.schema_timeout, stop));
  const RpcAnswer answer = co_await call;
  auto text = DecodeSchema(answer);
  if (!text) co_return std::unexpected(std::move(text.error()));
  co_return PluginSchema::Parse(*text, updates);
}

void PluginSession::Use(Greeting greeting, std::shared_ptr<const PluginSchema> schema) {
  slots_.SetLimit(greeting.calls_max);
  useless_since_.reset();
  if (!facts_) since_ = clock_.WallNow();
  if (!std::exchange(was_there_, true)) last_failure_.reset();
  facts_ = std::make_shared<const PluginFacts>(std::move(greeting), std::move(schema));
  hooks_.on_ready(*facts_);
}

void PluginSession::Lose(Error why) {
  auto now_why = Unavailable(name_, why);
  const bool news = facts_ != nullptr || now_why != why_;
  if (facts_) since_ = clock_.WallNow();
  if (news) last_failure_ = PluginFailure{CauseOf(why), clock_.WallNow()};
  why_ = std::move(now_why);
  facts_.reset();
  if (!useless_since_) useless_since_ = clock_.Now();
  if (news) hooks_.on_lost(why_);
}

Task<Result<PluginSession::Exchanged>> PluginSession::Exchange(CallContext context, CallGate& gate,
                                                               Verb verb, std::string request) {
  if (!facts_) co_return std::unexpected(why_);
  auto taking = slots_.Take();
  const auto slot = co_await taking;
  if (!facts_) co_return std::unexpected(why_);
  if (clock_.Now() >= context.deadline || context.stop.StopRequested()) {
    co_return Fail(ErrorClass::kTransient, "PluginBusy",
                   "plugin " + name_ + " had no room for another call in time");
  }
  if (auto entered = gate.Enter(context, ToString(verb)); !entered) {
    co_return std::unexpected(std::move(entered.error()));
  }
  const auto begun = clock_.Now();
  auto call = transport_->Call({verb, std::move(request), context.deadline, context.stop});
  Exchanged exchanged;
  exchanged.answer = co_await call;
  exchanged.latency = clock_.Now() - begun;
  // Broken off, or late: the health check tells at once whether it is still there.
  const int status = exchanged.answer.status;
  if (status == kStatusUnavailable || status == kStatusDeadlineExceeded) wake_.Notify();
  co_return exchanged;
}

}  // namespace instanced::plugin
