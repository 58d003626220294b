// Any bytes as a manifest: no crash, no hang, and what was read once is read again the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "controller/source/manifest/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = instanced::ParseManifest("fuzz.yaml", text);
  for (const auto& problem : parsed.problems) {
    if (instanced::ToString(problem).empty()) std::abort();
  }
  // The canonical spec is JSON, so it is YAML too: as a manifest it means the same object.
  for (const auto& object : parsed.objects) {
    const auto& key = object.key;
    const std::string again = "{\"apiVersion\":\"instanced.dev/v1alpha1\",\"kind\":\"" +
                              std::string(instanced::ToString(key.kind)) +
                              "\",\"metadata\":{\"name\":\"" + key.name + "\",\"namespace\":\"" +
                              key.namespace_ + "\"},\"spec\":" + object.canonical_spec + "}";
    const auto second = instanced::ParseManifest("again.yaml", again);
    if (!second.ok() || second.objects.size() != 1) std::abort();
    if (second.objects[0].canonical_spec != object.canonical_spec) std::abort();
  }
  return 0;
}
