// KubeClient: the verbs of one Kubernetes API server, as far as the daemon needs them.
//
// Promises: each call is transmitted at most once, but for a 401 that makes a rotated token be read
// again: such a call did nothing and is sent once more. With a line (KubeClientOptions::line) a
// call waits for its place there, within its own deadline; watches do not. Answers are the server's
// own bytes, for the caller to parse; refusals are the errors of kube_errors.h. A failed write says
// by Error::reach whether it may have been carried out. Nothing is retried here.
//
// Threads: the loop's. Ownership: http, streams, clock and observer outlive the client, the client
// its calls and watches.
// Facts: kubernetes.io/docs/reference/using-api/api-concepts.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "controller/clock/clock.h"
#include "controller/http/http_client.h"
#include "controller/http/http_stream.h"
#include "controller/kube/bearer_token.h"
#include "controller/kube/call_line.h"
#include "controller/kube/exec_token.h"
#include "controller/kube/kube_config.h"
#include "controller/kube/resource_path.h"
#include "controller/task/stop.h"
#include "controller/task/task.h"

namespace instanced {

// What rest_client_* metrics are made of, one for each transmission and for each call that gave up
// waiting for its place.
struct KubeCall {
  std::string_view verb;  // GET, LIST, WATCH, POST, PUT, PATCH, DELETE
  std::string_view host;
  int status = 0;  // 0: no complete answer
  Duration took{};
  std::size_t request_bytes = 0;   // of the body
  std::size_t response_bytes = 0;  // of the body; 0 for a watch
  int refused_before = 0;          // the status this call is sent again after; 0: the first time
  Duration waited{};               // for a place in the line, before `took` began
  enum class Sent : std::uint8_t { kNo, kYes } sent = Sent::kYes;  // kNo: gave up in the line
};
class KubeCallObserver {
 public:
  virtual ~KubeCallObserver() = default;
  virtual void OnCall(const KubeCall& call) = 0;
};

struct KubeClientOptions {
  Duration deadline = std::chrono::seconds(30);       // of a whole call; of a watch, its header
  Duration watch_idle_max = std::chrono::minutes(3);  // bookmarks come every minute
  std::string user_agent = "instanced";
  // Whose token is shown where the configuration names a program; outlives the client.
  ExecToken* exec_token = nullptr;
  // Where calls wait while too many are under way; may be shared, outlives the client. Null: none.
  CallLine* line = nullptr;
};

// One watch as it comes: an event per line, {"type": ..., "object": ...}.
class KubeWatch {
 public:
  KubeWatch(std::unique_ptr<HttpStream> stream, std::string operation);
  // The next event's JSON text; nothing when the server ended the watch in order. Transient when
  // it was cut or silent for too long. After an error or the end, only destroy.
  Task<Result<std::optional<std::string>>> Next();

 private:
  std::unique_ptr<HttpStream> stream_;
  std::string operation_;
  std::string pending_;
  std::size_t searched_ = 0;
};

class KubeClient {
 public:
  KubeClient(HttpClient& http, HttpStreamClient& streams, const Clock& clock, KubeConfig config,
             ReadFile read_file, KubeClientOptions options, KubeCallObserver* observer);

  // The answers are the objects, or the list, as the server now has them.
  Task<Result<std::string>> Get(ObjectRef object, StopToken stop, CallRank rank = CallRank::kPlain);
  Task<Result<std::string>> ListPage(ResourceRef resource, ListOptions options, StopToken stop);
  Task<Result<std::string>> Create(ResourceRef resource, std::string body, StopToken stop,
                                   CallRank rank = CallRank::kPlain);
  // Replaces the whole object, or sub-resource; the body carries resourceVersion and uid.
  Task<Result<std::string>> Replace(ObjectRef object, std::string body, StopToken stop,
                                    CallRank rank = CallRank::kPlain);
  // RFC 7386; with resourceVersion in the body a write onto another version is a WriteConflict.
  Task<Result<std::string>> MergePatch(ObjectRef object, std::string body, StopToken stop,
                                       CallRank rank = CallRank::kPlain);
  // `body` is DeleteOptions (preconditions), or empty.
  Task<Result<std::string>> Delete(ObjectRef object, std::string body, StopToken stop);
  // `stop` also ends later reads.
  Task<Result<std::unique_ptr<KubeWatch>>> Watch(ResourceRef resource, WatchOptions options,
                                                 StopToken stop);

  const std::string& default_namespace() const { return config_.namespace_; }

 private:
  struct Call {
    HttpMethod method = HttpMethod::kGet;
    std::string_view verb;
    std::string target;
    std::string_view content_type;
    std::string body;
    std::string operation;
    CallRank rank = CallRank::kPlain;
  };
  // Waits for a place, then transmits.
  Task<Result<std::string>> Send(Call call, StopToken stop);
  Task<Result<std::string>> Transmit(Call call, MonotonicTime deadline, Duration waited,
                                     StopToken stop);
  Task<Result<std::string>> Token(MonotonicTime now);
  // True when another one may be there now.
  bool RefuseToken(const std::string& token);
  HttpRequest RequestFor(const Call& call, const std::string& token) const;
  void Tell(KubeCall call, MonotonicTime since);

  HttpClient& http_;
  HttpStreamClient& streams_;
  const Clock& clock_;
  KubeConfig config_;
  BearerToken token_;
  KubeClientOptions options_;
  KubeCallObserver* observer_;
};

}  // namespace instanced
