// Explaining: a fixture that asks `instancectl explain` about objects that are not in line, and
// takes the step that it names.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/e2e/site.h"

namespace instanced::e2e {

// "instancectl approve b-1", carried out as it stands there.
void Obey(const Site& site, const std::string& command);

// One object and the way out of its state.
struct State {
  std::string reason;
  Json manifest;
  const char* kind;  // of the step: "command" or "field"
  std::string step;  // how it begins
  std::function<void(const std::string& step)> take;
  std::string quotes = "";  // what an evidence must hold: the call or the rule behind it
};

class Explain : public testing::Test {
 protected:
  explicit Explain(SiteOptions options = {}) : site_(std::move(options)) {}

  void Write(const Json& manifest) { site_.manifests().Write(manifest); }
  void Fault(Json rule);
  std::string Foreign(const Json& instance);
  std::string IdOf(const Json& manifest) const;
  // Takes a step that is a change of the manifest.
  std::function<void(const std::string&)> Edit(Json manifest, const char* pointer, Json value);
  std::function<void(const std::string&)> Command();
  // Takes a command once the cause is gone.
  std::function<void(const std::string&)> CommandAfter(std::function<void()> mend);
  // Each reason is seen with evidence and a text of its own, and its step ends the state.
  void ExpectEachIsExplainedAndLeft(const std::vector<State>& states);
  // Until the object's explanation gives this reason.
  bool Becomes(const Json& manifest, const std::string& reason, double seconds = 30) const;

  Site site_;
};

}  // namespace instanced::e2e
