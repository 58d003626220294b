// TempDirectory: a folder that goes, with all in it, when the test does.
#pragma once

#include <string>

namespace instanced {

class TempDirectory final {
 public:
  TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  ~TempDirectory();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace instanced
