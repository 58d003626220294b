// DirectoryReader: reads and parses a manifest directory as it was at one moment.
//
// Hidden entries and files that are not .yaml, .yml or .json are left out (with a count); symbolic
// links are followed, so a ConfigMap volume (file -> ..data/file) reads as plain files. An entry
// that cannot be looked at is a file that cannot be read, whatever its name: a link to a folder
// whose mount is away may be where objects live. Files are read and parsed again only when their
// inode, size or times changed, and parsed again only when their content did. After reading, all is
// looked at once more: when anything changed meanwhile, the reading is not one moment and is given
// up.
// Bounds: file size, file count and depth below; beyond them the file or directory is unreadable.
// Threads: blocks; one at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/clock/clock.h"
#include "controller/source/file/desired_object.h"

namespace instanced {

struct ReaderLimits {
  std::int64_t file_bytes_max = 4 << 20;
  std::size_t files_max = 100'000;
  int depth_max = 16;
};

// By its name alone.
bool IsManifestFile(std::string_view name);

class DirectoryReader final {
 public:
  DirectoryReader(std::string directory, ManifestParser parser, const Clock& clock,
                  ReaderLimits limits = {});

  // Nothing when the directory changed while it was read: wait for a quiet moment, read again.
  std::optional<DirectorySnapshot> Read();
  const std::string& directory() const { return directory_; }
  // How many files were parsed so far, for tests of the cache.
  std::int64_t parse_count() const { return parse_count_; }

 private:
  // What tells one version of a file from another without reading it.
  struct Stamp {
    std::uint64_t device = 0, inode = 0;
    std::int64_t size = 0, modified_ns = 0, changed_ns = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  struct Listing {
    DirectoryCondition condition = DirectoryCondition::kRead;
    std::string message;
    std::map<std::string, Stamp> files;          // by path relative to the directory
    std::map<std::string, std::string> refused;  // what cannot be looked at, and why
    std::vector<std::string> directories;
    std::int64_t ignored = 0;
    friend bool operator==(const Listing&, const Listing&) = default;
  };
  struct Cached {
    Stamp stamp;
    bool settled = false;  // old enough that a later write must show in its times
    std::uint64_t fingerprint = 0;
    FileReading reading;
  };

  Listing List() const;
  void Walk(const std::string& relative, int depth, Listing& listing) const;
  void Enter(const std::string& relative, const std::string& name, int depth,
             Listing& listing) const;
  FileReading ReadOne(const std::string& path, const Stamp& stamp);
  bool IsSettled(const Stamp& stamp) const;

  std::string directory_;
  ManifestParser parser_;
  const Clock& clock_;
  ReaderLimits limits_;
  std::map<std::string, Cached> cache_;
  std::int64_t parse_count_ = 0;
};

}  // namespace instanced
