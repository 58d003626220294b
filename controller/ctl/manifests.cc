#include "controller/ctl/manifests.h"

#include <nlohmann/json.hpp>

#include "controller/ctl/document.h"

namespace instanced::ctl {

std::string ShowManifests(const admin::v1::ExportResponse& answer, Format format) {
  nlohmann::ordered_json list = {
      {"apiVersion", "v1"}, {"kind", "List"}, {"items", nlohmann::ordered_json::array()}};
  std::string text;
  for (const std::string& manifest : answer.manifests()) {
    if (format == Format::kJson) {
      list["items"].push_back(ParseDocument(manifest));
    } else {
      text += (text.empty() ? "" : "---\n") + Write(ParseDocument(manifest), format);
    }
  }
  return format == Format::kJson ? Write(list, format) : text;
}

std::string ShowAdoption(const admin::v1::AdoptResponse& answer, Format format) {
  const auto manifest = ParseDocument(answer.manifest());
  if (IsForPrograms(format) || !manifest.contains("metadata")) return Write(manifest, format);
  const auto& named = manifest["metadata"];
  return "# Put spec.externalName into the manifest of " + manifest.value("kind", "") + "/" +
         named.value("namespace", "") + "/" + named.value("name", "") +
         ".\n# With the next read of it the instance is taken over, if its mark allows it.\n" +
         Write(manifest, Format::kYaml);
}

}  // namespace instanced::ctl
