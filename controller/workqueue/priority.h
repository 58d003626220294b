// Priority: in which order work of one account, and keys of one queue, are served.
#pragma once

#include <cstddef>

namespace instanced {

// Highest first: deletions, creations and spec changes, then polls of what is changing, then drift.
enum class Priority { kUrgent, kTransition, kDrift };
inline constexpr std::size_t kPriorities = 3;

constexpr std::size_t Level(Priority priority) { return static_cast<std::size_t>(priority); }
constexpr Priority Higher(Priority a, Priority b) { return a < b ? a : b; }

}  // namespace instanced
