// A loop, a client and short ways to send with it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "controller/http/beast_http_client.h"
#include "controller/task/loop.h"

namespace instanced {

class HttpClientTest : public ::testing::Test {
 protected:
  using Outcome = std::expected<HttpResponse, HttpError>;

  // Replaces the client; before the first Send.
  void Configure(HttpClientOptions options) {
    auto created = BeastHttpClient::Create(loop_, std::move(options));
    ASSERT_TRUE(created) << created.error().message;
    client_ = std::move(*created);
  }

  static HttpRequest Request(const HttpOrigin& origin, HttpMethod method = HttpMethod::kGet,
                             std::string body = {}) {
    return {method, origin, "/path?q=1", {{"X-Test", "yes"}}, std::move(body)};
  }

  Outcome Send(HttpRequest request, Duration patience = std::chrono::seconds(20),
               StopToken stop = {}) {
    if (!client_) Configure({});
    return RunBlocking(loop_, client_->Send(std::move(request), loop_.Now() + patience, stop));
  }
  Outcome Get(const HttpOrigin& origin, Duration patience = std::chrono::seconds(20)) {
    return Send(Request(origin), patience);
  }

  SystemClock clock_;
  Loop loop_{clock_};
  std::unique_ptr<BeastHttpClient> client_;
};

}  // namespace instanced
