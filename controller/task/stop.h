// A request to stop, given by one owner and seen by many waiters.
//
// Threads: the executor's thread only. A StopToken may outlive its StopSource; it then never stops
// if it had not been asked to.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <utility>

namespace instanced {

class StopToken;

namespace stop_detail {
struct State {
  bool requested = false;
  std::list<std::function<void()>> callbacks;
};
}  // namespace stop_detail

// Calls back once when a stop is requested; forgets the callback when destroyed.
class StopRegistration {
 public:
  StopRegistration() = default;
  StopRegistration(StopRegistration&& other) noexcept
      : state_(std::move(other.state_)), position_(other.position_) {}
  StopRegistration& operator=(StopRegistration&& other) noexcept {
    if (this != &other) {
      Forget();
      state_ = std::move(other.state_);
      position_ = other.position_;
    }
    return *this;
  }
  StopRegistration(const StopRegistration&) = delete;
  StopRegistration& operator=(const StopRegistration&) = delete;
  ~StopRegistration() { Forget(); }

 private:
  friend class StopToken;
  using Position = std::list<std::function<void()>>::iterator;
  StopRegistration(std::shared_ptr<stop_detail::State> state, Position position)
      : state_(std::move(state)), position_(position) {}
  void Forget() {
    if (state_ && !state_->requested) state_->callbacks.erase(position_);
    state_.reset();
  }
  std::shared_ptr<stop_detail::State> state_;
  Position position_;
};

class StopToken {
 public:
  // A token that never stops.
  StopToken() = default;
  bool StopRequested() const { return state_ && state_->requested; }
  // Runs `callback` when the stop is requested, at once when it already was.
  [[nodiscard]] StopRegistration OnStop(std::function<void()> callback) const {
    if (!state_) return {};
    if (state_->requested) {
      callback();
      return {};
    }
    auto position = state_->callbacks.insert(state_->callbacks.end(), std::move(callback));
    return StopRegistration(state_, position);
  }

 private:
  friend class StopSource;
  explicit StopToken(std::shared_ptr<stop_detail::State> state) : state_(std::move(state)) {}
  std::shared_ptr<stop_detail::State> state_;
};

class StopSource {
 public:
  StopSource() : state_(std::make_shared<stop_detail::State>()) {}
  StopToken token() const { return StopToken(state_); }
  bool StopRequested() const { return state_->requested; }
  // Idempotent. Callbacks run before this returns, in the order of their registration.
  void RequestStop() {
    if (state_->requested) return;
    state_->requested = true;
    auto callbacks = std::move(state_->callbacks);
    for (auto& callback : callbacks) callback();
  }

 private:
  std::shared_ptr<stop_detail::State> state_;
};

}  // namespace instanced
