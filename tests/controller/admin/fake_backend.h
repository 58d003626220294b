// A daemon with brakes and objects in memory, for tests of the admin API and of instancectl.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "controller/admin/backend.h"

namespace instanced {

// What a watcher has not read yet, and whether the daemon has stopped.
struct FakeMailbox {
  std::mutex mutex;
  std::condition_variable there;
  std::deque<ObjectEvent> events;
  bool closed = false;
};

class FakeFeed final : public ObjectFeed {
 public:
  explicit FakeFeed(std::shared_ptr<FakeMailbox> mailbox) : mailbox_(std::move(mailbox)) {}
  Result<std::vector<ObjectEvent>> Next(CallDeadline wait) override {
    std::unique_lock lock(mailbox_->mutex);
    mailbox_->there.wait_for(lock, wait,
                             [this] { return mailbox_->closed || !mailbox_->events.empty(); });
    if (mailbox_->events.empty() && mailbox_->closed) {
      return Fail(ErrorClass::kCancelled, "Stopping", "the daemon is stopping");
    }
    std::vector<ObjectEvent> events(mailbox_->events.begin(), mailbox_->events.end());
    mailbox_->events.clear();
    return events;
  }

 private:
  std::shared_ptr<FakeMailbox> mailbox_;
};

// Knows the brakes it was given and answers them like the daemon: approving needs a holding or
// approved one, releasing a holding or released one. Threads: safe.
class FakeBackend final : public AdminBackend {
 public:
  void Hold(BrakeReport brake) {
    const std::lock_guard lock(mutex_);
    brakes_.insert_or_assign(brake.id, std::move(brake));
  }
  void Declare(ObjectReport report) {
    const std::lock_guard lock(mutex_);
    const ObjectKey key = MetaOf(report.object).key;
    const bool known = objects_.contains(key);
    Tell({known ? ObjectEvent::Type::kModified : ObjectEvent::Type::kAdded, report});
    objects_.insert_or_assign(key, std::move(report));
  }
  void Drop(const ObjectKey& key) {
    const std::lock_guard lock(mutex_);
    Tell({ObjectEvent::Type::kDeleted, objects_.at(key)});
    objects_.erase(key);
  }
  void Record(HistoryEntry entry) {
    const std::lock_guard lock(mutex_);
    entry.sequence = static_cast<std::int64_t>(history_.size()) + 1;
    history_.push_back(std::move(entry));
  }
  void Know(ObjectFacts facts) { facts_ = std::move(facts); }
  void Know(BudgetsReport budgets) { budgets_ = std::move(budgets); }
  void Know(std::vector<PluginReport> plugins) { plugins_ = std::move(plugins); }
  void Know(PlanReport plan) { plan_ = std::move(plan); }
  const std::optional<PlanQuery>& planned() const { return planned_; }
  void Know(OrphansReport orphans) { orphans_ = std::move(orphans); }
  const std::optional<SteerRequest>& steered() const { return steered_; }
  // Every watch ends with what it has not read yet.
  void EndWatches() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    for (const auto& mailbox : mailboxes_) End(*mailbox);
  }
  std::size_t watchers() const {
    const std::lock_guard lock(mutex_);
    return mailboxes_.size();
  }
  // Plans and sweeps go on until their caller has left.
  void NeverEnd() { endless_ = true; }
  int left_alone() const { return left_alone_; }
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
  Result<ObjectPage> List(PageQuery query, CallDeadline) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    ObjectPage page;
    for (const auto& [key, report] : objects_) {
      if (!query.objects.Selects(MetaOf(report.object))) continue;
      if (query.after && key <= *query.after) continue;
      if (page.objects.size() == query.limit) {
        page.end = ObjectPage::End::kMoreFollow;
        break;
      }
      page.objects.push_back(report);
    }
    return page;
  }
  Result<ObjectReport> Get(ObjectKey key, CallDeadline) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    const auto found = objects_.find(key);
    if (found != objects_.end()) return found->second;
    return Fail(ErrorClass::kNotFound, "NoSuchObject", "no " + ToString(key) + " is declared");
  }
  Result<std::unique_ptr<ObjectFeed>> Watch(ObjectQuery query, CallDeadline) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    auto mailbox = std::make_shared<FakeMailbox>();
    for (const auto& [key, report] : objects_) {
      if (!query.Selects(MetaOf(report.object))) continue;
      mailbox->events.push_back({ObjectEvent::Type::kAdded, report});
    }
    mailbox->events.push_back({ObjectEvent::Type::kSynced, {}});
    if (ended_) End(*mailbox);
    mailboxes_.push_back(mailbox);
    return std::make_unique<FakeFeed>(mailbox);
  }

  Result<std::vector<HistoryEntry>> History(HistoryQuery query, CallDeadline) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    std::vector<HistoryEntry> found;
    for (auto entry = history_.rbegin(); entry != history_.rend(); ++entry) {
      if (query.key && entry->key != *query.key) continue;
      if (query.since && entry->at < *query.since) continue;
      if (found.size() < query.limit) found.push_back(*entry);
    }
    return found;
  }
  Result<ObjectFacts> Explain(ObjectKey key, CallDeadline deadline) override {
    auto report = Get(key, deadline);
    if (!report) return std::unexpected(report.error());
    const std::lock_guard lock(mutex_);
    ObjectFacts facts = facts_;
    facts.report = *report;
    return facts;
  }
  Result<PlanReport> Plan(PlanQuery query, Patience patience) override {
    if (auto left = Endure(patience)) return std::unexpected(*left);
    const std::lock_guard lock(mutex_);
    planned_ = std::move(query);
    if (failure_) return std::unexpected(*failure_);
    return plan_;
  }
  Result<BudgetsReport> Budgets(CallDeadline) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    return budgets_;
  }
  Result<std::vector<PluginReport>> Plugins(CallDeadline) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    return plugins_;
  }
  Result<OrphansReport> Orphans(OrphanQuery query, Patience patience) override {
    if (auto left = Endure(patience)) return std::unexpected(*left);
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    OrphansReport report = orphans_;
    std::erase_if(report.orphans, [&](const OrphanReport& orphan) {
      return std::ranges::find(query.kinds, orphan.kind) == query.kinds.end();
    });
    return report;
  }
  Result<ObjectReport> Steer(SteerRequest request, CallDeadline deadline) override {
    steered_ = request;
    return Get(request.key, deadline);
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
  std::optional<Error> Endure(const Patience& patience) {
    if (!endless_) return std::nullopt;
    const auto until = std::chrono::steady_clock::now() + patience.most;
    while (std::chrono::steady_clock::now() < until) {
      if (patience.caller_left()) {
        ++left_alone_;
        return Fail(ErrorClass::kCancelled, "CallerLeft", "the caller has left").error();
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return Fail(ErrorClass::kTransient, "Busy", "it took too long").error();
  }
  static void End(FakeMailbox& mailbox) {
    const std::lock_guard lock(mailbox.mutex);
    mailbox.closed = true;
    mailbox.there.notify_one();
  }
  void Tell(const ObjectEvent& event) {
    for (const auto& mailbox : mailboxes_) {
      const std::lock_guard lock(mailbox->mutex);
      mailbox->events.push_back(event);
      mailbox->there.notify_one();
    }
  }
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
  std::map<ObjectKey, ObjectReport> objects_;
  std::vector<std::shared_ptr<FakeMailbox>> mailboxes_;
  std::vector<HistoryEntry> history_;
  std::optional<SteerRequest> steered_;
  ObjectFacts facts_;
  BudgetsReport budgets_;
  OrphansReport orphans_;
  std::vector<PluginReport> plugins_;
  PlanReport plan_;
  std::optional<PlanQuery> planned_;
  bool ended_ = false;
  std::atomic<bool> endless_ = false;
  std::atomic<int> left_alone_ = 0;
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

// One of each state, since 2026-01-15T12:00:00Z.
inline std::vector<PluginReport> SamplePlugins() {
  const WallTime noon(std::chrono::seconds(1'768'478'400));
  PluginReport up;
  up.name = "boxes";
  up.address = "unix:/run/plugins/boxes.sock";
  up.program = "/usr/lib/boxes";
  up.arguments = 2;
  up.pid = 4711;
  up.restarts = 1;
  up.objects = 3;
  up.state = PluginReport::State::kUp;
  up.since = noon;
  up.protocol_version = 1;
  up.calls_itself = "box-keeper";
  up.version = "1.2.0";
  up.scope = "host-1";
  up.capabilities = {"UPDATE"};
  up.calls_max = 8;
  up.schema_sha256 = std::string(64, 'a');
  up.last_error = "its program: exited with code 3";
  up.last_error_at = noon - std::chrono::seconds(60);
  PluginReport far;
  far.name = "far";
  far.address = "10.0.0.7:9443";
  far.why = "Unavailable: connection refused";
  far.since = noon;
  PluginReport off = far;
  off.name = "off";
  off.program = "/usr/lib/off";
  off.state = PluginReport::State::kBackingOff;
  off.why = "its program: exited with code 1";
  PluginReport wrong = far;
  wrong.name = "wrong";
  wrong.state = PluginReport::State::kRefused;
  wrong.why = "BrokenAnswer: Handshake: protocol_version is 7, and only 1 was offered";
  return {up, far, off, wrong};
}

// Declared at 2026-01-15T12:00:00Z, bound and ready.
inline InstanceObject SampleInstance(std::string name, std::string namespace_ = "default") {
  InstanceObject object;
  object.meta.key = {Kind::kConnectInstance, std::move(namespace_), std::move(name)};
  object.meta.uid = "uid-" + object.meta.key.name;
  object.meta.resource_version = "7";
  object.meta.generation = 2;
  object.meta.labels = {{"team", "care"}};
  object.meta.creation_timestamp = "2026-01-15T12:00:00Z";
  object.spec.for_provider = R"({"inboundCallsEnabled":true})";
  object.status.observed_generation = 2;
  object.status.external_name = "i-1";
  object.status.at_provider = R"({"instanceStatus":"ACTIVE"})";
  object.status.conditions.Mark({.type = ConditionType::kReady,
                                 .status = ConditionStatus::kTrue,
                                 .reason = Reason::kAvailable,
                                 .message = "The instance is ACTIVE.",
                                 .observed_generation = 2,
                                 .last_transition_time = {}},
                                "2026-01-15T12:01:00Z");
  object.status.conditions.Mark({.type = ConditionType::kSynced,
                                 .status = ConditionStatus::kTrue,
                                 .reason = Reason::kReconcileSuccess,
                                 .message = "In line.",
                                 .observed_generation = 2,
                                 .last_transition_time = {}},
                                "2026-01-15T12:01:00Z");
  return object;
}

inline ObjectReport ReportOf(InstanceObject object) {
  return {std::make_shared<const InstanceObject>(std::move(object)), "Done In line.",
          WallTime(std::chrono::seconds(1'768'478'700))};
}

}  // namespace instanced
