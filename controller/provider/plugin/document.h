// JSON texts from another process: read with bounds, so that no depth or size harms the daemon.
//
// Pure. Threads: any.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "api/error/error.h"

namespace instanced::plugin {

inline constexpr std::size_t kDocumentBytesMax = 1 << 20;
inline constexpr int kDocumentDepthMax = 64;

// `what` names the text in the message ("fields_json"). Fails with Terminal/BadDocument.
Result<nlohmann::json> ParseDocument(std::string_view text, std::string_view what);
// The same, and it is an object; an empty text is an empty object.
Result<nlohmann::json> ParseObject(std::string_view text, std::string_view what);
// One line whatever the strings hold.
std::string ToText(const nlohmann::json& document);

// Text for people from another process: valid UTF-8 without control characters, `bytes` at most.
std::string CleanText(std::string_view text, std::size_t bytes);

}  // namespace instanced::plugin
