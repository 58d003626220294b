#include "tests/cloudsim/api/simulator.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tests/cloudsim/api/render.h"
#include "tests/cloudsim/api/sts.h"
#include "tests/cloudsim/world/ccc.h"
#include "tests/cloudsim/world/connect.h"
#include "tests/cloudsim/world/outbound_bot.h"
#include "tests/cloudsim/world/supply_chain.h"

namespace instanced::cloudsim {
namespace {

const std::map<std::string, Operation>* OperationsOf(Service service) {
  switch (service) {
    case Service::kConnect:
      return &ConnectOperations();
    case Service::kSupplyChain:
      return &SupplyChainOperations();
    case Service::kCcc:
      return &CccOperations();
    case Service::kOutboundBot:
      return &OutboundBotOperations();
    default:
      return nullptr;
  }
}

bool IsSts(Service service) {
  return service == Service::kAwsSts || service == Service::kAlibabaSts;
}

std::optional<Refusal> RouteFault(const Route& route) {
  if (!route.body_fault.empty()) {
    return Refusal{400, "SerializationException", route.body_fault};
  }
  if (route.protocol == Protocol::kRpc) {
    if (route.service == Service::kUnknown) {
      return Refusal{400, route.version.empty() ? "MissingVersion" : "InvalidVersion",
                     "Specified parameter Version is not valid."};
    }
    if (route.operation.empty()) return Refusal{400, "MissingAction", "Action is mandatory."};
  }
  if (IsSts(route.service)) return std::nullopt;
  const auto* operations = OperationsOf(route.service);
  if (operations && operations->contains(route.operation)) return std::nullopt;
  if (route.protocol == Protocol::kRpc) {
    return Refusal{404, "InvalidAction.NotFound", "The specified action is not found."};
  }
  return Refusal{404, "UnknownOperationException", "There is no such operation."};
}

const char* EndingName(Ending ending) {
  switch (ending) {
    case Ending::kAnswered:
      return "answered";
    case Ending::kReset:
      return "reset";
    case Ending::kSilent:
      return "silent";
    case Ending::kCut:
      return "cut";
    case Ending::kClosed:
      return "closed";
  }
  return "";
}

Refusal ThrottleRefusal(Service service) {
  FaultRule rule;
  rule.action = "throttle";
  return RefusalOf(rule, service, "");
}

}  // namespace

Simulator::Simulator(SimulatorOptions options, Recorder recorder, Millis real_now)
    : options_(std::move(options)),
      recorder_(std::move(recorder)),
      clock_(real_now, options_.time_scale),
      world_(options_.settings, options_.seed, recorder_),
      log_(options_.log_limit) {
  for (const Credential& credential : options_.accounts) credentials_.Add(credential);
}

void Simulator::Begin(Millis real_now) {
  if (clock_.scale() != options_.time_scale) clock_.SetScale(options_.time_scale, real_now);
  recorder_({{"clock", clock_.ToJson()}});
  for (const Credential& credential : options_.accounts) {
    if (credential.cloud == "alibaba") {
      EnsurePreset(world_, credential.account, VirtualNow(real_now));
    }
  }
}

std::string Simulator::RequestId(std::int64_t seq) const {
  const auto mixed = (options_.seed + 1) * 0x9e3779b97f4a7c15ULL;
  return fmt::format("{:08x}-{:04x}-4{:03x}-8000-{:012x}", (mixed >> 32) & 0xffffffff,
                     (mixed >> 16) & 0xffff, mixed & 0xfff, seq);
}

std::optional<Refusal> Simulator::Admit(ActiveCall& call, Millis real_now) {
  const Route& route = call.route;
  if (route.service == Service::kUnknown) return RouteFault(route);
  if (!IsUnsigned(route.operation) || !IsSts(route.service)) {
    const char* signing_name = ServiceName(route.service);
    auto caller =
        route.protocol == Protocol::kRpc
            ? AuthenticateAlibaba(call.request, route.parameters, credentials_, Wall(real_now))
            : AuthenticateAws(call.request, signing_name, credentials_, signer_, Wall(real_now));
    if (!caller) return caller.error();
    call.caller = *std::move(caller);
  }
  if (auto fault = RouteFault(route)) return fault;
  const Settings& settings = world_.settings();
  const auto rate = settings.rates.find(ServiceName(route.service));
  if (settings.rates_mode == "off" || rate == settings.rates.end()) return std::nullopt;
  const std::string bucket = std::string(ServiceName(route.service)) + "\n" + call.caller.account +
                             "\n" + call.caller.region + "\n" + route.operation;
  if (rates_.Take(bucket, rate->second, real_now)) return std::nullopt;
  return ThrottleRefusal(route.service);
}

std::int64_t Simulator::Receive(Request request, Millis real_now) {
  ActiveCall call;
  call.request = std::move(request);
  call.route = RouteOf(call.request);
  call.refusal = Admit(call, real_now);
  CallRecord record;
  record.service = ServiceName(call.route.service);
  record.account = call.caller.account;
  record.access_key = call.caller.access_key;
  record.region = call.caller.region;
  record.operation = call.route.operation;
  record.instance = TargetOf(call.route.input);
  record.name = NameOf(call.route.input);
  record.token = TokenOf(call.route.input);
  const bool mutating = IsMutating(record.operation);
  record.kind = mutating ? "mutating" : "reading";
  record.received_real = real_now;
  record.received_virtual = VirtualNow(real_now);
  call.plan = faults_.Plan({call.route.service, record.account, record.access_key, record.operation,
                            record.instance, call.request.target, call.request.body, mutating},
                           [this] { return world_.Chance(); });
  call.plan.latency += world_.settings().latency_real_ms;
  record.rules = call.plan.rules;
  const std::int64_t seq = log_.Add(std::move(record));
  calls_.emplace(seq, std::move(call));
  if (!watchers_.empty()) Changed(*log_.Find(seq));
  return seq;
}

Outcome Simulator::Carry(const ActiveCall& call, Millis real_now) {
  const Ask ask{call.caller, call.route.input, VirtualNow(real_now), call.plan.directives};
  try {
    if (call.route.service == Service::kAwsSts) {
      return AwsSts(call.route.operation, ask, world_, credentials_, recorder_, Wall(real_now));
    }
    if (call.route.service == Service::kAlibabaSts) {
      return AlibabaSts(call.route.operation, ask, world_, credentials_, recorder_, Wall(real_now));
    }
    return OperationsOf(call.route.service)->at(call.route.operation)(world_, ask);
  } catch (const Json::exception& failure) {
    return Refuse(400, "SerializationException", failure.what());
  }
}

Answer Simulator::Answered(const ActiveCall& call, const Outcome& outcome,
                           const std::string& request_id) {
  const Settings& settings = world_.settings();
  const auto& rule = call.plan.answer;
  const auto action = rule ? ActionOf(rule->action) : std::nullopt;
  const bool spoils = action == Action::kWrongState || action == Action::kMalformedBody ||
                      action == Action::kStringsForScalars;
  if (rule && !spoils) {
    const Refusal refusal = RefusalOf(*rule, call.route.service, call.route.operation);
    if (action == Action::kHtmlError) return RenderHtmlError(refusal);
    if (action == Action::kXmlError) return RenderXmlError(refusal, request_id);
    if (action == Action::kHttp200WithError) {
      return RenderErrorIn200(call.route, refusal, request_id);
    }
    Answer answer = RenderRefusal(call.route, refusal, settings, rule->form, request_id);
    if (action == Action::kThrottle && rule->milliseconds > 0) {
      const bool rpc = call.route.protocol == Protocol::kRpc;
      answer.headers.emplace_back(rpc ? "x-acs-retry-after" : "x-amz-retry-after",
                                  std::to_string(rule->milliseconds));
    }
    return answer;
  }
  if (!outcome) return RenderRefusal(call.route, outcome.error(), settings, "", request_id);
  Done done = *outcome;
  if (action == Action::kWrongState) done.body = WithState(done.body, rule->state);
  Settings told = settings;
  if (action == Action::kStringsForScalars) {
    told.alibaba_scalars = "strings";
    done.body = WithStringScalars(done.body);
  }
  Answer answer = RenderDone(call.route, done, told, request_id);
  if (action == Action::kMalformedBody) {
    answer.body = answer.body.empty() ? "{" : answer.body.substr(0, answer.body.size() / 2);
  }
  return answer;
}

Answer Simulator::Perform(std::int64_t seq, Millis real_now) {
  const ActiveCall& call = calls_.at(seq);
  CallRecord* record = log_.Find(seq);
  Outcome outcome = Done{};
  const bool carried = !call.refusal && !call.plan.RefusesBeforeEffect();
  if (carried) {
    const Service service = call.route.service;
    const Millis now = VirtualNow(real_now);
    std::string id = TargetOf(call.route.input);
    id.erase(0, id.rfind('/') + 1);  // of an ARN
    const Instance* target =
        call.plan.changed_back ? world_.Find(service, id, "", "", now) : nullptr;
    const auto before = target ? std::optional(target->contents) : std::nullopt;
    outcome = Carry(call, real_now);
    const Instance* changed = before ? world_.Find(service, id, "", "", now) : nullptr;
    if (changed) world_.Change(*changed, now, [&](Instance& next) { next.contents = *before; });
  } else if (call.refusal) {
    outcome = std::unexpected(*call.refusal);
  }
  const std::string request_id = RequestId(seq);
  Answer answer = call.refusal
                      ? RenderRefusal(call.route, *call.refusal, world_.settings(), "", request_id)
                      : Answered(call, outcome, request_id);
  if (record) {
    record->status = answer.status;
    const bool refused_by_rule = !carried && !call.refusal;
    record->outcome = refused_by_rule ? call.plan.answer->action
                      : outcome       ? "ok"
                                      : outcome.error().code;
    if (carried) record->effect_real = real_now;
    if (carried && outcome) {
      record->effect = EffectName(outcome->effect);
      if (!outcome->instance_id.empty()) record->instance = outcome->instance_id;
    }
    if (!watchers_.empty()) Changed(*record);
  }
  return answer;
}

void Simulator::Finish(std::int64_t seq, Ending ending, Millis real_now) {
  calls_.erase(seq);
  CallRecord* record = log_.Find(seq);
  if (!record) return;
  record->ending = EndingName(ending);
  if (ending == Ending::kAnswered) record->answered_real = real_now;
  if (!watchers_.empty()) Changed(*record);
}

Answer Simulator::Handle(const Request& request, Millis real_now) {
  const std::int64_t seq = Receive(request, real_now);
  Answer answer = Perform(seq, real_now);
  Finish(seq, Ending::kAnswered, real_now);
  return answer;
}

void Simulator::Hold(std::int64_t seq, HoldPoint point, std::function<void()> resume) {
  calls_.at(seq).resume = std::move(resume);
  CallRecord* record = log_.Find(seq);
  if (!record) return;
  record->held = point == HoldPoint::kReceived ? "received" : "effect";
  if (!watchers_.empty()) Changed(*record);
}

std::size_t Simulator::Release(std::int64_t seq) {
  std::vector<std::pair<std::int64_t, std::function<void()>>> resumed;
  for (auto& [number, call] : calls_) {
    if (call.resume && (seq == 0 || seq == number)) {
      resumed.emplace_back(number, std::exchange(call.resume, nullptr));
    }
  }
  std::ranges::sort(resumed, {}, [](const auto& entry) { return entry.first; });
  for (auto& [number, resume] : resumed) {
    if (CallRecord* record = log_.Find(number)) record->held.clear();
    resume();
  }
  return resumed.size();
}

std::uint64_t Simulator::Watch(CallFilter filter, std::function<void(const CallRecord&)> found) {
  if (const CallRecord* record = log_.First(filter)) {
    found(*record);
    return 0;
  }
  watchers_.push_back({next_ticket_++, std::move(filter), std::move(found)});
  return watchers_.back().ticket;
}

void Simulator::Unwatch(std::uint64_t ticket) {
  watchers_.remove_if([&](const Watcher& watcher) { return watcher.ticket == ticket; });
}

void Simulator::Changed(const CallRecord& record) {
  for (auto at = watchers_.begin(); at != watchers_.end();) {
    if (!Matches(at->filter, record)) {
      ++at;
      continue;
    }
    const auto found = std::move(at->found);
    at = watchers_.erase(at);
    found(record);
  }
}

}  // namespace instanced::cloudsim
