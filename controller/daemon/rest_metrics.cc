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
  const Metrics::LabelValues where{MethodOf(call.verb), call.host};
  const auto seconds = [](Duration span) { return std::chrono::duration<double>(span).count(); };
  // Our limit is one of calls under way; their rate is the API server's to pace.
  metrics_.Observe(Metric::kRestRateLimiterDuration, where, seconds(call.waited));
  if (call.sent == KubeCall::Sent::kNo) return;
  metrics_.Observe(Metric::kRestRequestDuration, where, seconds(call.took));
  metrics_.Observe(Metric::kRestRequestSize, where, static_cast<double>(call.request_bytes));
  // client-go measures no watch.
  if (call.verb != "WATCH") {
    metrics_.Observe(Metric::kRestResponseSize, where, static_cast<double>(call.response_bytes));
  }
  if (call.refused_before != 0) {
    metrics_.Count(Metric::kRestRequestRetries,
                   {std::to_string(call.refused_before), MethodOf(call.verb), call.host});
  }
}

}  // namespace instanced
