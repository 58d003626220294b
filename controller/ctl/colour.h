// Colours for a terminal: meaning first, so that one place knows the codes.
#pragma once

#include <string>
#include <string_view>

namespace instanced::ctl {

enum class Colours { kOff, kOn };
enum class Tone { kPlain, kGood, kChange, kBad, kHeld };

// The text in its tone, or as it is.
std::string Painted(std::string text, Tone tone, Colours colours);
// What a word of a table says of its object: "True", "False", "Holding".
Tone ToneOf(std::string_view word);

}  // namespace instanced::ctl
