// FakeHttpClient: scripted answers for what an adapter sends, and a record of every request.
//
// The handler that fits the method and the longest beginning of the target answers; a request
// without one fails as refused connections do. HoldAnswers() keeps every answer back until
// ReleaseAnswers(), so that tests see several callers in flight. The effect of a handler happens
// when the request is sent, also when the answer is held.
//
// Threads: the loop's. Ownership: must outlive the calls in flight.
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "controller/http/http_client.h"
#include "controller/task/completion.h"

namespace instanced {

class FakeHttpClient final : public HttpClient {
 public:
  using Answer = std::expected<HttpResponse, HttpError>;
  using Handler = std::function<Answer(const HttpRequest&)>;

  // A later handler for the same method and beginning replaces the earlier one.
  void On(HttpMethod method, std::string target_prefix, Handler handler) {
    for (Route& route : routes_) {
      if (route.method == method && route.prefix == target_prefix) {
        route.handler = std::move(handler);
        return;
      }
    }
    routes_.push_back({method, std::move(target_prefix), std::move(handler)});
  }
  // Always the same answer.
  void On(HttpMethod method, std::string target_prefix, HttpResponse response) {
    On(method, std::move(target_prefix),
       [response](const HttpRequest&) -> Answer { return response; });
  }
  void On(HttpMethod method, std::string target_prefix, HttpError error) {
    On(method, std::move(target_prefix),
       [error](const HttpRequest&) -> Answer { return std::unexpected(error); });
  }

  const std::vector<HttpRequest>& requests() const { return requests_; }
  const std::vector<MonotonicTime>& deadlines() const { return deadlines_; }
  void ForgetRequests() {
    requests_.clear();
    deadlines_.clear();
  }

  void HoldAnswers() { holding_ = true; }
  void ReleaseAnswers() {
    holding_ = false;
    for (auto& held : std::exchange(held_, {})) held.Set(std::monostate{});
  }

  Task<Answer> Send(HttpRequest request, MonotonicTime deadline, StopToken stop) override {
    if (stop.StopRequested()) {
      co_return std::unexpected(HttpError{HttpFailure::kStopped, Reach::kNotSent, "stopped"});
    }
    requests_.push_back(request);
    deadlines_.push_back(deadline);
    Answer answer = Dispatch(request);
    if (holding_) {
      Completion<std::monostate> release;
      held_.push_back(release);
      co_await release;
    }
    co_return answer;
  }

 private:
  struct Route {
    HttpMethod method;
    std::string prefix;
    Handler handler;
  };

  Answer Dispatch(const HttpRequest& request) const {
    const Route* best = nullptr;
    for (const Route& route : routes_) {
      if (route.method != request.method || !request.target.starts_with(route.prefix)) continue;
      if (best == nullptr || route.prefix.size() > best->prefix.size()) best = &route;
    }
    if (best != nullptr) return best->handler(request);
    return std::unexpected(HttpError{HttpFailure::kConnect, Reach::kNotSent, "no such handler"});
  }

  std::vector<Route> routes_;
  std::vector<HttpRequest> requests_;
  std::vector<MonotonicTime> deadlines_;
  std::vector<Completion<std::monostate>> held_;
  bool holding_ = false;
};

}  // namespace instanced
