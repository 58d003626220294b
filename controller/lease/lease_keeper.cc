#include "controller/lease/lease_keeper.h"

#include <algorithm>
#include <utility>

#include "controller/task/sleep.h"

namespace instanced {
namespace {

// How often the watch asks whether there is a list to start from.
constexpr Duration kFirstList = std::chrono::milliseconds(250);

// A hand-over takes a second at most, also when it comes during a rest.
constexpr Duration kFirstRest = std::chrono::milliseconds(50);
constexpr Duration kLongestRest = std::chrono::milliseconds(500);

// One conflict is looked at at once; over a list that stays old the next look teaches nothing.
Duration RestAfter(int conflicts_in_a_row, Random& random) {
  const Duration span =
      std::min(kFirstRest * (1 << std::min(conflicts_in_a_row - 2, 8)), kLongestRest);
  return span / 2 + UniformBelow(random, span / 2);
}

}  // namespace

LeaseKeeper::LeaseKeeper(Deps deps, LeaseOptions options)
    : deps_(deps), board_(std::move(options)), writes_(deps.executor), watching_(deps.executor) {}

Task<void> LeaseKeeper::Run(StopToken stop, Duration leave_within) {
  StopSource stop_watch;
  watching_.Spawn(Follow(stop_watch.token()));
  const auto registration = stop.OnStop([this] { signal_.Notify(); });
  while (!stop.StopRequested() && !ran_out_) {
    auto turning = Turn(stop);
    co_await turning;
    if (stop.StopRequested() || ran_out_) break;
    if (conflicts_ > 1) {
      auto resting = Rest(stop);
      co_await resting;
    }
    const auto now = deps_.clock.Now();
    auto waiting = signal_.Wait(look_again_ ? now : board_.NextWake(now, deps_.random));
    co_await waiting;
  }
  if (!ran_out_) {
    auto leaving = Leave(leave_within);
    co_await leaving;
  }
  stop_watch.RequestStop();
  auto joining = watching_.Join();
  co_await joining;
}

Task<void> LeaseKeeper::Turn(StopToken stop) {
  if (std::exchange(look_again_, false) || board_.NeedsLook()) {
    auto looking = Look(stop);
    co_await looking;
  }
  const auto due = board_.Due(deps_.clock.Now(), deps_.clock.WallNow(),
                              [this](const std::string& lease) { return IsBusy(lease); });
  Publish();
  if (ran_out_) co_return;
  for (const auto& write : due) writes_.Spawn(Carry(write, stop));
  for (auto& litter : board_.Litter(deps_.clock.Now())) {
    writes_.Spawn(Sweep(std::move(litter), stop));
  }
  auto joining = writes_.Join();
  co_await joining;
  conflicts_ = std::exchange(met_conflict_, false) ? conflicts_ + 1 : 0;
  Publish();
}

// News do not end it: there may be any number of them, each pass that ends is one.
Task<void> LeaseKeeper::Rest(StopToken stop) {
  auto until = deps_.clock.Now() + RestAfter(conflicts_, deps_.random);
  if (const auto by = board_.RenewBy()) until = std::min(until, *by);
  SleepUntil sleeping(until, stop);
  co_await sleeping;
}

Task<void> LeaseKeeper::Look(StopToken stop) {
  auto listing = deps_.store.List(stop);
  auto list = co_await listing;
  if (!list) {
    if (!stop.StopRequested()) deps_.listener.LeaseTrouble(list.error());
    co_return;
  }
  looked_ = true;
  list_version_ = std::move(list->resource_version);
  board_.Observe(list->leases, deps_.clock.Now());
  Publish();
}

Task<void> LeaseKeeper::Carry(LeaseWrite write, StopToken stop) {
  const auto sent = deps_.clock.Now();
  auto writing = deps_.store.Write(write.record, stop);
  auto answer = co_await writing;
  board_.Answered(write, answer, sent, deps_.clock.Now());
  Publish();
  if (answer || stop.StopRequested()) co_return;
  if (answer.error().error_class != ErrorClass::kWriteConflict) {
    deps_.listener.LeaseTrouble(answer.error());
    co_return;
  }
  look_again_ = true;
  met_conflict_ = true;
  if (write.deed == LeaseDeed::kRenew) deps_.listener.LeaseReadAgain(write.record.name);
}

Task<void> LeaseKeeper::Sweep(LeaseRecord litter, StopToken stop) {
  auto removing = deps_.store.Remove(std::move(litter), stop);
  // Whoever removed it first, it is gone; what failed is found again by the next look.
  (void)co_await removing;
}

// The stop is over for everybody else: what is given up here no longer listens to it.
Task<void> LeaseKeeper::Leave(Duration within) {
  board_.Leave();
  const auto give_up = deps_.clock.Now() + within;
  while (!board_.HasLeft() && deps_.clock.Now() < give_up && !ran_out_) {
    auto turning = Turn({});
    co_await turning;
    if (board_.HasLeft()) break;
    auto waiting = signal_.Wait(deps_.clock.Now() + within / 10);
    co_await waiting;
  }
  if (auto member = board_.OwnMember()) {
    auto sweeping = Sweep(std::move(*member), {});
    co_await sweeping;
  }
  deps_.alarm.renew_by = 0;
}

Task<void> LeaseKeeper::Follow(StopToken stop) {
  while (!stop.StopRequested()) {
    const auto began = deps_.clock.Now();
    if (!list_version_.empty()) {
      const LeaseSink sink = [this](LeaseNews news, const LeaseRecord& lease) {
        Heard(news, lease);
      };
      auto watching = deps_.store.Watch(std::exchange(list_version_, {}), sink, stop);
      // Without a watch the keeper still looks at every retry time.
      (void)co_await watching;
      if (stop.StopRequested()) co_return;
      look_again_ = true;
      signal_.Notify();
    }
    const Duration rest = looked_ ? board_.options().timing.retry : kFirstList;
    SleepUntil sleeping(std::max(began, deps_.clock.Now() - rest / 2) + rest, stop);
    co_await sleeping;
  }
}

void LeaseKeeper::Heard(LeaseNews news, const LeaseRecord& lease) {
  const bool free = news == LeaseNews::kDeleted || lease.holder.empty();
  const bool joins = lease.role == LeaseRole::kMember && lease.renewed == lease.acquired;
  if (!free && !joins) return;
  look_again_ = true;
  signal_.Notify();
}

// Tells what changed: the alarm first, because another thread reads it.
void LeaseKeeper::Publish() {
  const auto now = deps_.clock.Now();
  const auto by = board_.RenewBy();
  deps_.alarm.renew_by = by ? by->time_since_epoch().count() : 0;
  std::map<std::string, std::int64_t> held;
  for (const auto& lease : board_.Held(now)) held[lease] = board_.TenureOf(lease, now).number;
  const auto before = std::exchange(shown_, held);
  for (const auto& [lease, tenure] : before) {
    const auto still = held.find(lease);
    if (still == held.end() || still->second != tenure) deps_.listener.LeaseEnded(lease);
  }
  for (const auto& [lease, tenure] : held) {
    const auto was = before.find(lease);
    if (was == before.end() || was->second != tenure) deps_.listener.LeaseTaken(lease);
  }
  if (!board_.HasLost() || ran_out_) return;
  ran_out_ = true;
  deps_.listener.LeaseRanOut();
}

std::string LeaseKeeper::ShareOfLease(const std::string& lease) const {
  return lease == board_.options().prefix ? std::string() : lease;
}

std::string LeaseKeeper::ShareOf(const Domain* domain) const {
  return ShareOfLease(board_.LeaseFor(domain));
}

// Only what the last holder left of it was read.
std::vector<std::string> LeaseKeeper::Held() const {
  const auto now = deps_.clock.Now();
  std::vector<std::string> shares;
  for (const auto& lease : board_.Held(now)) {
    const auto begun = begun_.find(lease);
    const bool read = begun != begun_.end() && begun->second == board_.TenureOf(lease, now).number;
    if (read) shares.push_back(ShareOfLease(lease));
  }
  return shares;
}

Scope LeaseKeeper::scope() const {
  if (board_.options().sharding == Sharding::kDomains) return Scope::kSomeDomains;
  return TenureOf(nullptr).Holds() ? Scope::kEverything : Scope::kNothing;
}

std::int64_t LeaseKeeper::TenureNumber(const std::string& lease) const {
  return board_.TenureOf(lease, deps_.clock.Now()).number;
}

void LeaseKeeper::BeginWork(const std::string& lease, std::int64_t tenure) {
  if (tenure == TenureNumber(lease)) begun_[lease] = tenure;
}

Tenure LeaseKeeper::TenureOf(const Domain* domain) const {
  const auto lease = board_.LeaseFor(domain);
  auto tenure = board_.TenureOf(lease, deps_.clock.Now());
  const auto begun = begun_.find(lease);
  if (begun == begun_.end() || begun->second != tenure.number) tenure.left = Duration::zero();
  return tenure;
}

void LeaseKeeper::PassBegan(const Domain* domain) {
  if (domain != nullptr && board_.Meet(SubjectOf(*domain))) {
    look_again_ = true;
    signal_.Notify();
  }
  ++passes_[board_.LeaseFor(domain)];
}

void LeaseKeeper::PassEnded(const Domain* domain) {
  const auto it = passes_.find(board_.LeaseFor(domain));
  if (it == passes_.end() || --it->second > 0) return;
  passes_.erase(it);
  // A yielded lease waits for this.
  signal_.Notify();
}

}  // namespace instanced
