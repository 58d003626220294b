// XML answers and errors in the JSON shape the same API would have used.
//
// An element with child elements becomes an object, one without becomes a string; equal names
// become an array. A single root named Error or ...Response is taken off; several top-level
// elements (a body without a root) become one object. Attributes, comments and entities beyond the
// five of XML are ignored, so nothing outside the text is ever read. Threads: any.
#pragma once

#include <optional>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace instanced::alibaba {

// Nothing when the text is not well-formed or nests deeper than 32.
std::optional<nlohmann::json> XmlToJson(std::string_view text);

}  // namespace instanced::alibaba
