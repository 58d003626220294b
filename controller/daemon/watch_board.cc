#include "controller/daemon/watch_board.h"

#include <condition_variable>
#include <map>
#include <utility>

#include "controller/lock/lock.h"

namespace instanced {
namespace {

constexpr std::size_t kWatchersMax = 4;

using Type = ObjectEvent::Type;

}  // namespace

class WatchBoard::Mailbox {
 public:
  Mailbox(ObjectQuery query, std::vector<ObjectReport> present) : query_(std::move(query)) {
    for (auto& report : present) events_.push_back({Type::kAdded, std::move(report)});
    events_.push_back({Type::kSynced, {}});
  }

  void Put(const News& news) {
    const bool selected = query_.Selects(MetaOf(news.report.object));
    const bool was_selected = news.before && query_.Selects(*news.before);
    if (!selected && !was_selected) return;
    Type type = news.type;
    if (!selected) type = Type::kDeleted;
    if (selected && !was_selected && type != Type::kDeleted) type = Type::kAdded;
    const Locked lock(mutex_);
    Merge({type, news.report});
    there_.notify_one();
  }

  void Close() {
    const Locked lock(mutex_);
    closed_ = true;
    there_.notify_one();
  }

  Result<std::vector<ObjectEvent>> Next(CallDeadline wait) {
    Locked lock(mutex_);
    lock.WaitFor(there_, wait,
                 [this]() INSTANCED_REQUIRES(mutex_) { return closed_ || !events_.empty(); });
    if (closed_) return Fail(ErrorClass::kCancelled, "Stopping", "the daemon is stopping");
    places_.clear();
    return std::exchange(events_, {});
  }

 private:
  // An event that has not been read yet gives its place to the newer one of the same object.
  void Merge(ObjectEvent event) INSTANCED_REQUIRES(mutex_) {
    const auto [place, fresh] =
        places_.try_emplace(MetaOf(event.report.object).key, events_.size());
    if (fresh) {
      events_.push_back(std::move(event));
      return;
    }
    ObjectEvent& older = events_[place->second];
    if (older.type == Type::kAdded && event.type == Type::kModified) event.type = Type::kAdded;
    older = std::move(event);
  }

  const ObjectQuery query_;
  Mutex mutex_;
  std::condition_variable there_;
  std::vector<ObjectEvent> events_ INSTANCED_GUARDED_BY(mutex_);
  // Of what came after the start.
  std::map<ObjectKey, std::size_t> places_ INSTANCED_GUARDED_BY(mutex_);
  bool closed_ INSTANCED_GUARDED_BY(mutex_) = false;
};

class WatchBoard::Feed final : public ObjectFeed {
 public:
  explicit Feed(std::shared_ptr<Mailbox> mailbox) : mailbox_(std::move(mailbox)) {}
  Result<std::vector<ObjectEvent>> Next(CallDeadline wait) override { return mailbox_->Next(wait); }

 private:
  std::shared_ptr<Mailbox> mailbox_;
};

WatchBoard::WatchBoard() = default;
WatchBoard::~WatchBoard() = default;

bool WatchBoard::HasWatchers() {
  std::erase_if(mailboxes_, [](const auto& mailbox) { return mailbox.expired(); });
  return !mailboxes_.empty();
}

Result<std::unique_ptr<ObjectFeed>> WatchBoard::Open(ObjectQuery query,
                                                     std::vector<ObjectReport> present) {
  if (HasWatchers() && mailboxes_.size() >= kWatchersMax) {
    return Fail(ErrorClass::kThrottled, "TooManyWatchers",
                "as many watch as the daemon serves at once; end one of them");
  }
  auto mailbox = std::make_shared<Mailbox>(std::move(query), std::move(present));
  mailboxes_.push_back(mailbox);
  return std::make_unique<Feed>(std::move(mailbox));
}

void WatchBoard::Publish(const News& news) {
  for (const auto& held : mailboxes_) {
    if (const auto mailbox = held.lock()) mailbox->Put(news);
  }
}

void WatchBoard::Close() {
  for (const auto& held : mailboxes_) {
    if (const auto mailbox = held.lock()) mailbox->Close();
  }
}

}  // namespace instanced
