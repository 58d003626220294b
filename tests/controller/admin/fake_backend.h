// A daemon with brakes in memory, for tests of the admin API and of instancectl.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "controller/admin/backend.h"

namespace instanced {

// Knows the brakes it was given and answers them like the daemon: approving needs a holding or
// approved one, releasing a holding or released one. Threads: safe.
class FakeBackend final : public AdminBackend {
 public:
  void Hold(BrakeReport brake) {
    const std::lock_guard lock(mutex_);
    brakes_.insert_or_assign(brake.id, std::move(brake));
  }
  // From now on every call fails with `error`.
  void Break(Error error) {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(error);
  }
  CallDeadline last_deadline() const {
    const std::lock_guard lock(mutex_);
    return last_deadline_;
  }

  Result<DaemonReport> Version(CallDeadline deadline) override {
    const std::lock_guard lock(mutex_);
    last_deadline_ = deadline;
    if (failure_) return std::unexpected(*failure_);
    return DaemonReport{"9.8.7", "owner-1"};
  }
  Result<std::vector<BrakeReport>> Brakes(CallDeadline) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    std::vector<BrakeReport> all;
    for (const auto& [id, brake] : brakes_) all.insert(all.begin(), brake);
    return all;
  }
  Result<BrakeReport> Approve(BrakeAnswer answer, CallDeadline) override {
    return Settle(answer, BrakeState::kApproved);
  }
  Result<BrakeReport> Release(BrakeAnswer answer, CallDeadline) override {
    return Settle(answer, BrakeState::kReleased);
  }

 private:
  Result<BrakeReport> Settle(const BrakeAnswer& answer, BrakeState to) {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    const auto found = brakes_.find(answer.brake_id);
    if (found == brakes_.end()) {
      return Fail(ErrorClass::kNotFound, "NoSuchBrake", "there is no brake " + answer.brake_id);
    }
    BrakeReport& brake = found->second;
    if (brake.state != BrakeState::kHolding && brake.state != to) {
      return Fail(ErrorClass::kValidation, "AnsweredAlready", "it was answered already");
    }
    brake.state = to;
    brake.answered_by = answer.requested_by;
    if (to == BrakeState::kApproved) brake.approved_until = brake.since + std::chrono::hours(24);
    return brake;
  }

  mutable std::mutex mutex_;
  std::map<std::string, BrakeReport> brakes_;
  std::optional<Error> failure_;
  CallDeadline last_deadline_{};
};

// Two objects of one kind, held since 2026-01-15T12:00:00Z.
inline BrakeReport SampleBrake(std::string id) {
  BrakeReport brake;
  brake.id = std::move(id);
  brake.cause = "MassDeletion";
  brake.kind = Kind::kConnectInstance;
  brake.held = {{Kind::kConnectInstance, "default", "two"},
                {Kind::kConnectInstance, "default", "one"}};
  brake.since = WallTime(std::chrono::seconds(1'768'478'400));
  brake.message = "2 of 2 ConnectInstance objects would be deleted within 10m";
  return brake;
}

}  // namespace instanced
