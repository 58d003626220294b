// AWS Supply Chain's documents: requests from forProvider, observations from answers. Pure.
//
// at_provider holds every member of `instance` under its own name, members we do not know
// included, and the tags; times are RFC 3339.
// API 2024-01-01: https://docs.aws.amazon.com/aws-supply-chain/latest/APIReference/
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "api/error/error.h"
#include "controller/provider/provider.h"

namespace instanced::aws {

// The body of CreateInstance. Validation for a token outside 33..126 characters.
Result<std::string> EncodeSupplyChainCreate(const CreateInput& input);
// The body of UpdateInstance: the differing fields; a field that is no longer declared is emptied.
Result<std::string> EncodeSupplyChainUpdate(const UpdateStep& step);

// An `instance` of any answer: no tags in it, so the mark is not read. Nothing without its id.
std::optional<Observation> ObserveSupplyChain(const nlohmann::json& instance);
// Adds the answer of ListTagsForResource, and with it the mark.
void AddSupplyChainTags(Observation& observation, const nlohmann::json& answer);

}  // namespace instanced::aws
