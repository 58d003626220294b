#include "controller/plan/manifest_input.h"

#include <algorithm>

#include "controller/source/file/yaml_manifests.h"

namespace instanced {

DirectorySnapshot SnapshotOf(const ManifestTexts& files) {
  DirectorySnapshot snapshot;
  const auto parse = YamlManifests("");
  for (const auto& [path, text] : files) {
    FileReading reading;
    reading.path = path;
    reading.parsed = std::make_shared<const ParsedManifest>(parse(path, text));
    if (!reading.IsGood()) reading.text = std::make_shared<const std::string>(text);
    snapshot.files.push_back(std::move(reading));
  }
  std::ranges::sort(snapshot.files, {}, &FileReading::path);
  return snapshot;
}

DirectorySnapshot SnapshotOf(DirectoryCondition condition, std::string message) {
  DirectorySnapshot snapshot;
  snapshot.condition = condition;
  snapshot.message = std::move(message);
  return snapshot;
}

}  // namespace instanced
