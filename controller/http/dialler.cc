#include "controller/http/dialler.h"

#include <algorithm>

#include "controller/http/request_text.h"
#include "controller/http/response_reader.h"

namespace instanced {
namespace {

std::string_view Cause(HttpFailure failure, std::string_view otherwise) {
  if (failure == HttpFailure::kStopped) return "asked to stop";
  if (failure == HttpFailure::kDeadline) return "deadline passed";
  return otherwise;
}

// A failure before the request: what cut it short, else `failure` as the system tells it.
std::unexpected<HttpError> NotSent(const HttpConnection& connection, HttpFailure failure,
                                   std::string_view deed, std::string_view cause) {
  const HttpFailure kind = connection.aborted().value_or(failure);
  const std::string_view otherwise = connection.aborted() ? "timed out" : cause;
  return std::unexpected(HttpError{kind, Reach::kNotSent,
                                   std::string(deed) + ": " + std::string(Cause(kind, otherwise))});
}

std::unexpected<HttpError> WriteFailed(HttpConnection& connection, const IoResult& result) {
  // Over TLS the count is of plain text: a record may have left in part with none counted.
  const bool nothing_left = !connection.aborted() && !connection.is_tls() && result.bytes == 0;
  const HttpFailure kind = connection.aborted().value_or(HttpFailure::kClosed);
  return std::unexpected(
      HttpError{kind, nothing_left ? Reach::kNotSent : Reach::kUnknown,
                "cannot send request: " + std::string(Cause(kind, "connection closed"))});
}

}  // namespace

Exchange::Exchange(std::shared_ptr<HttpConnection> connection, const StopToken& stop)
    : connection_(std::move(connection)) {
  registration_ = stop.OnStop([weak = std::weak_ptr<HttpConnection>(connection_)] {
    if (const auto live = weak.lock()) live->Abort(HttpFailure::kStopped);
  });
}

Exchange::~Exchange() {
  if (connection_) connection_->Close();
}

std::shared_ptr<HttpConnection> Exchange::Finish() {
  registration_ = {};
  connection_->ClearDeadline();
  return std::exchange(connection_, nullptr);
}

Dialler::Dialler(Loop& loop, const HttpClientOptions& options,
                 std::unique_ptr<boost::asio::ssl::context> tls)
    : loop_(loop),
      options_(options),
      tls_(std::move(tls)),
      pool_(loop, options.idle_timeout, options.idle_per_origin_max) {}

void Dialler::UseTls(std::unique_ptr<boost::asio::ssl::context> tls) {
  tls_ = std::move(tls);
  pool_.Clear();
}

Task<std::expected<Exchange, HttpError>> Dialler::Transmit(HttpRequest request,
                                                           MonotonicTime deadline, StopToken stop) {
  if (auto unsound = CheckRequest(request))
    co_return std::unexpected(
        HttpError{HttpFailure::kMalformed, Reach::kNotSent, std::move(*unsound)});
  const MonotonicTime now = loop_.Now();
  if (deadline <= now)
    co_return std::unexpected(
        HttpError{HttpFailure::kDeadline, Reach::kNotSent, "cannot send request: deadline passed"});
  const Proxy* proxy = ProxyFor(options_.proxy, request.origin);
  auto pooled = pool_.Take(request.origin);
  const bool fresh = pooled == nullptr;
  if (fresh) pooled = std::make_shared<HttpConnection>(loop_);
  Exchange exchange(std::move(pooled), stop);
  const auto connection = exchange.connection();
  if (fresh) {
    const MonotonicTime connected_by = now + options_.connect_timeout;
    connection->SetDeadline(std::min(deadline, connected_by), deadline <= connected_by
                                                                  ? HttpFailure::kDeadline
                                                                  : HttpFailure::kConnect);
    auto establishing = Establish(connection, request.origin, proxy);
    auto established = co_await establishing;
    if (!established) co_return std::unexpected(std::move(established.error()));
  }
  if (connection->aborted())
    co_return NotSent(*connection, HttpFailure::kStopped, "cannot send request", "");
  // A process that was stopped while it connected must not send what somebody else may by now have
  // taken over; the timer's own turn may come only after the connection's.
  if (deadline <= loop_.Now()) {
    co_return NotSent(*connection, HttpFailure::kDeadline, "cannot send request", "too late");
  }
  connection->SetDeadline(deadline, HttpFailure::kDeadline);
  const bool absolute = proxy && request.origin.scheme == Scheme::kHttp;
  std::string head = RequestHead(request, absolute ? proxy : nullptr);
  const Completion<IoResult> writing = connection->Write(std::move(head), std::move(request.body));
  const IoResult written = co_await writing;
  if (written.error) co_return WriteFailed(*connection, written);
  co_return std::move(exchange);
}

Task<std::expected<void, HttpError>> Dialler::Establish(std::shared_ptr<HttpConnection> connection,
                                                        HttpOrigin origin, const Proxy* proxy) {
  const HttpOrigin hop = proxy ? proxy->origin : origin;
  const std::string name = HostHeader(hop);
  const Completion<IoResult> resolving = connection->Resolve(hop.host, hop.port);
  const IoResult resolved = co_await resolving;
  if (resolved.error)
    co_return NotSent(*connection, proxy ? HttpFailure::kProxy : HttpFailure::kResolve,
                      "cannot look up " + name, resolved.error.message());
  const Completion<IoResult> connecting = connection->Connect();
  const IoResult connected = co_await connecting;
  if (connected.error)
    co_return NotSent(*connection, proxy ? HttpFailure::kProxy : HttpFailure::kConnect,
                      "cannot connect to " + name, connected.error.message());
  if (origin.scheme == Scheme::kHttp) co_return std::expected<void, HttpError>{};
  if (proxy) {
    auto tunnelling = Tunnel(connection, origin, proxy);
    auto tunnelled = co_await tunnelling;
    if (!tunnelled) co_return std::unexpected(std::move(tunnelled.error()));
  }
  auto securing = Secure(connection, origin);
  co_return co_await securing;
}

Task<std::expected<void, HttpError>> Dialler::Tunnel(std::shared_ptr<HttpConnection> connection,
                                                     HttpOrigin origin, const Proxy* proxy) {
  const std::string deed = "cannot reach " + HostHeader(origin) + " through the proxy";
  const Completion<IoResult> writing = connection->Write(ConnectText(origin, *proxy), {});
  const IoResult written = co_await writing;
  if (written.error)
    co_return NotSent(*connection, HttpFailure::kProxy, deed, written.error.message());
  ResponseReader reader(BodyRule::kNone, {options_.header_bytes_max, 0});
  auto reading = reader.Read(connection, ResponseReader::Until::kHead);
  auto read = co_await reading;
  if (!read) co_return NotSent(*connection, HttpFailure::kProxy, deed, read.error().message);
  if (reader.status() / 100 != 2)
    co_return NotSent(*connection, HttpFailure::kProxy, deed,
                      "it answered status " + std::to_string(reader.status()));
  if (connection->input().size() > 0)
    co_return NotSent(*connection, HttpFailure::kProxy, deed, "it sent bytes before TLS began");
  co_return std::expected<void, HttpError>{};
}

Task<std::expected<void, HttpError>> Dialler::Secure(std::shared_ptr<HttpConnection> connection,
                                                     HttpOrigin origin) {
  const std::string& expected_name = options_.tls.server_name;
  const Completion<IoResult> securing =
      connection->Handshake(*tls_, expected_name.empty() ? origin.host : expected_name);
  const IoResult secured = co_await securing;
  if (!secured.error) co_return std::expected<void, HttpError>{};
  const std::string verdict = connection->VerifyFailure();
  co_return NotSent(*connection, HttpFailure::kTls,
                    "cannot agree on TLS with " + HostHeader(origin),
                    verdict.empty() ? secured.error.message() : verdict);
}

}  // namespace instanced
