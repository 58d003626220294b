// Rare<T>: an optional that costs a pointer while it is empty; for what one object in a thousand
// has.
#pragma once

#include <memory>
#include <optional>
#include <utility>

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

}  // namespace instanced
