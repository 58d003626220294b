#include "controller/daemon/daemon_health.h"

#include <string>

namespace instanced {
namespace {

HttpResponse Answer(int status, std::string body) {
  return HttpResponse{status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(body)};
}

}  // namespace

std::vector<HttpRoute> DaemonHealth::Routes() const {
  return {{HttpMethod::kGet, "/healthz", [this](const ServerRequest&) { return Live(); }},
          {HttpMethod::kGet, "/readyz", [this](const ServerRequest&) { return Ready(); }}};
}

bool DaemonHealth::LoopTurns() const {
  return clock_.Now() - MonotonicTime(Duration(beat_.load())) < std::chrono::seconds(10);
}

HttpResponse DaemonHealth::Live() const {
  return LoopTurns() ? Answer(200, "ok\n") : Answer(503, "loop is stuck\n");
}

HttpResponse DaemonHealth::Ready() const {
  std::string missing;
  if (!LoopTurns()) missing += "loop is stuck\n";
  if (!source_synced_) missing += "source not synced\n";
  if (!store_writable_()) missing += "store not writable\n";
  if (!leases_known_) missing += "leases not known\n";
  if (stopping_) missing += "stopping\n";
  if (!missing.empty()) return Answer(503, missing);
  return Answer(200, standing_ == Standing::kStandby ? "ok, standby\n" : "ok\n");
}

}  // namespace instanced
