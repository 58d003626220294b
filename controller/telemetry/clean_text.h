// Text from outside made safe to print: valid UTF-8, no control characters.
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace instanced {

// Bytes that are not UTF-8 (overlong forms and surrogates included) become U+FFFD.
std::string CleanUtf8(std::string_view text);
// A JSON string with its quotes: control characters, DEL, C1 controls and the line separators
// U+2028 and U+2029 as escapes, so that one line stays one line on every terminal.
std::string JsonQuote(std::string_view text);

}  // namespace instanced
