// The YAML language of controller/source/manifest as a ManifestParser.
#pragma once

#include <string>

#include "controller/source/file/desired_object.h"

namespace instanced {

// `directory` is the root of the manifests: relative paths in a file start from its own folder.
ManifestParser YamlManifests(std::string directory);

}  // namespace instanced
