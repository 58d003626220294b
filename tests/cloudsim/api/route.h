// Which operation of which service a request asks for, and its input in one JSON object.
//
// restJson services are told by path, RPC and query services by the Action and Version among
// query, form and x-acs-* headers. Path labels, query and body members share the input object; a
// repeated query key becomes an array.
#pragma once

#include <string>

#include "tests/cloudsim/api/message.h"
#include "tests/cloudsim/world/instance.h"

namespace instanced::cloudsim {

enum class Protocol { kRestJson, kAwsQuery, kRpc };
enum class BodyForm { kJson, kXml };

struct Route {
  Protocol protocol = Protocol::kRestJson;
  Service service = Service::kUnknown;
  std::string operation;  // empty: no such operation
  Json input = Json::object();
  Pairs parameters;  // kAwsQuery and kRpc: query and form, decoded
  BodyForm form = BodyForm::kJson;
  std::string body_fault;  // non-empty: the body is not what the protocol wants
  std::string version;
};

Route RouteOf(const Request& request);

// Whether the operation changes the cloud.
bool IsMutating(const std::string& operation);
// The id, ARN or resource the input names; empty for lists and creates.
std::string TargetOf(const Json& input);
// The alias, domain or name a create asks for.
std::string NameOf(const Json& input);
// The idempotency token, in either spelling.
std::string TokenOf(const Json& input);

}  // namespace instanced::cloudsim
