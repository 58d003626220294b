// Walks a document along its schema: the value with defaults filled in, and everything that is
// wrong with it in one go. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "controller/source/manifest/crd_schema.h"
#include "controller/source/manifest/yaml_node.h"

namespace instanced {

// `path` names the node in problems. As the API server does it, a null is an absent field, and
// rules are asked only of a value that is right without them.
nlohmann::json CheckSchema(const CrdSchema& schema, const YamlNode& node, const std::string& path,
                           const std::string& file, std::vector<Problem>& problems);

// Fills the defaults of absent and null members in, all the way down.
void FillDefaults(const CrdSchema& schema, nlohmann::json& value);

// "the integer 111": a node in a problem's words, cut to a readable length.
std::string DescribeNode(const YamlNode& node);

}  // namespace instanced
