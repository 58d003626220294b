// SimApi: one replica's way to a simulated Kubernetes API server, for the real KubeClient and
// KubeSource: lists in pages and watches over the objects of a MemoryStore; and where the real
// EventRecorder writes its Events.
//
// As a real server does: a list is consistent over its pages and as old as its first; a watch tells
// of one kind in order, kinds among each other in any; it goes on from a resource version for as
// long as the history reaches back that far, else 410 Gone. Faults are the world's: refusals, late
// answers, watches that are cut, that end, that fall silent or break with an ERROR event, bookmarks
// that never come, history that is compacted.
//
// Threads: one. Ownership: store, clock, history and hooks outlive it, it outlives its calls.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "controller/clock/clock.h"
#include "controller/http/http_client.h"
#include "controller/http/http_stream.h"
#include "tests/fakes/memory_store/memory_store.h"
#include "tests/simulation/sim_events.h"

namespace instanced {

// Every change since the beginning, as watches tell it.
class ApiHistory {
 public:
  struct Entry {
    std::int64_t version;
    Kind kind;
    std::string line;
    MonotonicTime at;
  };
  ApiHistory(MemoryStore& store, const Clock& clock);

  // What happened until now is no longer told to watches and pages that begin anew.
  void Compact() { floor_ = store_.version(); }
  std::int64_t floor() const { return floor_; }
  const std::deque<Entry>& entries() const { return entries_; }
  // The version that was the newest then; nothing before the first.
  std::optional<std::int64_t> VersionAt(MonotonicTime when) const;
  // What there was of that kind, as JSON.
  std::vector<nlohmann::json> ObjectsAt(Kind kind, std::int64_t version) const;
  // Called after each entry.
  std::vector<std::function<void()>> listeners;

 private:
  void Add(std::int64_t version, const WatchEvent& event);

  MemoryStore& store_;
  const Clock& clock_;
  std::int64_t floor_ = 0;
  std::deque<Entry> entries_;
  std::map<ObjectKey, nlohmann::json> last_;
};

enum class ApiFate { kNormal, kUnreachable, kCut, kInternal, kThrottled, kExpired };

// What every replica's API shares. All default to: at once, and well.
struct ApiHooks {
  std::function<ApiFate(int replica, const std::string& what)> fate;
  std::function<Duration()> latency;
  std::function<Duration()> watch_delay;
  std::function<bool()> bookmark_lost;
  // How old a list that begins is.
  std::function<Duration()> list_age;
};

class SimApi final : public HttpClient, public HttpStreamClient {
 public:
  SimApi(const MemoryStore& store, ApiHistory& history, SimEvents& events, const Clock& clock,
         const ApiHooks& hooks, int replica);

  Task<std::expected<HttpResponse, HttpError>> Send(HttpRequest request, MonotonicTime deadline,
                                                    StopToken stop) override;
  Task<std::expected<std::unique_ptr<HttpStream>, HttpError>> Open(HttpRequest request,
                                                                   HttpStreamLimits limits,
                                                                   StopToken stop) override;

  // The faults of watches that are open.
  void CutWatches();
  void EndWatches();
  void ExpireWatches();
  void SilenceWatches(Duration span);
  // The process is gone: nobody listens.
  void Disconnect() {
    snapshots_.clear();
    ++life_;
  }

 private:
  class Stream;
  using Answer = std::expected<HttpResponse, HttpError>;

  // The version and the objects of a list that begins.
  std::pair<std::int64_t, std::vector<nlohmann::json>> Snapshot(Kind kind) const;
  Answer ListPage(const std::string& path, const std::map<std::string, std::string>& query);
  Task<Answer> WriteEvent(HttpRequest request);
  Task<void> Pause();
  void Wake();

  const MemoryStore& store_;
  ApiHistory& history_;
  SimEvents& events_;
  const Clock& clock_;
  const ApiHooks& hooks_;
  const int replica_;
  int life_ = 0;
  std::vector<Stream*> streams_;
  // Lists whose later pages are still to come: resource version and items.
  std::map<int, std::pair<std::int64_t, std::vector<nlohmann::json>>> snapshots_;
  int last_snapshot_ = 0;
};

}  // namespace instanced
