// The part of metadata a manifest may declare, checked as Kubernetes checks it. For manifest.cc.
#pragma once

#include <string>
#include <vector>

#include "api/kinds/object.h"
#include "controller/source/manifest/yaml_node.h"

namespace instanced {

struct DeclaredMetadata {
  std::string name;
  std::string namespace_ = "default";
  StringPairs labels;       // sorted by name
  StringPairs annotations;  // sorted by name
};

// Members that only a server writes (uid, managedFields and the like) are accepted and left out.
DeclaredMetadata CheckMetadata(const YamlNode& node, const std::string& file,
                               std::vector<Problem>& problems);

}  // namespace instanced
