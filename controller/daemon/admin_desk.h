// AdminDesk: the AdminBackend that asks the loop and waits for its answer.
//
// Threads: the server's threads call it; what it asks runs on the loop. Close() before the loop
// ends: calls that wait are then answered Cancelled.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "controller/admin/backend.h"
#include "controller/budget/brake_book.h"
#include "controller/journal/ledger.h"
#include "controller/task/loop.h"

namespace instanced {

class AdminDesk final : public AdminBackend {
 public:
  struct Deps {
    Loop& loop;
    const Clock& clock;
    BrakeBook& brakes;
    Ledger& ledger;
    DaemonReport report;
    // The keys an answer covers: queue them, tell the source, save the brakes. On the loop.
    std::function<void(const std::vector<ObjectKey>&)> answered;
  };
  explicit AdminDesk(Deps deps) : deps_(std::move(deps)) {}

  Result<DaemonReport> Version(CallDeadline deadline) override;
  Result<std::vector<BrakeReport>> Brakes(CallDeadline deadline) override;
  Result<BrakeReport> Approve(BrakeAnswer answer, CallDeadline deadline) override;
  Result<BrakeReport> Release(BrakeAnswer answer, CallDeadline deadline) override;

  void Close() { closing_ = true; }

 private:
  enum class Verb { kApprove, kRelease };
  Result<BrakeReport> Answer(Verb verb, const BrakeAnswer& answer);
  template <class T>
  Result<T> AskLoop(CallDeadline deadline, std::function<Result<T>()> question);

  Deps deps_;
  std::atomic<bool> closing_ = false;
};

}  // namespace instanced
