#include "controller/page/page_server.h"

#include <utility>
#include <vector>

namespace instanced {
namespace {

constexpr int kAtOnce = 2;
// Nothing reads one: a POST is to be told 405, a large one may break off.
constexpr std::size_t kBodyMost = 65'536;

}  // namespace

Result<std::unique_ptr<PageServer>> PageServer::Start(Options asked, AdminBackend& backend) {
  std::unique_ptr<PageServer> page(new PageServer(backend, std::move(asked.gate)));
  std::vector<HttpRoute> routes;
  for (const auto method : {HttpMethod::kGet, HttpMethod::kPut, HttpMethod::kPost,
                            HttpMethod::kPatch, HttpMethod::kDelete}) {
    routes.push_back({method, "/", [self = page.get()](const ServerRequest& request) {
                        return self->Answer(request);
                      }});
  }
  HttpServerOptions options;
  options.address = asked.host.empty() ? "0.0.0.0" : std::move(asked.host);
  options.port = asked.port;
  options.tls = std::move(asked.tls);
  options.body_bytes_max = kBodyMost;
  auto started = HttpServer::Start(std::move(options), std::move(routes));
  if (!started) return std::unexpected(std::move(started.error()));
  page->server_ = *std::move(started);
  return page;
}

HttpResponse PageServer::Answer(const ServerRequest& request) {
  HttpResponse answer{503,
                      {{"Content-Type", "application/json"}, {"Retry-After", "1"}},
                      R"({"code":503,"message":"busy"})"};
  if (running_.fetch_add(1) < kAtOnce) answer = page_.Answer(request);
  running_.fetch_sub(1);
  return answer;
}

}  // namespace instanced
