// The simulated clouds' memory on disk: one JSON record a line, appended by a single write before
// the effect is answered, so that a SIGKILL loses nothing that was answered. A torn last line is
// ignored. Open rewrites the file compactly through a temporary file and a rename.
#pragma once

#include <expected>
#include <functional>
#include <string>

#include "tests/cloudsim/world/world.h"

namespace instanced::cloudsim {

class StateFile {
 public:
  StateFile() = default;
  ~StateFile();
  StateFile(const StateFile&) = delete;
  StateFile& operator=(const StateFile&) = delete;

  // Feeds every stored record to `apply`, in order. A missing file holds none.
  static std::expected<void, std::string> Load(const std::string& path,
                                               const std::function<void(const Json&)>& apply);
  // Replaces the file by what `dump` emits and opens it for Append.
  std::expected<void, std::string> Open(const std::string& path,
                                        const std::function<void(const Recorder&)>& dump);
  // Does nothing before Open. False when the record could not be written in full.
  bool Append(const Json& record);

 private:
  int descriptor_ = -1;
};

}  // namespace instanced::cloudsim
