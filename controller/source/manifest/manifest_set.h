// All manifests of a directory as one desired state.
#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "controller/source/manifest/manifest.h"

namespace instanced {

struct ManifestSet {
  std::map<ObjectKey, ManifestObject> objects;
  std::vector<Problem> problems;
  std::size_t ignored = 0;  // documents of other groups and kinds

  bool ok() const { return problems.empty(); }
};

// Pure. Objects of files with problems are left out; a key that stands in two files is a problem
// that names both, and neither of the two is in the set.
ManifestSet Combine(const std::vector<ParsedFile>& files);

struct ManifestFile {
  std::string path;
  std::string text;
};
ManifestSet LoadManifests(const std::vector<ManifestFile>& files);

struct DirectoryLimits {
  std::size_t files = 100'000;
  std::size_t depth = 32;
  YamlLimits yaml;
};

// A directory as it stands: the paths of its manifests (.yaml, .yml, .json) in nested folders,
// sorted. Names that begin with a dot are left out; links are followed. What cannot be read is a
// problem. Blocking.
struct DirectoryListing {
  std::vector<std::filesystem::path> files;
  std::vector<Problem> problems;
  std::size_t ignored = 0;  // files that are no manifests by name
};
DirectoryListing ListManifests(const std::filesystem::path& directory,
                               const DirectoryLimits& limits);

// The whole text of one file, or a problem. Blocking.
std::expected<std::string, Problem> ReadManifest(const std::filesystem::path& path,
                                                 const DirectoryLimits& limits);

// Reads and checks all of a directory: what `instanced validate` does. Blocking.
ManifestSet LoadDirectory(const std::filesystem::path& directory, const DirectoryLimits& limits);

}  // namespace instanced
