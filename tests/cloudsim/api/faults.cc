#include "tests/cloudsim/api/faults.h"

#include <algorithm>
#include <array>
#include <utility>

namespace instanced::cloudsim {
namespace {

constexpr std::array<std::pair<const char*, Action>, 23> kActions = {{
    {"throttle", Action::kThrottle},
    {"conflict", Action::kConflict},
    {"5xx", Action::kServerError},
    {"timeout-after-effect", Action::kTimeoutAfterEffect},
    {"reset-before-effect", Action::kResetBeforeEffect},
    {"reset-after-effect", Action::kResetAfterEffect},
    {"close-mid-headers", Action::kCloseMidHeaders},
    {"truncated-body", Action::kTruncatedBody},
    {"slow", Action::kSlow},
    {"malformed-body", Action::kMalformedBody},
    {"html-error", Action::kHtmlError},
    {"xml-error", Action::kXmlError},
    {"expired-token", Action::kExpiredToken},
    {"wrong-state", Action::kWrongState},
    {"latency", Action::kLatency},
    {"hold", Action::kHold},
    {"error-with-code", Action::kErrorWithCode},
    {"http200-with-error", Action::kHttp200WithError},
    {"strings-for-scalars", Action::kStringsForScalars},
    {"create-fails", Action::kCreateFails},
    {"delete-fails", Action::kDeleteFails},
    {"partial-create", Action::kPartialCreate},
    {"changed-back", Action::kChangedBack},
}};

bool IsAws(Service service) {
  return service == Service::kConnect || service == Service::kSupplyChain ||
         service == Service::kAwsSts;
}

bool Fits(const std::string& wanted, const std::string& actual) {
  return wanted.empty() || wanted == actual;
}

bool Matches(const FaultRule& rule, const CallFacts& facts) {
  const bool kind = rule.kind == "any" || (rule.kind == "mutating") == facts.mutating;
  const bool text = rule.contains.empty() ||
                    facts.target.find(rule.contains) != std::string_view::npos ||
                    facts.body.find(rule.contains) != std::string_view::npos;
  return kind && text && Fits(rule.service, ServiceName(facts.service)) &&
         Fits(rule.account, facts.account) && Fits(rule.access_key, facts.access_key) &&
         Fits(rule.operation, facts.operation) &&
         (rule.instance.empty() || facts.instance.find(rule.instance) != std::string::npos);
}

std::string Or(const std::string& text, const char* fallback) {
  return text.empty() ? fallback : text;
}

void Strike(const FaultRule& rule, FaultPlan& plan) {
  using Transport = FaultPlan::Transport;
  switch (*ActionOf(rule.action)) {
    case Action::kLatency:
      plan.latency += rule.milliseconds;
      return;
    case Action::kHold:
      (rule.phase == "effect" ? plan.hold_effect : plan.hold_received) = true;
      return;
    case Action::kCreateFails:
      plan.directives.create_failure = Or(rule.message, "The instance could not be created.");
      return;
    case Action::kDeleteFails:
      plan.directives.delete_failure = Or(rule.message, "The instance could not be deleted.");
      return;
    case Action::kPartialCreate:
      plan.directives.partial_create = "first-number";
      return;
    case Action::kChangedBack:
      plan.changed_back = true;
      return;
    case Action::kTimeoutAfterEffect:
      plan.transport = Transport::kTimeout;
      return;
    case Action::kResetBeforeEffect:
      plan.transport = Transport::kResetBefore;
      return;
    case Action::kResetAfterEffect:
      plan.transport = Transport::kResetAfter;
      return;
    case Action::kCloseMidHeaders:
      plan.transport = Transport::kCloseMidHeaders;
      return;
    case Action::kTruncatedBody:
      plan.transport = Transport::kTruncate;
      return;
    case Action::kSlow:
      plan.transport = Transport::kSlow;
      plan.drip = rule.milliseconds > 0 ? rule.milliseconds : 20;
      return;
    default:
      break;
  }
  if (!plan.answer) plan.answer = rule;
}

Refusal Throttled(Service service) {
  if (IsAws(service)) return {429, "ThrottlingException", "Rate exceeded"};
  return {400, "Throttling.User", "Request was denied due to user flow control."};
}

Refusal Conflict(Service service, bool creating) {
  switch (service) {
    case Service::kConnect:
      return {409, "ResourceConflictException", "A conflicting change."};
    case Service::kSupplyChain:
      return {409, "ConflictException", "A conflicting change."};
    case Service::kCcc:
      if (creating) return {409, "AlreadyExists.InstanceId", "The instance already exists."};
      break;
    case Service::kOutboundBot:
      if (creating) return {400, "InvalidInstanceName.Duplicated", "The name is already used."};
      break;
    default:
      break;
  }
  return {400, "DependencyViolation", "The instance is in use."};
}

const char* ServerErrorCode(Service service, int status) {
  if (status == 503) return "ServiceUnavailable";
  switch (service) {
    case Service::kConnect:
      return "InternalServiceException";
    case Service::kSupplyChain:
      return "InternalServerException";
    case Service::kAwsSts:
      return "InternalFailure";
    case Service::kCcc:
      return "InternalService.Common";
    default:
      return "InternalError";
  }
}

}  // namespace

std::optional<Action> ActionOf(const std::string& name) {
  const auto* found =
      std::ranges::find_if(kActions, [&](const auto& entry) { return name == entry.first; });
  return found == kActions.end() ? std::nullopt : std::optional(found->second);
}

bool FaultPlan::RefusesBeforeEffect() const {
  if (!answer || answer->effect == "after") return false;
  switch (*ActionOf(answer->action)) {
    case Action::kMalformedBody:
    case Action::kWrongState:
    case Action::kStringsForScalars:
      return false;
    default:
      return true;
  }
}

std::expected<std::string, std::string> FaultBook::Add(const Json& rule) {
  if (!rule.is_object()) return std::unexpected("a rule must be a JSON object");
  const Json known = FaultRule{};
  for (const auto& [key, value] : rule.items()) {
    if (!known.contains(key)) return std::unexpected("unknown member '" + key + "'");
  }
  FaultRule parsed;
  try {
    parsed = rule.get<FaultRule>();
  } catch (const Json::exception& failure) {
    return std::unexpected(std::string("member of a wrong type: ") + failure.what());
  }
  if (!ActionOf(parsed.action)) return std::unexpected("unknown action '" + parsed.action + "'");
  if (!parsed.service.empty() && ServiceOf(parsed.service) == Service::kUnknown) {
    return std::unexpected("unknown service '" + parsed.service + "'");
  }
  if (parsed.phase != "received" && parsed.phase != "effect") {
    return std::unexpected("phase must be received or effect");
  }
  if (parsed.id.empty()) parsed.id = "fault-" + std::to_string(next_++);
  Remove(parsed.id);
  rules_.push_back(parsed);
  return parsed.id;
}

bool FaultBook::Remove(const std::string& id) {
  return std::erase_if(rules_, [&](const FaultRule& rule) { return rule.id == id; }) > 0;
}

FaultPlan FaultBook::Plan(const CallFacts& facts, const std::function<double()>& chance) {
  FaultPlan plan;
  for (FaultRule& rule : rules_) {
    if (!Matches(rule, facts)) continue;
    ++rule.seen;
    if (rule.seen < rule.nth || (rule.count > 0 && rule.struck >= rule.count)) continue;
    if (rule.probability < 1 && chance() >= rule.probability) continue;
    ++rule.struck;
    plan.rules.push_back(rule.id);
    Strike(rule, plan);
  }
  return plan;
}

Refusal RefusalOf(const FaultRule& rule, Service service, const std::string& operation) {
  Refusal refusal;
  switch (*ActionOf(rule.action)) {
    case Action::kThrottle:
      refusal = Throttled(service);
      break;
    case Action::kConflict:
      refusal = Conflict(service, operation == "CreateInstance");
      break;
    case Action::kExpiredToken:
      refusal = IsAws(service)
                    ? Refusal{403, "ExpiredTokenException", "The security token is expired."}
                    : Refusal{400, "InvalidSecurityToken.Expired", "The token has expired."};
      break;
    case Action::kHtmlError:
      refusal = {503, "ServiceUnavailable", "Service Unavailable"};
      break;
    case Action::kErrorWithCode:
      refusal = {400, "InvalidParameter", "Simulated error."};
      break;
    default: {
      const int status = rule.status != 0 ? rule.status : 500;
      refusal = {status, ServerErrorCode(service, status), "The service failed."};
    }
  }
  if (rule.status != 0) refusal.status = rule.status;
  if (!rule.code.empty()) refusal.code = rule.code;
  if (!rule.message.empty()) refusal.message = rule.message;
  return refusal;
}

}  // namespace instanced::cloudsim
