#include "controller/daemon/metrics_endpoint.h"

#include <optional>
#include <utility>

#include "controller/config/command_line.h"
#include "controller/lock/lock.h"

namespace instanced {
namespace {

constexpr const char* kTextForm = "text/plain; version=0.0.4; charset=utf-8";

Result<std::string> ReadFileOf(const char* flag, const std::filesystem::path& path) {
  auto text = ReadSmallFile(path.string());
  if (text) return *std::move(text);
  return Fail(ErrorClass::kValidation, "UnreadableFile",
              std::string("cannot read --") + flag + " " + path.string() + ": " + text.error());
}

Result<HttpAuth> ReadAuth(const MetricsAccess& access) {
  const bool basic = !access.basic_auth_file.empty();
  const char* flag = basic ? "metrics-basic-auth-file" : "metrics-bearer-token-file";
  const auto& path = basic ? access.basic_auth_file : access.bearer_token_file;
  auto text = ReadFileOf(flag, path);
  if (!text) return std::unexpected(std::move(text.error()));
  auto auth = basic ? HttpAuth::Basic(*text) : HttpAuth::Bearer(*text);
  if (!auth) {
    auth.error().message =
        std::string("cannot use --") + flag + " " + path.string() + ": " + auth.error().message;
  }
  return auth;
}

}  // namespace

// What Reload replaces while requests are answered.
class MetricsEndpoint::Secret {
 public:
  Secret(MetricsAccess access, HttpAuth auth)
      : access_(std::move(access)), auth_(std::move(auth)) {}
  std::optional<HttpResponse> Refuses(const ServerRequest& request) const {
    const Locked lock(mutex_);
    if (auth_.Allows(request)) return std::nullopt;
    return auth_.Challenge();
  }
  Result<void> Reload() {
    auto again = ReadAuth(access_);
    if (!again) return std::unexpected(std::move(again.error()));
    const Locked lock(mutex_);
    auth_ = *std::move(again);
    return {};
  }

 private:
  const MetricsAccess access_;
  mutable Mutex mutex_;
  HttpAuth auth_ INSTANCED_GUARDED_BY(mutex_);
};

MetricsEndpoint::~MetricsEndpoint() {
  if (server_) server_->Close();
}

Result<std::unique_ptr<MetricsEndpoint>> MetricsEndpoint::Start(const Metrics& metrics,
                                                                const Config& config) {
  std::unique_ptr<MetricsEndpoint> endpoint(new MetricsEndpoint());
  if (!config.metrics_address) return endpoint;
  const auto& access = config.metrics_access;
  const bool guarded = !access.basic_auth_file.empty() || !access.bearer_token_file.empty();
  if (!guarded && access.tls_cert_file.empty()) {
    auto started = MetricsExposer::Start(metrics, {ToString(*config.metrics_address)});
    if (!started) return std::unexpected(std::move(started.error()));
    endpoint->exposer_ = std::move(*started);
    return endpoint;
  }
  if (guarded) {
    auto auth = ReadAuth(access);
    if (!auth) return std::unexpected(std::move(auth.error()));
    endpoint->secret_ = std::make_unique<Secret>(access, *std::move(auth));
  }
  HttpServerOptions options;
  options.address = config.metrics_address->host.empty() ? "0.0.0.0" : config.metrics_address->host;
  options.port = config.metrics_address->port;
  options.threads = 4;
  if (!access.tls_cert_file.empty()) {
    auto certificate = ReadFileOf("metrics-tls-cert", access.tls_cert_file);
    if (!certificate) return std::unexpected(std::move(certificate.error()));
    auto key = ReadFileOf("metrics-tls-key", access.tls_key_file);
    if (!key) return std::unexpected(std::move(key.error()));
    options.tls = ServerTls{*std::move(certificate), *std::move(key)};
  }
  auto started =
      HttpServer::Start(options, {{HttpMethod::kGet, "/metrics",
                                   [&metrics, self = endpoint.get()](const ServerRequest& request) {
                                     return self->Answer(metrics, request);
                                   }}});
  if (!started) return std::unexpected(std::move(started.error()));
  endpoint->server_ = std::move(*started);
  return endpoint;
}

HttpResponse MetricsEndpoint::Answer(const Metrics& metrics, const ServerRequest& request) const {
  if (secret_) {
    if (auto refusal = secret_->Refuses(request)) return *std::move(refusal);
  }
  return {200, {{"Content-Type", kTextForm}}, metrics.Scrape()};
}

Result<void> MetricsEndpoint::Reload() { return secret_ ? secret_->Reload() : Result<void>(); }

}  // namespace instanced
