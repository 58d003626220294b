#include "controller/daemon/admin_desk.h"

#include <utility>

namespace instanced {
namespace {

BrakeReport BrakeReportOf(const Brake& brake) {
  BrakeReport report;
  report.id = brake.id;
  report.cause = ToString(brake.cause);
  report.kind = brake.kind;
  report.held = brake.keys;
  report.since = brake.since;
  report.message = brake.message;
  return report;
}

// "pod-a (lease instanced), pod-b (lease instanced-0a1b2c)"; a holder's name ends with a number of
// its own behind the pod's.
std::string OthersOf(const WorkElsewhere& elsewhere) {
  std::string text;
  for (const auto& [lease, holder] : elsewhere.holders) {
    if (!text.empty()) text += ", ";
    text += holder.substr(0, holder.rfind('_')) + " (lease " + lease + ")";
  }
  return text;
}

}  // namespace

Result<void> AdminDesk::KeepsBrakes() const {
  const auto elsewhere = deps_.elsewhere ? deps_.elsewhere() : WorkElsewhere();
  if (elsewhere.ours != Scope::kNothing) return {};
  const auto others = OthersOf(elsewhere);
  return Fail(ErrorClass::kValidation, "Standby",
              "this replica is a standby and keeps no brakes: " +
                  (others.empty() ? std::string("nobody acts at the moment, ask again")
                                  : "ask the one that acts, " + others));
}

void AdminDesk::Close() {
  asker_.Close();
  watchers_.Close();
}

Result<DaemonReport> AdminDesk::Version(CallDeadline) { return deps_.report; }

Result<std::vector<BrakeReport>> AdminDesk::Brakes(CallDeadline deadline) {
  return asker_.Ask<std::vector<BrakeReport>>(deadline, [this] {
    if (auto keeps = KeepsBrakes(); !keeps) {
      return Result<std::vector<BrakeReport>>(std::unexpected(std::move(keeps.error())));
    }
    std::vector<BrakeReport> reports;
    for (const auto& brake : deps_.brakes.List()) reports.push_back(BrakeReportOf(brake));
    return Result<std::vector<BrakeReport>>(std::move(reports));
  });
}

Result<BrakeReport> AdminDesk::Approve(BrakeAnswer answer, CallDeadline deadline) {
  return asker_.Ask<BrakeReport>(
      deadline, [this, answer = std::move(answer)] { return Answer(Verb::kApprove, answer); });
}

Result<BrakeReport> AdminDesk::Release(BrakeAnswer answer, CallDeadline deadline) {
  return asker_.Ask<BrakeReport>(
      deadline, [this, answer = std::move(answer)] { return Answer(Verb::kRelease, answer); });
}

Result<BrakeReport> AdminDesk::Answer(Verb verb, const BrakeAnswer& answer) {
  if (auto keeps = KeepsBrakes(); !keeps) return std::unexpected(std::move(keeps.error()));
  BrakeReport report;
  for (const auto& brake : deps_.brakes.List()) {
    if (brake.id == answer.brake_id) report = BrakeReportOf(brake);
  }
  const Instant at{deps_.clock.Now(), deps_.clock.WallNow()};
  auto keys = verb == Verb::kApprove
                  ? deps_.brakes.Approve(answer.brake_id, answer.requested_by, at)
                  : deps_.brakes.Release(answer.brake_id, answer.requested_by, at);
  if (!keys) {
    // Not a brake that is there now: the caller's mistake, or a list that is out of date.
    keys.error().error_class = ErrorClass::kNotFound;
    const auto others = OthersOf(deps_.elsewhere ? deps_.elsewhere() : WorkElsewhere());
    if (!others.empty()) keys.error().message += "; other brakes may be kept by " + others;
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
