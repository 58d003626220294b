#include "controller/daemon/admin_desk.h"

#include <algorithm>
#include <future>
#include <memory>

namespace instanced {
namespace {

constexpr std::chrono::milliseconds kSlice{50};

BrakeReport ReportOf(const Brake& brake) {
  BrakeReport report;
  report.id = brake.id;
  report.cause = ToString(brake.cause);
  report.kind = brake.kind;
  report.held = brake.keys;
  report.since = brake.since;
  report.message = brake.message;
  return report;
}

}  // namespace

template <class T>
Result<T> AdminDesk::AskLoop(CallDeadline deadline, std::function<Result<T>()> question) {
  auto promise = std::make_shared<std::promise<Result<T>>>();
  auto answer = promise->get_future();
  deps_.loop.PostFromAnyThread(
      [promise, question = std::move(question)] { promise->set_value(question()); });
  for (auto left = deadline; left > CallDeadline::zero() && !closing_; left -= kSlice) {
    if (answer.wait_for(std::min(left, kSlice)) == std::future_status::ready) return answer.get();
  }
  if (closing_) return Fail(ErrorClass::kCancelled, "Stopping", "the daemon is stopping");
  return Fail(ErrorClass::kTransient, "Busy", "the daemon's loop did not answer in time");
}

Result<DaemonReport> AdminDesk::Version(CallDeadline) { return deps_.report; }

Result<std::vector<BrakeReport>> AdminDesk::Brakes(CallDeadline deadline) {
  return AskLoop<std::vector<BrakeReport>>(deadline, [this] {
    std::vector<BrakeReport> reports;
    for (const auto& brake : deps_.brakes.List()) reports.push_back(ReportOf(brake));
    return Result<std::vector<BrakeReport>>(std::move(reports));
  });
}

Result<BrakeReport> AdminDesk::Approve(BrakeAnswer answer, CallDeadline deadline) {
  return AskLoop<BrakeReport>(deadline, [this, answer = std::move(answer)] {
    return Answer(Verb::kApprove, answer);
  });
}

Result<BrakeReport> AdminDesk::Release(BrakeAnswer answer, CallDeadline deadline) {
  return AskLoop<BrakeReport>(deadline, [this, answer = std::move(answer)] {
    return Answer(Verb::kRelease, answer);
  });
}

Result<BrakeReport> AdminDesk::Answer(Verb verb, const BrakeAnswer& answer) {
  BrakeReport report;
  for (const auto& brake : deps_.brakes.List()) {
    if (brake.id == answer.brake_id) report = ReportOf(brake);
  }
  const Instant at{deps_.clock.Now(), deps_.clock.WallNow()};
  auto keys = verb == Verb::kApprove
                  ? deps_.brakes.Approve(answer.brake_id, answer.requested_by, at)
                  : deps_.brakes.Release(answer.brake_id, answer.requested_by, at);
  if (!keys) {
    // Not a brake that is there now: the caller's mistake, or a list that is out of date.
    keys.error().error_class = ErrorClass::kNotFound;
    return std::unexpected(std::move(keys.error()));
  }
  report.held = *keys;
  report.state = verb == Verb::kApprove ? BrakeState::kApproved : BrakeState::kReleased;
  report.answered_by = answer.requested_by;
  for (const auto& key : *keys) {
    HistoryEntry entry;
    entry.at = at.wall;
    entry.key = key;
    entry.kind = HistoryKind::kPerson;
    entry.operation = verb == Verb::kApprove ? "Approve" : "Release";
    entry.result = "Success";
    entry.message = "brake " + answer.brake_id + " by " + answer.requested_by;
    deps_.ledger.Append(std::move(entry));
  }
  deps_.answered(*keys);
  return report;
}

}  // namespace instanced
