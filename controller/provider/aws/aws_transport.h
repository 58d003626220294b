// AwsTransport: one AWS API call, from the gate to a classified answer.
//
// Order: gate, signature, one transmission, classification, gate again. Nothing is retried here.
// A request refused for its time corrects the offset of this endpoint's clock, so that the next
// signature fits; such a refusal is Transient when the correction changed something, else Auth.
//
// Threads: the loop's. Ownership: shares its ClockSkew with other transports of the same endpoint.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "api/error/error.h"
#include "controller/clock/clock.h"
#include "controller/http/http_client.h"
#include "controller/provider/aws/aws_credentials.h"
#include "controller/provider/aws/aws_errors.h"
#include "controller/provider/aws/rest_json.h"
#include "controller/provider/aws/sigv4.h"
#include "controller/provider/call_gate.h"

namespace instanced::aws {

// Told of every error code that no table knows; telemetry counts them.
class UnknownCodeSink {
 public:
  virtual ~UnknownCodeSink() = default;
  virtual void OnUnknownCode(std::string_view service, std::string_view operation,
                             std::string_view code, int http_status) = 0;
};

// What tells one AWS API from another here.
struct AwsService {
  std::string_view name;  // "connect": endpoints, budgets, messages; also the signing name
  AwsVerdict (*classify)(Effect effect, std::string_view code, int http_status,
                         std::string_view message);
  AwsFailure (*parse_failure)(const HttpResponse& response);
};

// How far an endpoint's clock is ahead of ours, as far as it complained.
class ClockSkew {
 public:
  std::chrono::milliseconds offset() const { return offset_; }
  enum class Change { kNone, kCorrected };
  // After a refusal. Differences under a minute are not what it was refused for.
  Change Correct(WallTime server, WallTime ours);

 private:
  std::chrono::milliseconds offset_{0};
};

struct ApiCall {
  std::string_view operation;  // "CreateInstance"; of static storage
  Effect effect = Effect::kRead;
  HttpRequest request;
};

struct AwsCallError {
  Error error;
  AuthHint hint = AuthHint::kNone;
};

struct AwsTransportOptions {
  Duration call_deadline = std::chrono::seconds{30};
  std::size_t body_bytes_max = std::size_t{4} << 20;
};

struct AwsTransportDeps {
  HttpClient& http;
  const Clock& clock;
  CallGate& gate;
  UnknownCodeSink* unknown_codes = nullptr;  // may be absent
};

class AwsTransport final {
 public:
  AwsTransport(AwsService service, std::string region, AwsTransportDeps deps,
               std::shared_ptr<ClockSkew> skew, AwsTransportOptions options);

  // Answers 2xx. Without an access key the request goes unsigned.
  Task<std::expected<HttpResponse, AwsCallError>> Send(CallContext context, ApiCall call,
                                                       AwsCredentials credentials);

  const AwsService& service() const { return service_; }
  std::string OperationName(std::string_view operation) const;

 private:
  using Answer = std::expected<HttpResponse, AwsCallError>;
  Answer Judge(const ApiCall& call, const AwsCredentials& credentials,
               std::expected<HttpResponse, HttpError> sent);
  AwsCallError Refused(const ApiCall& call, const AwsCredentials& credentials,
                       const HttpResponse& response);
  AwsCallError NotAnswered(const ApiCall& call, const HttpError& failure) const;

  AwsService service_;
  AwsTransportDeps deps_;
  std::shared_ptr<ClockSkew> skew_;
  AwsTransportOptions options_;
  SigV4Signer signer_;
};

}  // namespace instanced::aws
