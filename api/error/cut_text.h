// Bounds texts that others wrote before they go into messages, conditions and history.
#pragma once

#include <cstddef>
#include <string>

namespace instanced {

// At most so many bytes of it; UTF-8 stays UTF-8, no character is cut in two.
std::string CutUtf8(std::string text, std::size_t bytes_max);

}  // namespace instanced
