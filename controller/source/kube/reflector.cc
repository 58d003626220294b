#include "controller/source/kube/reflector.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "controller/kube/kube_errors.h"
#include "controller/source/resource_version.h"
#include "controller/task/sleep.h"

namespace instanced {
namespace {
// Far more than etcd holds; a list that goes on beyond it has no end.
constexpr std::size_t kObjectsMax = 1'000'000;
}  // namespace

Task<void> Reflector::Run(StopToken stop) {
  while (!stop.StopRequested()) {
    const bool listing = resource_version_.empty();
    auto step = listing ? List(stop) : Watch(stop);
    const auto done = co_await step;
    if (stop.StopRequested()) co_return;
    if (done) continue;
    if (IsGone(done.error())) resource_version_.clear();
    if (done.error().code == ToString(HttpFailure::kDeadline)) {
      auto asking = ForgetIfRestored(stop);
      co_await asking;
    }
    auto rest = Rest(done.error(), stop);
    co_await rest;
  }
}

Task<void> Reflector::Rest(Error error, StopToken stop) {
  if (deps_.observer != nullptr) deps_.observer->OnTrouble(kind_, error);
  const auto doubled = deps_.options.retry_first * (1LL << std::min(failures_++, 20));
  const Duration span = std::min<Duration>(doubled, deps_.options.retry_longest);
  Duration wait = span / 2 + UniformBelow(deps_.random, span / 2);
  if (error.retry_after) wait = std::max<Duration>(wait, *error.retry_after);
  SleepUntil sleep(deps_.clock.Now() + wait, stop);
  co_await sleep;
}

Task<Result<ListPageContent>> Reflector::ReadAll(std::int64_t page_size, StopToken stop) {
  ListPageContent all;
  ListOptions options;
  options.limit = page_size;
  do {
    auto asking = deps_.client.ListPage(ResourceOf(kind_, deps_.options.namespace_), options, stop);
    auto body = co_await asking;
    if (!body) co_return std::unexpected(std::move(body.error()));
    auto page = ParseListPage(std::move(*body), kind_);
    if (!page) co_return std::unexpected(std::move(page.error()));
    all.resource_version = std::move(page->resource_version);
    const bool leads_to_itself =
        !page->continue_token.empty() && page->continue_token == options.continue_token;
    if (leads_to_itself || all.items.size() > kObjectsMax) {
      co_return Fail(ErrorClass::kTransient, "EndlessList", "the API server's list has no end");
    }
    std::ranges::move(page->items, std::back_inserter(all.items));
    options.continue_token = std::move(page->continue_token);
  } while (!options.continue_token.empty());
  co_return all;
}

Task<Result<void>> Reflector::List(StopToken stop) {
  auto paged = ReadAll(deps_.options.page_size, stop);
  auto content = co_await paged;
  if (!content && IsGone(content.error())) {
    // The pages took longer than the server keeps history: all in one.
    auto whole = ReadAll(0, stop);
    content = co_await whole;
  }
  if (!content) co_return std::unexpected(std::move(content.error()));
  Deliver(std::move(*content));
  co_return Result<void>();
}

void Reflector::Deliver(ListPageContent content) {
  // A server whose versions went back was restored: nothing that was seen of it holds any more.
  const auto& read_at = content.resource_version;
  sink_(InitStarted{kind_, IsOlder(read_at, last_seen_) ? std::string(kEveryVersion) : read_at});
  for (auto& item : content.items) {
    if (auto* object = std::get_if<ObjectPtr>(&item)) {
      sink_(InitApplied{std::move(*object)});
      continue;
    }
    auto& unreadable = std::get<Unreadable>(item);
    if (deps_.observer != nullptr) deps_.observer->OnUnreadable(unreadable.key, unreadable.error);
    sink_(InitKept{std::move(unreadable.key)});
  }
  sink_(InitDone{kind_});
  MoveTo(std::move(content.resource_version));
  failures_ = 0;
  if (auto listed = std::exchange(listed_, nullptr)) listed();
}

Task<Result<void>> Reflector::Watch(StopToken stop) {
  const auto shortest =
      std::chrono::duration_cast<std::chrono::seconds>(deps_.options.watch_shortest);
  WatchOptions options;
  options.resource_version = resource_version_;
  options.timeout_seconds =
      shortest.count() + static_cast<std::int64_t>(UniformBelow(
                             deps_.random, static_cast<std::uint64_t>(shortest.count())));
  const MonotonicTime began = deps_.clock.Now();
  const std::string from = resource_version_;
  auto opening = deps_.client.Watch(ResourceOf(kind_, deps_.options.namespace_), options, stop);
  auto watch = co_await opening;
  if (!watch) co_return std::unexpected(std::move(watch.error()));
  while (true) {
    auto reading = (*watch)->Next();
    auto line = co_await reading;
    if (!line) co_return std::unexpected(std::move(line.error()));
    if (!*line) break;
    auto event = ParseWatchEvent(std::move(**line), kind_, deps_.options.knows);
    if (!event) co_return std::unexpected(std::move(event.error()));
    if (auto taken = Take(std::move(*event)); !taken) co_return taken;
    failures_ = 0;
  }
  // A server that ends every watch at once must not be asked in a tight loop; a busy one that ends
  // those it cannot serve fast enough has more to tell.
  if (resource_version_ != from || deps_.clock.Now() - began >= deps_.options.retry_first) {
    failures_ = 0;
    co_return Result<void>();
  }
  co_return Fail(ErrorClass::kTransient, "WatchEnded", "the API server ended the watch at once");
}

// A server that was restored says nothing of a version that it has not come to yet.
Task<void> Reflector::ForgetIfRestored(StopToken stop) {
  ListOptions one;
  one.limit = 1;
  auto asking =
      deps_.client.ListPage(ResourceOf(kind_, deps_.options.namespace_), std::move(one), stop);
  auto body = co_await asking;
  if (!body) co_return;
  const auto page = ParseListPage(std::move(*body), kind_);
  if (page && IsOlder(page->resource_version, resource_version_)) resource_version_.clear();
}

void Reflector::MoveTo(std::string resource_version) {
  resource_version_ = std::move(resource_version);
  if (!resource_version_.empty()) last_seen_ = resource_version_;
}

Result<void> Reflector::Take(KubeEvent event) {
  if (auto* failed = std::get_if<ErrorEvent>(&event)) return std::unexpected(failed->error);
  if (auto* bookmark = std::get_if<BookmarkEvent>(&event)) {
    if (!bookmark->resource_version.empty()) MoveTo(std::move(bookmark->resource_version));
    return {};
  }
  if (auto* known = std::get_if<KnownEvent>(&event)) {
    MoveTo(std::move(known->resource_version));
    return {};
  }
  if (auto* deleted = std::get_if<DeletedEvent>(&event)) {
    MoveTo(std::move(deleted->resource_version));
    sink_(Deleted{std::move(deleted->key), std::move(deleted->uid)});
    return {};
  }
  auto& read = std::get<ChangedEvent>(event).object;
  if (auto* unreadable = std::get_if<Unreadable>(&read)) {
    MoveTo(std::move(unreadable->resource_version));
    if (deps_.observer != nullptr) deps_.observer->OnUnreadable(unreadable->key, unreadable->error);
    return {};
  }
  auto& object = std::get<ObjectPtr>(read);
  MoveTo(MetaOf(object).resource_version);
  sink_(Applied{std::move(object)});
  return {};
}

}  // namespace instanced
