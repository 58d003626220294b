#include "tests/cloudsim/world/settings.h"

namespace instanced::cloudsim {

std::expected<Settings, std::string> MergeSettings(const Settings& settings, const Json& patch) {
  if (!patch.is_object()) return std::unexpected("settings must be a JSON object");
  Json merged = settings;
  for (const auto& [key, value] : patch.items()) {
    if (!merged.contains(key)) return std::unexpected("unknown setting '" + key + "'");
    merged[key] = value;
  }
  try {
    return merged.get<Settings>();
  } catch (const Json::exception& failure) {
    return std::unexpected(std::string("setting of a wrong type: ") + failure.what());
  }
}

}  // namespace instanced::cloudsim
