#include "controller/source/file/directory_watcher.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

namespace instanced {
namespace {

constexpr std::uint32_t kEvents = IN_CREATE | IN_DELETE | IN_MODIFY | IN_CLOSE_WRITE |
                                  IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF |
                                  IN_MOVE_SELF;
constexpr std::uint32_t kParentEvents = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
constexpr int kUnstableReadingsMax = 10;

// "a/./" is a; its parent is a's.
std::string WithoutTrailingDots(std::string path) {
  while (path.size() > 1 && (path.ends_with('/') || path.ends_with("/."))) path.pop_back();
  return path;
}

std::string ParentOf(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Writes to files that are no manifests are nobody's business: the journal may live here.
bool IsNoise(const inotify_event& event) {
  if ((event.mask & (IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB)) == 0 || event.len == 0) return false;
  return (event.mask & IN_ISDIR) == 0 && !IsManifestFile(event.name);
}

std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

void QuietMoment::Changed(MonotonicTime now) {
  if (!first_change_) first_change_ = now;
  due_ = std::min(now + timing_.quiet, *first_change_ + timing_.burst_max);
}

void QuietMoment::Read(MonotonicTime now) {
  first_change_.reset();
  due_ = now + timing_.rescan;
}

DirectoryWatcher::DirectoryWatcher(std::string directory, ManifestParser parser, const Clock& clock,
                                   std::function<void(std::function<void()>)> poster,
                                   WatchTiming timing)
    : directory_(WithoutTrailingDots(std::move(directory))),
      reader_(directory_, std::move(parser), clock),
      clock_(clock),
      poster_(std::move(poster)),
      quiet_(timing) {}

DirectoryWatcher::~DirectoryWatcher() { Stop(); }

void DirectoryWatcher::Start(std::function<void(DirectorySnapshot)> deliver) {
  receiver_ = std::make_shared<Receiver>(std::move(deliver));
  inotify_ = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  wake_event_ = ::eventfd(0, EFD_CLOEXEC);
  thread_ = std::thread([this] { Run(); });
}

void DirectoryWatcher::Stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_event_, &one, sizeof one);
  thread_.join();
  receiver_->deliver = nullptr;
  if (inotify_ >= 0) ::close(inotify_);
  ::close(wake_event_);
}

void DirectoryWatcher::Rescan() {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_event_, &one, sizeof one);
}

void DirectoryWatcher::Run() {
  WatchParent();
  while (!stopping_) {
    if (clock_.Now() >= quiet_.due()) ReadAndDeliver();
    Wait();
  }
}

void DirectoryWatcher::ReadAndDeliver() {
  auto snapshot = reader_.Read();
  quiet_.Read(clock_.Now());
  if (!snapshot) {
    quiet_.Changed(clock_.Now());
    if (++unstable_readings_ < kUnstableReadingsMax) return;
    snapshot.emplace();
    snapshot->condition = DirectoryCondition::kUnreadable;
    snapshot->message = directory_ + " changes faster than it can be read";
    Deliver(std::move(*snapshot));
    return;
  }
  unstable_readings_ = 0;
  // What changed before its folder was watched has made no event: look again.
  if (WatchAll(snapshot->directories)) quiet_.Changed(clock_.Now());
  Deliver(std::move(*snapshot));
}

void DirectoryWatcher::Deliver(DirectorySnapshot snapshot) {
  if (delivered_ == snapshot) return;
  delivered_ = snapshot;
  auto shared = std::make_shared<DirectorySnapshot>(std::move(snapshot));
  poster_([receiver = receiver_, shared] {
    if (receiver->deliver) receiver->deliver(std::move(*shared));
  });
}

bool DirectoryWatcher::WatchAll(const std::vector<std::string>& directories) {
  if (inotify_ < 0) return false;
  const std::set<std::string> wanted(directories.begin(), directories.end());
  std::erase_if(watches_, [&](const auto& watch) {
    if (wanted.contains(watch.first)) return false;
    ::inotify_rm_watch(inotify_, watch.second);
    return true;
  });
  bool added = false;
  for (const auto& path : wanted) {
    const int watch = ::inotify_add_watch(inotify_, path.c_str(), kEvents | IN_ONLYDIR);
    if (watch < 0) continue;  // too many watches: the rescan remains
    const auto [entry, is_new] = watches_.try_emplace(path, watch);
    // The same path with another watch is another folder in its place.
    added = added || is_new || entry->second != watch;
    entry->second = watch;
  }
  return added;
}

bool DirectoryWatcher::IsWatched(int watch) const {
  return std::ranges::any_of(watches_, [&](const auto& entry) { return entry.second == watch; });
}

void DirectoryWatcher::WatchParent() {
  if (inotify_ < 0) return;
  parent_watch_ =
      ::inotify_add_watch(inotify_, ParentOf(directory_).c_str(), kParentEvents | IN_ONLYDIR);
}

bool DirectoryWatcher::DrainEvents() {
  bool changed = false;
  alignas(inotify_event) char buffer[16384];
  ssize_t got = 0;
  while ((got = ::read(inotify_, buffer, sizeof buffer)) > 0) {
    for (ssize_t at = 0; at < got;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      if ((event->mask & IN_Q_OVERFLOW) != 0) {
        changed = true;  // what was lost is not known
        continue;
      }
      // One folder may be both: that of "a/b/.." stands below what it is the parent of.
      const bool only_parent = event->wd == parent_watch_ && !IsWatched(event->wd);
      if ((event->mask & IN_IGNORED) != 0 || IsNoise(*event)) continue;
      if (only_parent && (event->len == 0 || NameOf(directory_) != event->name)) continue;
      changed = true;
    }
  }
  return changed;
}

void DirectoryWatcher::Wait() {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(quiet_.due() - clock_.Now());
  pollfd waits[2] = {{wake_event_, POLLIN, 0}, {inotify_, POLLIN, 0}};
  const int timeout = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
  if (::poll(waits, 2, timeout) <= 0) return;
  if (waits[0].revents != 0) {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(wake_event_, &count, sizeof count);
    quiet_.Changed(clock_.Now());
  }
  if (waits[1].revents != 0 && DrainEvents()) quiet_.Changed(clock_.Now());
}

}  // namespace instanced
