// Measures of text as Kubernetes takes them. Pure; the text is UTF-8.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace instanced {

std::size_t CountCodePoints(std::string_view text);
// The candidate a misspelt word was meant to be; empty when none is near.
std::string NearestWord(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace instanced
