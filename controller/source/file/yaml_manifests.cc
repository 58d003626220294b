#include "controller/source/file/yaml_manifests.h"

#include <filesystem>
#include <utility>

#include "controller/source/manifest/manifest.h"

namespace instanced {

ManifestParser YamlManifests(std::string directory) {
  return [directory = std::move(directory)](const std::string& file, std::string_view text) {
    const ParsedFile read = ParseManifest(file, text);
    ParsedManifest parsed;
    parsed.ignored_documents = static_cast<std::int64_t>(read.ignored);
    for (const auto& problem : read.problems) parsed.problems.push_back(ToString(problem));
    const auto folder = (std::filesystem::path(directory) / file).parent_path().string();
    for (const auto& object : read.objects) {
      const bool has_paths = object.key.kind == Kind::kProviderConfig;
      DesiredObject desired{object.key,
                            object.labels,
                            object.annotations,
                            object.canonical_spec,
                            file,
                            has_paths ? folder : std::string()};
      if (const auto* instance = std::get_if<InstanceSpec>(&object.spec)) {
        parsed.objects.emplace_back(std::move(desired), *instance);
      } else {
        parsed.objects.emplace_back(std::move(desired));
      }
    }
    return parsed;
  };
}

}  // namespace instanced
