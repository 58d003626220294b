// What the daemon has recorded, read from its state file while it runs: the test's eye on status.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace instanced::e2e {

struct RecordedObject {
  std::string key;  // "ConnectInstance/default/desk"
  std::string uid;
  bool deleting = false;
  bool has_finalizer = false;
  nlohmann::json spec;
  nlohmann::json status;

  std::string external_name() const;
  // "Stalled" -> "NameTaken"; empty when the condition is absent. Of "Ready" and "Synced" the
  // status counts: see Is.
  std::string ReasonOf(const std::string& condition) const;
  std::string MessageOf(const std::string& condition) const;
  bool Is(const std::string& condition) const;  // status is True
};

// Empty while there is no state file, or none that can be read now.
std::vector<RecordedObject> RecordedObjects(const std::filesystem::path& state_file);
std::optional<RecordedObject> RecordedObjectOf(const std::filesystem::path& state_file,
                                               const std::string& key);
// Each entry's JSON, oldest first, with "object" added.
std::vector<nlohmann::json> RecordedHistory(const std::filesystem::path& state_file);

}  // namespace instanced::e2e
