// "Did you mean": the known word closest to a mistyped one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace instanced {

// The candidate with the fewest single-letter edits (a swap of neighbours counts as one), when that
// is few enough to be a slip of the hand; empty otherwise. A unique candidate that `word` begins,
// or that begins `word`, counts too.
std::string NearestWord(std::string_view word, std::span<const std::string> candidates);

}  // namespace instanced
