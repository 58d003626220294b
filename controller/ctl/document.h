// Answers for programs: JSON and YAML.
//
// JSON is proto3's own mapping of api/admin/v1 (lowerCamelCase names, RFC 3339 times, every field
// present); objects are written in Kubernetes' own form. YAML is the same document.
#pragma once

#include <string>
#include <string_view>

#include <google/protobuf/message.h>
#include <nlohmann/json_fwd.hpp>

#include "controller/ctl/command_line.h"

namespace instanced::ctl {

nlohmann::ordered_json ToDocument(const google::protobuf::Message& message);
// The JSON text of an object; null when it is none.
nlohmann::ordered_json ParseDocument(std::string_view text);

// `format` is kJson (indented, one newline at the end) or kYaml.
std::string Write(const nlohmann::ordered_json& document, Format format);
std::string Write(const google::protobuf::Message& message, Format format);

}  // namespace instanced::ctl
