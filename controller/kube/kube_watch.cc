#include <utility>

#include "controller/kube/kube_client.h"
#include "controller/kube/kube_errors.h"

namespace instanced {
namespace {
// An object is 1.5 MB at most in etcd; what is longer is no watch.
constexpr std::size_t kLineBytesMax = 8 * 1024 * 1024;
constexpr std::size_t kRefusalBytesMax = 64 * 1024;

Task<std::string> ReadRefusal(HttpStream* stream) {
  std::string body;
  while (body.size() < kRefusalBytesMax) {
    auto reading = stream->Read();
    const auto bytes = co_await reading;
    if (!bytes || bytes->empty()) break;
    body += *bytes;
  }
  co_return body;
}
}  // namespace

KubeWatch::KubeWatch(std::unique_ptr<HttpStream> stream, std::string operation)
    : stream_(std::move(stream)), operation_(std::move(operation)) {}

Task<Result<std::optional<std::string>>> KubeWatch::Next() {
  while (true) {
    const auto end = pending_.find('\n', searched_);
    if (end != std::string::npos) {
      std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      searched_ = 0;
      if (line.empty()) continue;
      co_return std::optional<std::string>(std::move(line));
    }
    searched_ = pending_.size();
    if (pending_.size() > kLineBytesMax) {
      co_return Fail(ErrorClass::kTransient, "TooLarge", "a watch event of more than 8 MiB");
    }
    auto reading = stream_->Read();
    auto bytes = co_await reading;
    if (!bytes) co_return std::unexpected(KubeErrorOf(bytes.error(), operation_));
    if (bytes->empty()) co_return std::optional<std::string>();
    pending_ += *bytes;
  }
}

Task<Result<std::unique_ptr<KubeWatch>>> KubeClient::Watch(ResourceRef resource,
                                                           WatchOptions options, StopToken stop) {
  const MonotonicTime began = clock_.Now();
  Call call{HttpMethod::kGet,
            "WATCH",
            WatchTarget(resource, options),
            {},
            {},
            "kube:watch " + resource.plural};
  const HttpStreamLimits limits{began + options_.deadline, options_.watch_idle_max};
  auto asking = Token(began);
  const auto token = co_await asking;
  if (!token) co_return std::unexpected(token.error());
  auto opening = streams_.Open(RequestFor(call, *token), limits, stop);
  auto stream = co_await opening;
  KubeCall told;
  told.verb = call.verb;
  told.status = stream ? (*stream)->head().status : 0;
  Tell(told, began);
  if (!stream) co_return std::unexpected(KubeErrorOf(stream.error(), call.operation));
  const HttpStreamHead head = (*stream)->head();
  if (head.status == 200) {
    co_return std::make_unique<KubeWatch>(std::move(*stream), std::move(call.operation));
  }
  // A watch is opened again by its owner, so a token is only marked here.
  if (head.status == 401) RefuseToken(*token);
  auto refusal = ReadRefusal(stream->get());
  const std::string body = co_await refusal;
  co_return std::unexpected(KubeErrorOf(head.status, head.headers, body, call.operation));
}

}  // namespace instanced
