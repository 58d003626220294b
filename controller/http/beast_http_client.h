// The real HTTP client: Boost.Beast's parser over Asio, keep-alive pools and one TLS context.
//
// Promises those of HttpClient and HttpStreamClient. A request on a reused connection that the
// other side had closed fails with kClosed and Reach::kUnknown: it is never sent again here.
// Reach is kNotSent only when surely no byte of the request left.
//
// Threads: the loop's thread. Ownership: the client must outlive its calls, the loop the client.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "controller/http/http_client.h"
#include "controller/http/http_options.h"
#include "controller/http/http_stream.h"
#include "controller/task/loop.h"

namespace instanced {

class BeastHttpClient final : public HttpClient, public HttpStreamClient {
 public:
  // Fails with Validation when a certificate or key of the TLS options cannot be used.
  static Result<std::unique_ptr<BeastHttpClient>> Create(Loop& loop, HttpClientOptions options);
  ~BeastHttpClient() override;

  // From here on other certificates are trusted or shown, on new connections: idle ones are closed,
  // what is under way ends as it began. On failure everything stays as it was.
  Result<void> UseTls(TlsOptions tls);

  Task<std::expected<HttpResponse, HttpError>> Send(HttpRequest request, MonotonicTime deadline,
                                                    StopToken stop) override;
  Task<std::expected<std::unique_ptr<HttpStream>, HttpError>> Open(HttpRequest request,
                                                                   HttpStreamLimits limits,
                                                                   StopToken stop) override;

 private:
  struct Parts;
  explicit BeastHttpClient(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace instanced
