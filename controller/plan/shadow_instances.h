// ShadowInstances: the instances of one account as a plan sees them: what was read, with what the
// plan has done to it. Pure.
//
// A first read shows the truth; from the second on, what was coming up is up and what was going is
// gone, because in a world that nobody changes that is what becomes of it.
// Threads: the loop's.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/provider/provider.h"

namespace instanced {

class ShadowInstances {
 public:
  explicit ShadowInstances(const KindTraits& traits) : traits_(traits) {}

  // What was read of one id; nothing: it is not there.
  bool Knows(const std::string& external_name) const { return seen_.contains(external_name); }
  void Learn(const std::string& external_name, std::optional<Observation> observation);
  bool listed() const { return listed_.has_value(); }
  void LearnList(std::vector<Observation> entries) { listed_ = std::move(entries); }
  // Whether the list tells of it; then reading it by itself would tell no more.
  const Observation* FindListed(const std::string& external_name) const;

  // What was read of one id; null when it was not read, or is not there.
  const Observation* Read(const std::string& external_name) const;
  // The list as it was read, without what the plan deleted. No look: nothing moves on by it.
  std::vector<Observation> Survey() const;

  // Nothing when it is not there (any more).
  std::optional<Observation> Look(const std::string& external_name);
  std::vector<Observation> List();

  // The new instance's id.
  std::string Create(const CreateInput& input, int number);
  void Update(const UpdateInput& input);
  void Delete(const std::string& external_name) { gone_.insert(external_name); }
  // Counts what was in transition when it was looked at: a later look may differ.
  int transitions() const { return transitions_; }

 private:
  const KindTraits& traits_;
  std::map<std::string, std::optional<Observation>> seen_;
  std::optional<std::vector<Observation>> listed_;
  std::map<std::string, Observation> made_;
  std::set<std::string> gone_;
  std::set<std::string> looked_at_;
  std::set<std::string> read_;     // of these, by themselves
  std::set<std::string> changed_;  // what the plan updated: the list's entry is out of date
  int transitions_ = 0;
};

}  // namespace instanced
