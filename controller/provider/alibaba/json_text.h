// JSON text to a document, fast: every poll reads an answer.
//
// The same documents as nlohmann's own parser, of which it costs a fifth: what the fast parser
// refuses (a number beyond 64 bits, say) is left to that one to judge.
// Pure; any thread.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace instanced::alibaba {

// Discarded when it is not JSON.
nlohmann::json ParseJson(const std::string& text);

}  // namespace instanced::alibaba
