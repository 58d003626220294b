// Backoff: how long a key that failed waits before it is looked at again.
//
// Exponential with full jitter: the n-th failure in a row waits a uniformly random time below
// min(longest, first * 2^(n-1)), but never less than `least`. Forget after the first success.
// Remembers only keys that have failed.
//
// Pure; chance is an argument. Threads: the loop's.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "api/object/object_key.h"
#include "controller/clock/clock.h"

namespace instanced {

struct BackoffOptions {
  Duration first = std::chrono::seconds(1);
  Duration longest = std::chrono::minutes(5);
  Duration least = std::chrono::milliseconds(50);
};

class Backoff {
 public:
  explicit Backoff(BackoffOptions options = {}) : options_(options) {}

  // Counts one more failure and tells how long to wait.
  Duration Next(const ObjectKey& key, Random& random);
  void Forget(const ObjectKey& key) { failures_.erase(key); }
  int FailuresOf(const ObjectKey& key) const;
  std::size_t size() const { return failures_.size(); }

 private:
  Duration SpanAfter(int failures) const;

  BackoffOptions options_;
  std::unordered_map<ObjectKey, int, ObjectKeyHash> failures_;
};

}  // namespace instanced
