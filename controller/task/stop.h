// A request to stop, given by one owner and seen by many waiters.
//
// Threads: the executor's thread only. A StopToken may outlive its StopSource; it then never stops
// if it had not been asked to.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

namespace instanced {

class StopToken;

namespace stop_detail {
struct State {
  bool requested = false;
  // By order of registration. Entries leave before they run, so that a callback may destroy other
  // waiters, or itself.
  std::map<std::uint64_t, std::function<void()>> callbacks;
  std::uint64_t last_id = 0;
};
}  // namespace stop_detail

// Calls back once when a stop is requested; forgets the callback when destroyed.
class StopRegistration {
 public:
  StopRegistration() = default;
  StopRegistration(StopRegistration&& other) noexcept
      : state_(std::move(other.state_)), id_(other.id_) {}
  StopRegistration& operator=(StopRegistration&& other) noexcept {
    if (this != &other) {
      Forget();
      state_ = std::move(other.state_);
      id_ = other.id_;
    }
    return *this;
  }
  StopRegistration(const StopRegistration&) = delete;
  StopRegistration& operator=(const StopRegistration&) = delete;
  ~StopRegistration() { Forget(); }

 private:
  friend class StopToken;
  StopRegistration(std::shared_ptr<stop_detail::State> state, std::uint64_t id)
      : state_(std::move(state)), id_(id) {}
  void Forget() {
    if (state_) state_->callbacks.erase(id_);
    state_.reset();
  }
  std::shared_ptr<stop_detail::State> state_;
  std::uint64_t id_ = 0;
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
    const std::uint64_t id = ++state_->last_id;
    state_->callbacks.emplace(id, std::move(callback));
    return StopRegistration(state_, id);
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
    const auto state = state_;  // a callback may destroy this source
    while (!state->callbacks.empty()) {
      const auto callback = std::move(state->callbacks.extract(state->callbacks.begin()).mapped());
      callback();
    }
  }

 private:
  std::shared_ptr<stop_detail::State> state_;
};

}  // namespace instanced
