// RestJsonClient: a signed restJson1 call, from members to a JSON answer.
//
// Takes the credential from the shared cache, reports refused ones back, and turns an answer that
// cannot be read into InDoubt (mutating) or Transient (reading). A mutating call passes the
// AccountGuard first.
//
// Threads: the loop's. Ownership: shares cache and identified key with the connector.
#pragma once

#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "controller/provider/account_guard.h"
#include "controller/provider/aws/aws_transport.h"
#include "controller/provider/aws/credentials/credential_cache.h"
#include "controller/provider/provider.h"

namespace instanced::aws {

struct RestCall {
  std::string_view operation;  // of static storage
  Effect effect = Effect::kRead;
  HttpMethod method = HttpMethod::kGet;
  std::string target;  // below the endpoint's base path
  std::string body;    // JSON; empty: none
};

// How a service answers a list of instances, and reads one entry of it.
struct RestListShape {
  const char* list;
  const char* next_token;
  const char* id;  // what an entry without it lacks
  std::optional<Observation> (*observe)(const nlohmann::json& entry);
};

class RestJsonClient final {
 public:
  RestJsonClient(AwsTransport transport, HttpEndpoint endpoint,
                 std::shared_ptr<CredentialCache> credentials, AccountGuard guard);

  // The answer's JSON object; an empty body is an empty object.
  Task<Result<nlohmann::json>> Call(CallContext context, RestCall call);
  // A call whose answer says nothing but that it was done.
  Task<Result<void>> Do(CallContext context, RestCall call);
  // One page of a list. Anything but complete entries is unreadable: nothing is left out.
  Task<Result<ListPage>> CallForPage(CallContext context, RestCall call, RestListShape shape);
  // A failure of the answer's content, in the class the effect asks for.
  Error Unreadable(const RestCall& call, std::string_view what) const;

 private:
  HttpRequest MakeRequest(const RestCall& call) const;

  AwsTransport transport_;
  HttpEndpoint endpoint_;
  std::shared_ptr<CredentialCache> credentials_;
  AccountGuard guard_;
};

}  // namespace instanced::aws
