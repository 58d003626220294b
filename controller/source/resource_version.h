// Resource versions: opaque to everybody but their server. Both of ours (the journal, and a
// Kubernetes API server) count, so the shorter or smaller number is the older; they go back only
// when a backup is restored.
#pragma once

#include <string_view>

namespace instanced {

// Equal is not older.
inline bool IsOlder(std::string_view resource_version, std::string_view than) {
  if (resource_version.size() != than.size()) return resource_version.size() < than.size();
  return resource_version < than;
}

// Newer than any.
inline constexpr std::string_view kEveryVersion = "999999999999999999999";

}  // namespace instanced
