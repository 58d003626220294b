#include "tests/e2e/explaining.h"

#include <algorithm>
#include <map>
#include <sstream>

namespace instanced::e2e {
namespace {

Json ExplanationOf(const Site& site, const Json& manifest) {
  return Json::parse(site.Instancectl({"explain", KeyOf(manifest), "-o", "json"}).output, nullptr,
                     false);
}

std::string ReasonOf(const Json& explanation) {
  return explanation.is_object() && explanation.contains("condition")
             ? explanation["condition"].value("reason", "")
             : "";
}

// The first step of that kind: "command" or "field".
std::string StepOf(const Json& explanation, const char* kind, const std::string& begin) {
  for (const auto& step : explanation.value("nextSteps", Json::array())) {
    if (const auto text = step.value(kind, ""); text.starts_with(begin)) return text;
  }
  return "";
}

void ExpectEvidence(const Json& told, const std::string& quotes) {
  const auto obstacles = told.value("obstacles", Json::array());
  ASSERT_FALSE(obstacles.empty()) << told.dump(2);
  bool quoted = quotes.empty();
  for (const auto& obstacle : obstacles) {
    EXPECT_FALSE(obstacle.value("evidence", "").empty()) << obstacle;
    EXPECT_FALSE(obstacle.value("message", "").empty()) << obstacle;
    quoted = quoted || obstacle.value("evidence", "").contains(quotes);
  }
  EXPECT_TRUE(quoted) << "no evidence quotes " << quotes << ": " << obstacles.dump(2);
}

}  // namespace

void Obey(const Site& site, const std::string& command) {
  std::istringstream words(command);
  std::string program;
  words >> program;
  ASSERT_EQ(program, "instancectl") << command;
  std::vector<std::string> arguments;
  for (std::string word; words >> word;) arguments.push_back(word);
  const auto ran = site.Instancectl(arguments);
  EXPECT_EQ(ran.ending.exit_code, 0) << command << ": " << ran.output;
}

void Explain::Fault(Json rule) {
  const auto added = site_.clouds().AddFault(rule);
  ASSERT_TRUE(added) << added.error();
}

std::string Explain::Foreign(const Json& instance) {
  const auto made = site_.clouds().CreateForeign(instance);
  EXPECT_TRUE(made) << made.error();
  return made.value_or("");
}

std::string Explain::IdOf(const Json& manifest) const {
  const auto object = site_.Object(manifest);
  EXPECT_TRUE(object) << KeyOf(manifest);
  return object ? object->external_name() : "";
}

std::function<void(const std::string&)> Explain::Edit(Json manifest, const char* pointer,
                                                      Json value) {
  return [this, manifest, pointer, value](const std::string&) {
    Json edited = manifest;
    edited[Json::json_pointer(pointer)] = value;
    Write(edited);
  };
}

std::function<void(const std::string&)> Explain::Command() {
  return [this](const std::string& command) { Obey(site_, command); };
}

std::function<void(const std::string&)> Explain::CommandAfter(std::function<void()> mend) {
  return [this, mend](const std::string& command) {
    mend();
    Obey(site_, command);
  };
}

bool Explain::Becomes(const Json& manifest, const std::string& reason, double seconds) const {
  return WaitUntil([&] { return ReasonOf(ExplanationOf(site_, manifest)) == reason; }, seconds) ==
         Waited::kReached;
}

void Explain::ExpectEachIsExplainedAndLeft(const std::vector<State>& states) {
  std::map<std::string, std::string> texts;  // meaning and message, by reason
  for (const State& state : states) {
    SCOPED_TRACE(state.reason);
    Json told;
    EXPECT_EQ(WaitUntil(
                  [&] {
                    told = ExplanationOf(site_, state.manifest);
                    return ReasonOf(told) == state.reason;
                  },
                  30),
              Waited::kReached)
        << told.dump(2);
    ExpectEvidence(told, state.quotes);
    const auto text = told.value("meaning", "") + "\n" + told["condition"].value("message", "");
    EXPECT_TRUE(texts.emplace(text, state.reason).second) << text;
    const auto step = StepOf(told, state.kind, state.step);
    ASSERT_FALSE(step.empty()) << told.dump(2);
    state.take(step);
    EXPECT_EQ(WaitUntil(
                  [&] {
                    told = ExplanationOf(site_, state.manifest);
                    return ReasonOf(told) != state.reason;
                  },
                  30),
              Waited::kReached)
        << told.dump(2);
  }
}

}  // namespace instanced::e2e
