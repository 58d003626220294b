// What a directory says: objects as manifests declare them, files as they were read.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/kinds/object.h"
#include "api/kinds/packed_instance.h"
#include "api/object/object_key.h"

namespace instanced {

struct DesiredObject {
  ObjectKey key;
  StringPairs labels;       // sorted by name
  StringPairs annotations;  // sorted by name
  std::string spec;         // canonical JSON with its defaults
  std::string file;         // relative to the directory
  std::string base_directory;
  friend bool operator==(const DesiredObject&, const DesiredObject&) = default;
};

// A desired object as it is kept from one reading to the next, to be compared with what is recorded
// and to be there when another file, or a deletion, no longer stands in its way. An instance is
// packed like its row (row_table.h), in about 100 bytes; Unpack gives back what it was made from,
// byte for byte. Copies share it. Any thread.
class PackedDesired {
 public:
  // Every object; one whose `spec` is not `instance` written out is kept as it is.
  PackedDesired(DesiredObject object, const InstanceSpec& instance);
  PackedDesired(DesiredObject object);  // NOLINT(google-explicit-constructor): kept as it is

  InstanceView::Key Key() const;
  std::string_view file() const;
  DesiredObject Unpack() const;
  // Empty where it is kept as it is. Its block holds the file and the folder beside the object.
  const PackedInstance& packed() const { return packed_; }

 private:
  PackedInstance packed_;
  std::shared_ptr<const DesiredObject> plain_;
};

// One file, parsed as a whole. A file with problems is broken: its objects are not used.
struct ParsedManifest {
  std::vector<PackedDesired> objects;
  std::vector<std::string> problems;  // each with file:line:column
  std::int64_t ignored_documents = 0;
};

// Pure, and called on the watcher's thread. `file` is relative to the directory.
using ManifestParser =
    std::function<ParsedManifest(const std::string& file, std::string_view text)>;

struct FileReading {
  std::string path;                              // relative to the directory
  std::shared_ptr<const ParsedManifest> parsed;  // null: the file could not be read
  std::string failure;                           // why it could not be read
  std::shared_ptr<const std::string> text;       // kept of a broken file only

  bool IsGood() const { return parsed && parsed->problems.empty(); }
  friend bool operator==(const FileReading& a, const FileReading& b) {
    return a.path == b.path && a.parsed == b.parsed && a.failure == b.failure;
  }
};

enum class DirectoryCondition { kRead, kVanished, kUnreadable };

// The directory at one moment: no file changed between the first read and the last.
struct DirectorySnapshot {
  DirectoryCondition condition = DirectoryCondition::kRead;
  std::string message;             // why it is not kRead
  std::vector<FileReading> files;  // sorted by path
  std::int64_t ignored_files = 0;
  std::vector<std::string> directories;  // absolute, all that were walked
  friend bool operator==(const DirectorySnapshot&, const DirectorySnapshot&) = default;
};

}  // namespace instanced
