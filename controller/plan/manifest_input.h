// Manifests that somebody has read already, as the daemon's own reading of a folder.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "controller/source/file/desired_object.h"

namespace instanced {

// Path relative to the folder, and text.
using ManifestTexts = std::vector<std::pair<std::string, std::string>>;

// Parses and checks every file, as the daemon does. Pure; any thread.
DirectorySnapshot SnapshotOf(const ManifestTexts& files);
// A folder that could not be read.
DirectorySnapshot SnapshotOf(DirectoryCondition condition, std::string message);

}  // namespace instanced
