// FakeApiServer: a Kubernetes API server in memory, behind the HTTP client's two seams.
//
// Speaks what KubeClient does: get, paginated lists, watches with bookmarks, create, PUT and merge
// patch, /status, delete; with resource versions, uids, generations, finalizers, preconditions,
// managedFields and Status bodies as a real one has. Every kind is treated as one of ours, with
// status and without a schema; lists select by metadata.name, watches do not. A person's side
// (Apply, Delete) acts on the same objects. Scripted: the next answers, compaction, watches that
// end, are cut, or fall silent.
//
// Threads: one. Ownership: outlives clients and their calls.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "controller/clock/clock.h"
#include "controller/http/http_client.h"
#include "controller/http/http_stream.h"
#include "controller/task/signal.h"

namespace instanced {

class FakeApiServer final : public HttpClient, public HttpStreamClient {
 public:
  explicit FakeApiServer(const Clock& clock) : clock_(clock) {}

  // A person's apply: makes the object or replaces its spec. `path` is the object's.
  void Apply(const std::string& path, const std::string& kind, nlohmann::json spec);
  void Delete(const std::string& path);
  // Null when there is none.
  nlohmann::json Stored(const std::string& path) const;
  // What the schema would not allow to be stored, for objects of an older schema.
  void StoreRaw(const std::string& path, nlohmann::json object);

  // The next requests whose method is `method` get these answers in place of the real ones.
  void AnswerNext(HttpMethod method, HttpResponse response);
  void FailNext(HttpMethod method, HttpError error);
  // The next watch gets this in place of its events: a refusal, or a body that ends.
  void AnswerNextWatch(HttpResponse response);
  // History before now is gone: watches and pages that need it get 410.
  void Compact();
  void EndWatches();
  void CutWatches();
  void SendBookmarks();
  void SendErrorEvents(int code, const std::string& reason);
  std::size_t open_watches() const;
  // "GET /apis/...": every request, in order.
  const std::vector<std::string>& requests() const { return requests_; }

  Task<std::expected<HttpResponse, HttpError>> Send(HttpRequest request, MonotonicTime deadline,
                                                    StopToken stop) override;
  Task<std::expected<std::unique_ptr<HttpStream>, HttpError>> Open(HttpRequest request,
                                                                   HttpStreamLimits limits,
                                                                   StopToken stop) override;

  // The far end of one watch; shared with its stream.
  struct Channel {
    std::string prefix;  // paths it is interested in
    std::string pending;
    enum class End { kOpen, kEnded, kCut } end = End::kOpen;
    Signal signal;
  };

 private:
  struct Record {
    std::int64_t version;
    std::string path;
    std::string type;
    nlohmann::json object;
  };
  using Answer = std::expected<HttpResponse, HttpError>;

  Answer Dispatch(const HttpRequest& request);
  HttpResponse List(const std::string& path, const std::map<std::string, std::string>& query);
  HttpResponse Create(const std::string& path, nlohmann::json body);
  HttpResponse Write(const HttpRequest& request, std::string path, nlohmann::json body);
  HttpResponse Remove(const std::string& path);
  void Commit(const std::string& path, nlohmann::json object);
  void Publish(std::string type, const std::string& path, const nlohmann::json& object);
  void ForEachChannel(void (*act)(Channel&));

  const Clock& clock_;
  std::int64_t version_ = 100;
  std::int64_t compacted_ = 0;
  std::int64_t lives_ = 0;
  std::map<std::string, nlohmann::json> objects_;
  std::vector<Record> history_;
  std::vector<std::weak_ptr<Channel>> channels_;
  std::map<HttpMethod, std::deque<Answer>> scripted_;
  std::deque<HttpResponse> scripted_watches_;
  std::vector<std::string> requests_;
};

}  // namespace instanced
