#include "controller/http/beast_http_client.h"

#include <utility>

#include "controller/http/dialler.h"
#include "controller/http/response_reader.h"
#include "controller/http/tls_context.h"

namespace instanced {
namespace {

BodyRule RuleFor(HttpMethod method) {
  return method == HttpMethod::kHead ? BodyRule::kNone : BodyRule::kByHeader;
}

// Bytes behind the answer mean that the two sides disagree about where it ended.
bool IsReusable(const ResponseReader& reader, HttpConnection& connection) {
  return reader.keep_alive() && connection.input().size() == 0;
}

class BeastHttpStream final : public HttpStream {
 public:
  BeastHttpStream(Loop& loop, Exchange exchange, std::unique_ptr<ResponseReader> reader,
                  Duration read_idle_max)
      : loop_(loop),
        exchange_(std::move(exchange)),
        reader_(std::move(reader)),
        read_idle_max_(read_idle_max),
        head_{reader_->status(), reader_->TakeHeaders()} {
    exchange_.connection()->ClearDeadline();
  }

  const HttpStreamHead& head() const override { return head_; }

  Task<std::expected<std::string, HttpError>> Read() override {
    std::string body = reader_->TakeBody();
    if (!body.empty() || reader_->is_done()) co_return body;
    const auto connection = exchange_.connection();
    connection->SetDeadline(loop_.Now() + read_idle_max_, HttpFailure::kDeadline);
    auto reading = reader_->Read(connection, ResponseReader::Until::kSomeBody);
    auto read = co_await reading;
    if (!read) co_return std::unexpected(std::move(read.error()));
    connection->ClearDeadline();
    co_return reader_->TakeBody();
  }

 private:
  Loop& loop_;
  Exchange exchange_;
  std::unique_ptr<ResponseReader> reader_;
  Duration read_idle_max_;
  HttpStreamHead head_;
};

}  // namespace

struct BeastHttpClient::Parts {
  Parts(Loop& its_loop, HttpClientOptions its_options,
        std::unique_ptr<boost::asio::ssl::context> tls)
      : loop(its_loop), options(std::move(its_options)), dialler(loop, options, std::move(tls)) {}
  Loop& loop;
  HttpClientOptions options;
  Dialler dialler;
};

BeastHttpClient::BeastHttpClient(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

BeastHttpClient::~BeastHttpClient() = default;

Result<std::unique_ptr<BeastHttpClient>> BeastHttpClient::Create(Loop& loop,
                                                                 HttpClientOptions options) {
  auto tls = MakeTlsContext(options.tls);
  if (!tls) return std::unexpected(std::move(tls.error()));
  auto parts = std::make_unique<Parts>(loop, std::move(options), std::move(*tls));
  return std::unique_ptr<BeastHttpClient>(new BeastHttpClient(std::move(parts)));
}

Result<void> BeastHttpClient::UseTls(TlsOptions tls) {
  auto context = MakeTlsContext(tls);
  if (!context) return std::unexpected(std::move(context.error()));
  parts_->options.tls = std::move(tls);
  parts_->dialler.UseTls(std::move(*context));
  return {};
}

Task<std::expected<HttpResponse, HttpError>> BeastHttpClient::Send(HttpRequest request,
                                                                   MonotonicTime deadline,
                                                                   StopToken stop) {
  const HttpOrigin origin = request.origin;
  ResponseReader reader(RuleFor(request.method),
                        {parts_->options.header_bytes_max, parts_->options.body_bytes_max});
  auto transmitting = parts_->dialler.Transmit(std::move(request), deadline, std::move(stop));
  auto exchange = co_await transmitting;
  if (!exchange) co_return std::unexpected(std::move(exchange.error()));
  auto reading = reader.Read(exchange->connection(), ResponseReader::Until::kEnd);
  auto read = co_await reading;
  if (!read) co_return std::unexpected(std::move(read.error()));
  if (IsReusable(reader, *exchange->connection())) {
    auto connection = exchange->Finish();
    connection->input().shrink_to_fit();
    parts_->dialler.pool().Put(origin, std::move(connection));
  }
  co_return HttpResponse{reader.status(), reader.TakeHeaders(), reader.TakeBody()};
}

Task<std::expected<std::unique_ptr<HttpStream>, HttpError>> BeastHttpClient::Open(
    HttpRequest request, HttpStreamLimits limits, StopToken stop) {
  auto reader = std::make_unique<ResponseReader>(
      RuleFor(request.method), ResponseBounds{parts_->options.header_bytes_max, std::nullopt});
  auto transmitting =
      parts_->dialler.Transmit(std::move(request), limits.open_deadline, std::move(stop));
  auto exchange = co_await transmitting;
  if (!exchange) co_return std::unexpected(std::move(exchange.error()));
  auto reading = reader->Read(exchange->connection(), ResponseReader::Until::kHead);
  auto read = co_await reading;
  if (!read) co_return std::unexpected(std::move(read.error()));
  std::unique_ptr<HttpStream> stream = std::make_unique<BeastHttpStream>(
      parts_->loop, std::move(*exchange), std::move(reader), limits.read_idle_max);
  co_return std::move(stream);
}

}  // namespace instanced
