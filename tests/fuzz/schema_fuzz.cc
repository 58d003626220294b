// Any spec of any kind against the CustomResourceDefinitions: the first byte is the kind, the rest
// the spec in YAML's flow form, where the manifest target seldom gets to. Every problem names a
// place, and what the schema accepts it accepts again with its defaults filled in, unchanged.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "controller/source/manifest/manifest.h"

namespace {

using namespace instanced;

constexpr std::array kKinds{Kind::kConnectInstance,         Kind::kSupplyChainInstance,
                            Kind::kCloudCallCenterInstance, Kind::kOutboundBotInstance,
                            Kind::kPluginInstance,          Kind::kProviderConfig};

void Require(bool holds) {
  if (!holds) std::abort();
}

ParsedFile Parse(Kind kind, std::string_view spec) {
  const std::string text =
      "{\"apiVersion\":\"instanced.dev/v1alpha1\",\"kind\":\"" + std::string(ToString(kind)) +
      "\",\"metadata\":{\"name\":\"x\",\"namespace\":\"default\"},\"spec\":" + std::string(spec) +
      "\n}";
  return ParseManifest("spec.yaml", text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Kind kind = kKinds[data[0] % kKinds.size()];
  const std::string_view spec(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto first = Parse(kind, spec);
  for (const auto& problem : first.problems) Require(!ToString(problem).empty());
  for (const auto& object : first.objects) {
    const auto second = Parse(object.key.kind, object.canonical_spec);
    Require(second.ok() && second.objects.size() == 1);
    Require(second.objects[0].canonical_spec == object.canonical_spec);
    Require(nlohmann::json::accept(object.canonical_spec));
  }
  return 0;
}
