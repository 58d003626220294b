// Script: the list of what people and faults did in one run, and which of it a run leaves out.
//
// Every such event asks Plays() with its kind and a text; kinds are counted apart, so that leaving
// one out keeps the names of most others. What is left out consumed its chance all the same.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace instanced {

struct ScriptEvent {
  std::string name;  // "people 12"
  std::string text;
};

class Script {
 public:
  explicit Script(std::set<std::string> left_out = {}) : left_out_(std::move(left_out)) {}

  bool Plays(const std::string& kind, std::string text) {
    std::string name = kind + " " + std::to_string(++counts_[kind]);
    if (left_out_.contains(name)) return false;
    played_.push_back({std::move(name), std::move(text)});
    return true;
  }
  const std::vector<ScriptEvent>& played() const { return played_; }

 private:
  std::set<std::string> left_out_;
  std::map<std::string, int> counts_;
  std::vector<ScriptEvent> played_;
};

}  // namespace instanced
