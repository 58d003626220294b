#include "controller/daemon/rest_metrics.h"

#include <string>

namespace instanced {
namespace {

// client-go's "method" is the HTTP one; its verb tells lists and watches apart only elsewhere.
std::string_view MethodOf(std::string_view verb) {
  return verb == "LIST" || verb == "WATCH" ? "GET" : verb;
}

}  // namespace

void RestMetrics::OnCall(const KubeCall& call) {
  const std::string code = call.status == 0 ? "<error>" : std::to_string(call.status);
  metrics_.Count(Metric::kRestRequests, {code, MethodOf(call.verb), call.host});
  metrics_.Observe(Metric::kRestRequestDuration, {MethodOf(call.verb), call.host},
                   std::chrono::duration<double>(call.took).count());
}

}  // namespace instanced
