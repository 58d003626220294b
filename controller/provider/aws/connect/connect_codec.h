// Amazon Connect's documents: requests from forProvider, observations from answers. Pure.
//
// at_provider holds every member of the answer under its own name in lower camel case, members we
// do not know included; keys of maps (tags, attribute types) stay as they are; times are RFC 3339.
// API 2017-08-08: https://docs.aws.amazon.com/connect/latest/APIReference/
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "api/error/error.h"
#include "controller/provider/provider.h"

namespace instanced::aws {

// The body of CreateInstance. Instance attributes are no part of it: they are changed afterwards.
Result<std::string> EncodeConnectCreate(const CreateInput& input);

// The answer of DescribeInstance; nothing without an Instance that has an Id.
std::optional<Observation> ObserveConnect(const nlohmann::json& answer);
// Adds one page of ListInstanceAttributes to it.
void AddConnectAttributes(Observation& observation, const nlohmann::json& answer);
// One entry of ListInstances: neither tags nor reason in it, so the mark is not read.
std::optional<Observation> ObserveConnectSummary(const nlohmann::json& summary);

// The attribute type and value that one difference asks for; Validation for a field that is none.
struct ConnectAttribute {
  std::string type;
  std::string value;
};
Result<ConnectAttribute> AttributeFor(const FieldDiff& diff);

}  // namespace instanced::aws
