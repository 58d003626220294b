// The CustomResourceDefinitions, compiled in: the one schema of manifests and of the cluster.
// Pure; any thread.
#pragma once

#include <string_view>

#include "api/object/object_key.h"

namespace instanced {

// The text of the kind's file in api/crds, byte for byte.
std::string_view CrdYaml(Kind kind);

}  // namespace instanced
