#include "tests/simulation/sim_events.h"

#include <algorithm>
#include <array>
#include <utility>

namespace instanced {
namespace {

using nlohmann::json;

// What the recorder promises.
constexpr std::chrono::minutes kOneEventLasts{10};
constexpr double kAtOnce = 10;
constexpr double kSecondsForOneMore = 30;

WallTime TimeOf(const json& micro_time) {
  const auto text = micro_time.get<std::string>();
  const auto second = ParseRfc3339(text.substr(0, 19) + "Z");
  return second.value_or(WallTime()) + std::chrono::milliseconds(std::stoi(text.substr(20, 3)));
}

std::string TextOf(const json& event) {
  auto note = event.at("note").get<std::string>();
  note = note.substr(0, note.rfind(" (request "));
  return event.at("regarding").at("uid").get<std::string>() + "\n" +
         event.at("reason").get<std::string>() + "\n" + event.at("action").get<std::string>() +
         "\n" + note;
}

HttpResponse Refusal(int code) {
  HttpResponse response{code, {}, json{{"kind", "Status"}, {"code", code}}.dump()};
  if (code == 429) response.headers.emplace_back("Retry-After", "5");
  return response;
}

HttpError Cut(Reach reach) { return {HttpFailure::kClosed, reach, "so it was"}; }

}  // namespace

Duration SimEvents::Latency() {
  return std::chrono::milliseconds(UniformBelow(chance_, blows ? 400 : 10));
}

SimEvents::Answer SimEvents::Write(const std::string& writer, const HttpRequest& request) {
  const auto name = request.target.substr(request.target.rfind('/') + 1);
  const auto body = json::parse(request.body);
  if (seen) seen(request.body);
  const auto fate = blows ? UniformBelow(chance_, 40) : 40;
  if (fate <= 4) ++troubles_;
  if (fate < 3) {
    static constexpr std::array kCodes{403, 429, 500};
    std::erase_if(said_, [&](const auto& entry) { return entry.second.name == name; });
    return Refusal(kCodes[fate]);
  }
  if (fate == 3) {
    std::erase_if(said_, [&](const auto& entry) { return entry.second.name == name; });
    return std::unexpected(Cut(Reach::kNotSent));
  }
  if (request.method == HttpMethod::kPost) {
    Make(writer, body);
  } else {
    CountUp(name, body);
  }
  if (fate == 4) {
    const auto told = request.method == HttpMethod::kPost
                          ? body.at("metadata").at("name").get<std::string>()
                          : name;
    // Its writer does not know of it, and may begin another.
    std::erase_if(said_, [&](const auto& entry) { return entry.second.name == told; });
    return std::unexpected(Cut(Reach::kUnknown));
  }
  return HttpResponse{request.method == HttpMethod::kPost ? 201 : 200, {}, request.body};
}

void SimEvents::CheckForm(const json& event) {
  const bool fits = event.at("note").get<std::string>().size() <= 1024 &&
                    event.at("reason").get<std::string>().size() <= 128 &&
                    !event.at("reason").get<std::string>().empty() &&
                    event.at("action").get<std::string>().size() <= 128 &&
                    !event.at("regarding").at("uid").get<std::string>().empty();
  if (!fits) broken("an Event that no API server takes: " + event.dump());
}

void SimEvents::CheckRate(const std::string& writer, const json& event, WallTime begun) {
  auto& allowance = allowances_[writer + "/" + event.at("regarding").at("uid").get<std::string>()];
  const std::chrono::duration<double> passed = begun - allowance.at;
  allowance.used =
      std::max(0.0, allowance.used - std::max(0.0, passed.count()) / kSecondsForOneMore) + 1;
  allowance.at = std::max(allowance.at, begun);
  // Times in Events are whole milliseconds.
  if (allowance.used > kAtOnce + 0.01) {
    broken("more Events than promised of " + event.at("regarding").at("name").get<std::string>());
  }
}

void SimEvents::Make(const std::string& writer, const json& event) {
  const auto name = event.at("metadata").at("name").get<std::string>();
  const auto begun = TimeOf(event.at("eventTime"));
  CheckForm(event);
  CheckRate(writer, event, begun);
  if (!events_.emplace(name, event).second) broken("two Events of one name: " + name);
  auto& said = said_[writer + "\n" + TextOf(event)];
  if (!said.name.empty() && begun - said.begun < kOneEventLasts) {
    broken("the same Event twice within ten minutes: " + event.at("note").get<std::string>());
  }
  said = {name, begun, 1};
}

void SimEvents::CountUp(const std::string& name, const json& patch) {
  const auto found = events_.find(name);
  if (found == events_.end()) return broken("an Event is counted up that was never made: " + name);
  const auto before = found->second.value("/series/count"_json_pointer, 1);
  found->second.merge_patch(patch);
  const auto now = found->second.value("/series/count"_json_pointer, 0);
  if (now <= before) broken("the series of an Event does not grow: " + name);
}

}  // namespace instanced
