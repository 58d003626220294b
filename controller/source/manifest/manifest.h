// One manifest file: YAML text in, checked objects and problems out. Pure; any thread.
//
// A file with any problem is unusable as a whole: its objects are for showing, and whoever reads
// directories keeps what the file said when it was last without one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/kinds/kind_traits.h"
#include "api/kinds/object.h"
#include "controller/source/manifest/problem.h"
#include "controller/source/manifest/yaml_node.h"

namespace instanced {

// An object as declared; uid, generation and status are its journal's business.
struct ManifestObject {
  ObjectKey key;
  StringPairs labels;
  StringPairs annotations;
  std::variant<InstanceSpec, ProviderConfigSpec> spec;
  // The defaulted spec with sorted keys: a change of it is a new generation.
  std::string canonical_spec;
  std::string file;
  Position position;
};

struct ParsedFile {
  std::string file;
  std::vector<ManifestObject> objects;  // in the order of the file
  std::vector<Problem> problems;        // in the order of the file
  std::size_t ignored = 0;              // documents of other groups and kinds

  bool ok() const { return problems.empty(); }
};

ParsedFile ParseManifest(std::string file_name, std::string_view text);
ParsedFile ParseManifest(std::string file_name, std::string_view text, const YamlLimits& limits);

// What may not become of `old` without replacePolicy: Recreate: the transition rules of the CRD's
// spec. The problems have no place; `field_path` begins with "spec.".
std::vector<Problem> CheckImmutable(const KindTraits& traits, const InstanceSpec& old,
                                    const InstanceSpec& now);

}  // namespace instanced
