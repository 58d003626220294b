#include "tests/simulation/sim_store.h"

#include <algorithm>

#include "controller/task/completion.h"
#include "controller/task/sleep.h"

namespace instanced {

Task<void> SimStore::Run(WatchSink sink, StopToken stop) {
  sink_ = std::move(sink);
  auto running = store_.Run([this](WatchEvent event) { Receive(std::move(event)); }, stop);
  co_await running;
}

void SimStore::Disconnect() {
  sink_ = nullptr;
  due_.clear();
  last_.clear();
  list_.clear();
  listing_ = false;
}

void SimStore::Receive(WatchEvent event) {
  if (!sink_) return;
  if (std::holds_alternative<InitStarted>(event)) listing_ = true;
  if (listing_) {
    const bool done = std::holds_alternative<InitDone>(event);
    list_.push_back(std::move(event));
    if (!done) return;
    listing_ = false;
    floor_ = clock_.Now() + Delay();
    due_.emplace(floor_, std::exchange(list_, {}));
    return;
  }
  if (const auto* applied = std::get_if<Applied>(&event)) {
    const ObjectKey key = MetaOf(applied->object).key;
    Schedule(key, std::move(event));
  } else if (const auto* deleted = std::get_if<Deleted>(&event)) {
    const ObjectKey key = deleted->key;
    Schedule(key, std::move(event));
  }
}

void SimStore::Schedule(const ObjectKey& key, WatchEvent event) {
  auto& last = last_[key];
  last = std::max({clock_.Now() + Delay(), last + Duration(1), floor_ + Duration(1)});
  due_.emplace(last, std::vector<WatchEvent>{std::move(event)});
}

void SimStore::Relist(const std::vector<ObjectKey>& keys) {
  if (!sink_) return;
  due_.clear();
  std::vector<WatchEvent> list{InitStarted{}};
  for (const auto& key : keys) {
    if (auto instance = store_.Instance(key)) list.push_back(InitApplied{std::move(instance)});
    if (auto config = store_.Config(key)) list.push_back(InitApplied{std::move(config)});
  }
  list.push_back(InitDone{});
  floor_ = clock_.Now() + Delay();
  due_.emplace(floor_, std::move(list));
}

std::optional<MonotonicTime> SimStore::NextDue() const {
  if (due_.empty()) return std::nullopt;
  return due_.begin()->first;
}

void SimStore::DeliverDue() {
  while (!due_.empty() && due_.begin()->first <= clock_.Now()) {
    auto events = due_.extract(due_.begin());
    for (auto& event : events.mapped()) {
      if (sink_) sink_(std::move(event));
    }
  }
}

Task<void> SimStore::Pause() {
  SleepUntil sleeping(clock_.Now() + (hooks_.latency ? hooks_.latency() : Duration{}));
  co_await sleeping;
}

Task<Result<std::string>> SimStore::Write(std::string what, WriteTarget target,
                                          std::function<Task<Result<std::string>>()> write) {
  auto before = Pause();
  co_await before;
  const auto verdict = hooks_.fate ? hooks_.fate(replica_, what, target) : WriteVerdict{};
  const bool carried_out =
      verdict.fate != StoreFate::kRefused && verdict.fate != StoreFate::kNoAnswer;
  Result<std::string> result = std::unexpected(verdict.error);
  if (carried_out) {
    const auto was = store_.Instance(target.key);
    auto writing = write();
    result = co_await writing;
    if (result && hooks_.written) hooks_.written(what, target, was);
  }
  if (verdict.fate == StoreFate::kNoAnswer || verdict.fate == StoreFate::kDoneNoAnswer) {
    Completion<int> never;
    co_await never;
  }
  auto after = Pause();
  co_await after;
  if (verdict.fate == StoreFate::kNormal) co_return result;
  co_return std::unexpected(verdict.error);
}

Task<Result<std::string>> SimStore::WriteStatus(WriteTarget target, InstanceStatus status) {
  if (hooks_.sending) hooks_.sending(replica_, target, status);
  std::function<Task<Result<std::string>>()> write = [this, target, status] {
    return store_.WriteStatus(target, status);
  };
  auto writing = Write("status", target, write);
  co_return co_await writing;
}

Task<Result<std::string>> SimStore::WriteFinalizers(WriteTarget target,
                                                    std::vector<std::string> finalizers) {
  std::function<Task<Result<std::string>>()> write = [this, target, finalizers] {
    return store_.WriteFinalizers(target, finalizers);
  };
  auto writing = Write("finalizers", target, write);
  co_return co_await writing;
}

Task<Result<std::string>> SimStore::WriteAnnotations(WriteTarget target, StringPairs annotations) {
  std::function<Task<Result<std::string>>()> write = [this, target, annotations] {
    return store_.WriteAnnotations(target, annotations);
  };
  auto writing = Write("annotations", target, write);
  co_return co_await writing;
}

}  // namespace instanced
