// ReasonsSeen: what the condition Reconciling said of each object while a test waited.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "tests/e2e/site.h"

namespace instanced::e2e {

class ReasonsSeen {
 public:
  void Look(const Site& site) {
    for (const auto& object : site.Objects()) {
      seen_[object.key].insert(object.ReasonOf("Reconciling"));
    }
  }
  // Of what passes within milliseconds not every object is seen: one of those expected will do.
  void Expect(const std::string& key, const std::string& reason) { wanted_[reason].insert(key); }
  void ExpectEachSeen() {
    for (const auto& [reason, keys] : wanted_) {
      const bool seen = std::ranges::any_of(
          keys, [&](const std::string& key) { return seen_[key].contains(reason); });
      EXPECT_TRUE(seen) << "no condition Reconciling ever said " << reason;
    }
  }

 private:
  std::map<std::string, std::set<std::string>> seen_;
  std::map<std::string, std::set<std::string>> wanted_;
};

}  // namespace instanced::e2e
