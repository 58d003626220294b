// Rare<T>: an optional that costs a pointer while it is empty; for what one object in a thousand
// has. MaybeTime: an optional time in the size of a time.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "controller/clock/clock.h"

namespace instanced {

template <class T>
class Rare {
 public:
  Rare& operator=(T value) {
    value_ = std::make_unique<T>(std::move(value));
    return *this;
  }
  void reset() { value_.reset(); }
  explicit operator bool() const { return value_ != nullptr; }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return value_.get(); }
  const T* operator->() const { return value_.get(); }
  std::optional<T> Copy() const { return value_ ? std::optional<T>(*value_) : std::nullopt; }

 private:
  std::unique_ptr<T> value_;
};

class MaybeTime {
 public:
  MaybeTime() = default;
  // NOLINTBEGIN(google-explicit-constructor): as an optional's
  MaybeTime(MonotonicTime time) : time_(time) {}
  MaybeTime(std::optional<MonotonicTime> time) : time_(time.value_or(kNever)) {}
  // NOLINTEND(google-explicit-constructor)
  void reset() { time_ = kNever; }
  explicit operator bool() const { return time_ != kNever; }
  MonotonicTime operator*() const { return time_; }
  MonotonicTime value_or(MonotonicTime other) const { return *this ? time_ : other; }

 private:
  static constexpr MonotonicTime kNever = MonotonicTime::min();
  MonotonicTime time_ = kNever;
};

}  // namespace instanced
