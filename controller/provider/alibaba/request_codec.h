// From forProvider to the business parameters of a call, and to the text recorded in an intent.
//
// The recorded request is canonical JSON, {"Name":"value",...}: the very query parameters that will
// be sent, sorted, all strings, lists as Name.1, Name.2. It holds no credential, signature, nonce
// or time. Neither API takes an idempotency token, so none is in it. Threads: any.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "api/error/error.h"
#include "controller/provider/alibaba/rpc_signature.h"

namespace instanced::alibaba {

enum class ParameterForm { kScalar, kList };
struct ParameterRule {
  std::string_view name;  // forProvider's
  std::string_view wire;  // the API's
  ParameterForm form = ParameterForm::kScalar;
};

// Absent and null members are left out; an empty string is sent, so that a text can be emptied.
// A member without a rule, or of another form than its rule's, is Validation and names the field.
Result<RpcParameters> ToParameters(const nlohmann::json& for_provider,
                                   std::span<const ParameterRule> rules);

std::string EncodeRequest(const RpcParameters& parameters);
// Terminal when the text is not what EncodeRequest wrote: a record nobody may guess about.
Result<RpcParameters> DecodeRequest(const std::string& request);

// The description as it is sent, the mark's suffix included. Validation when that is longer than
// the API's limit in characters (code points).
Result<std::string> MarkedDescription(std::string_view field, std::string_view description,
                                      std::string_view suffix, std::size_t length_max);

}  // namespace instanced::alibaba
