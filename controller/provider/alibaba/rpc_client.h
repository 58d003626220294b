// RpcClient: one call of one Alibaba RPC API, from parameters to a classified answer.
//
// Promises: one call is at most one transmission, signed with its own nonce and time; it enters
// the gate before it is signed and leaves it with the outcome. Business parameters travel in the
// query of a POST with an empty body, and JSON is asked for. Failures carry the class of the API's
// table; a mutating call whose fate is unknown is InDoubt. Neither key nor token reaches a message.
//
// A mutating call passes the AccountGuard before it enters the gate.
//
// A refused time corrects the offset from the answer's Date for the next try; a refused key makes
// the source fetch another one.
//
// Threads: the loop's. Ownership: outlives every call it has in flight, as its arguments outlive
// it.
#pragma once

#include <memory>
#include <span>
#include <string>

#include <nlohmann/json.hpp>

#include "controller/clock/clock.h"
#include "controller/http/http_client.h"
#include "controller/provider/account_guard.h"
#include "controller/provider/alibaba/access_key.h"
#include "controller/provider/alibaba/envelope.h"
#include "controller/provider/alibaba/error_table.h"
#include "controller/provider/alibaba/rpc_signature.h"
#include "controller/provider/call_gate.h"

namespace instanced::alibaba {

enum class SignatureVersion { kV1, kV3 };

// Our wall clock as the servers see it: corrected by what their Date said last.
class ServerClock {
 public:
  explicit ServerClock(const Clock& clock) : clock_(clock) {}
  WallTime Now() const { return clock_.WallNow() + offset_; }
  void Learn(WallTime server_now) { offset_ = server_now - clock_.WallNow(); }

 private:
  const Clock& clock_;
  std::chrono::milliseconds offset_{};
};

// The effects a call needs; all borrowed.
struct Transport {
  HttpClient& http;
  const Clock& clock;
  Random& random;
  ServerClock& server_clock;
  UnlistedCodes* unlisted = nullptr;
  SignatureVersion signature = SignatureVersion::kV1;
};

struct RpcApi {
  std::string service;  // "ccc"
  std::string version;  // "2017-07-05"
  std::string region;   // empty: no RegionId is sent
  HttpEndpoint endpoint;
  std::span<const ErrorRow> errors;
};

struct RpcCall {
  std::string action;
  RpcParameters parameters;
  Effect effect = Effect::kRead;
  Subject subject = Subject::kInstance;
};

class RpcClient {
 public:
  RpcClient(Transport transport, RpcApi api, CallGate& gate, std::shared_ptr<AccessKeySource> keys,
            AccountGuard guard = {})
      : transport_(transport),
        api_(std::move(api)),
        gate_(gate),
        keys_(std::move(keys)),
        guard_(std::move(guard)) {}

  // The body of a successful answer.
  Task<Result<nlohmann::json>> Call(CallContext context, RpcCall call);
  const RpcApi& api() const { return api_; }

 private:
  HttpRequest Sign(const RpcCall& call, const SigningKey& key) const;
  Error FromFailure(const RpcCall& call, const HttpError& failure) const;
  Error FromEnvelope(const RpcCall& call, const Envelope& envelope) const;
  void React(Reaction reaction, const HttpResponse& response) const;
  Result<nlohmann::json> Conclude(const RpcCall& call, const SigningKey& key,
                                  std::expected<HttpResponse, HttpError> answer) const;

  Transport transport_;
  RpcApi api_;
  CallGate& gate_;
  std::shared_ptr<AccessKeySource> keys_;
  AccountGuard guard_;
};

// 128 random bits in the form of a UUID.
std::string MakeNonce(Random& random);
// A failed transmission as an error: in doubt only when a mutating request may have arrived.
Error TransportError(const HttpError& failure, Effect effect);
// `text` without the secret and the token, as they are or percent-encoded, and without the
// signature's own text, which differs with each try. At most 512 bytes.
std::string Redact(std::string text, const SigningKey& key);

}  // namespace instanced::alibaba
