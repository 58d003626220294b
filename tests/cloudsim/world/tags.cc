#include "tests/cloudsim/world/tags.h"

namespace instanced::cloudsim {

std::string TagFault(const std::map<std::string, std::string>& tags, std::size_t limit) {
  if (tags.size() > limit) return "Too many tags.";
  for (const auto& [key, value] : tags) {
    if (key.empty() || key.size() > 128) return "A tag key must have 1 to 128 characters.";
    if (key.starts_with("aws:")) return "Tag keys must not start with aws:.";
    if (value.size() > 256) return "A tag value must have at most 256 characters.";
  }
  return "";
}

}  // namespace instanced::cloudsim
