// A folder of its own for one test's socket, removed with everything in it.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

namespace instanced {

class SocketFolder final {
 public:
  SocketFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "admin-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~SocketFolder() { std::filesystem::remove_all(path_); }
  SocketFolder(const SocketFolder&) = delete;
  SocketFolder& operator=(const SocketFolder&) = delete;

  std::filesystem::path socket() const { return path_ / "instanced.sock"; }

 private:
  std::filesystem::path path_;
};

}  // namespace instanced
