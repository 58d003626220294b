#include "tests/cloudsim/server/control_desk.h"

#include <algorithm>
#include <charconv>

namespace instanced::cloudsim {
namespace {

std::string Value(const Pairs& query, const std::string& name) {
  const auto found = std::ranges::find(query, name, [](const auto& pair) { return pair.first; });
  return found == query.end() ? "" : found->second;
}

ControlAnswer Bad(const std::string& sentence) { return {400, {{"error", sentence}}}; }

ControlAnswer From(const std::expected<void, std::string>& result) {
  return result ? ControlAnswer{} : Bad(result.error());
}

ControlAnswer Calls(Simulator& simulator, const Pairs& query) {
  Json list = Json::array();
  const auto limit = static_cast<std::size_t>(NumberIn(query, "limit", 100'000));
  for (const CallRecord* record : simulator.log().List(FilterOf(query), limit)) {
    list.push_back(*record);
  }
  return {200, {{"calls", std::move(list)}, {"last", simulator.log().last()}}};
}

ControlAnswer Faults(Simulator& simulator, const ControlRequest& request, const Json& body) {
  FaultBook& book = simulator.faults();
  if (request.method == "GET") return {200, {{"faults", book.rules()}}};
  if (request.method == "DELETE") {
    const std::string id = Value(request.query, "id");
    if (id.empty()) {
      book.Clear();
      return {};
    }
    return book.Remove(id) ? ControlAnswer{} : Bad("no such rule");
  }
  const auto id = book.Add(body);
  return id ? ControlAnswer{200, {{"id", *id}}} : Bad(id.error());
}

ControlAnswer Instances(Simulator& simulator, const ControlRequest& request, const Json& body,
                        Millis real_now) {
  if (request.method == "GET") {
    return {200, {{"instances", simulator.Instances(FilterOf(request.query), real_now)}}};
  }
  const auto id = simulator.CreateForeign(body, real_now);
  return id ? ControlAnswer{200, {{"id", *id}}} : Bad(id.error());
}

ControlAnswer Credentials(Simulator& simulator) {
  Json list = Json::array();
  for (const Credential& credential : simulator.credentials().All()) {
    list.push_back({{"cloud", credential.cloud},
                    {"account", credential.account},
                    {"access_key", credential.access_key},
                    {"arn", credential.arn},
                    {"expires_at", credential.expires_at}});
  }
  return {200, {{"credentials", std::move(list)}}};
}

ControlAnswer Read(Simulator& simulator, const ControlRequest& request, Millis real_now) {
  if (request.path == "/control/calls") return Calls(simulator, request.query);
  if (request.path == "/control/settings") return {200, simulator.world().settings()};
  if (request.path == "/control/credentials") return Credentials(simulator);
  if (request.path == "/control/stats") return {200, simulator.Statistics(real_now)};
  if (request.path == "/control/health") return {200, {{"status", "ok"}}};
  return {404, {{"error", "no such control operation"}}};
}

ControlAnswer Write(Simulator& simulator, const ControlRequest& request, const Json& body,
                    Millis real_now) {
  if (request.path == "/control/drift") return From(simulator.Drift(body, real_now));
  if (request.path == "/control/vanish") return From(simulator.Vanish(body, real_now));
  if (request.path == "/control/settings") return From(simulator.ChangeSettings(body));
  if (request.path == "/control/expire") return From(simulator.ExpireCredential(body, real_now));
  if (request.path == "/control/clock") {
    const auto set = simulator.SetClock(body, real_now);
    return set ? ControlAnswer{200, simulator.Statistics(real_now)} : Bad(set.error());
  }
  if (request.path == "/control/release") {
    const Json seq = body.value("seq", Json(0));
    if (!seq.is_number_integer()) return Bad("seq must be a number");
    return {200, {{"released", simulator.Release(seq.get<std::int64_t>())}}};
  }
  if (request.path == "/control/reset") {
    simulator.Reset(real_now);
    return {};
  }
  return {404, {{"error", "no such control operation"}}};
}

}  // namespace

CallFilter FilterOf(const Pairs& query) {
  return {NumberIn(query, "since", 0), Value(query, "phase"),     Value(query, "service"),
          Value(query, "account"),     Value(query, "operation"), Value(query, "instance"),
          Value(query, "name"),        Value(query, "kind")};
}

std::int64_t NumberIn(const Pairs& query, const std::string& name, std::int64_t otherwise) {
  const std::string text = Value(query, name);
  std::int64_t value = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

ControlAnswer ServeControl(Simulator& simulator, const ControlRequest& request, Millis real_now) {
  Json body = request.body.empty() ? Json::object() : Json::parse(request.body, nullptr, false);
  if (!body.is_object()) return Bad("the body must be a JSON object");
  if (request.path == "/control/faults") return Faults(simulator, request, body);
  if (request.path == "/control/instances") return Instances(simulator, request, body, real_now);
  if (request.method == "GET") return Read(simulator, request, real_now);
  if (request.method == "POST") return Write(simulator, request, body, real_now);
  return {404, {{"error", "no such control operation"}}};
}

}  // namespace instanced::cloudsim
