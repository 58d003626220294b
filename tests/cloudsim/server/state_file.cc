#include "tests/cloudsim/server/state_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace instanced::cloudsim {
namespace {

bool WriteAll(int descriptor, const std::string& text) {
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = write(descriptor, text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    written += static_cast<std::size_t>(count);
  }
  return true;
}

std::unexpected<std::string> Failed(const std::string& path) {
  return std::unexpected(path + ": " + std::strerror(errno));
}

}  // namespace

StateFile::~StateFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

std::expected<void, std::string> StateFile::Load(const std::string& path,
                                                 const std::function<void(const Json&)>& apply) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    const Json record = Json::parse(line, nullptr, false);
    if (record.is_discarded()) {
      if (file.peek() == std::char_traits<char>::eof()) return {};
      return std::unexpected(path + " holds a line that is not JSON");
    }
    try {
      apply(record);
    } catch (const Json::exception& failure) {
      return std::unexpected(path + ": " + failure.what());
    }
  }
  return {};
}

std::expected<void, std::string> StateFile::Open(const std::string& path,
                                                 const std::function<void(const Recorder&)>& dump) {
  const std::string fresh = path + ".new";
  std::string text;
  dump([&](const Json& record) { text.append(record.dump()).append("\n"); });
  const int file = open(fresh.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return Failed(fresh);
  if (!WriteAll(file, text) || fsync(file) != 0 || std::rename(fresh.c_str(), path.c_str()) != 0) {
    close(file);
    return Failed(fresh);
  }
  descriptor_ = file;
  return {};
}

bool StateFile::Append(const Json& record) {
  return descriptor_ < 0 || WriteAll(descriptor_, record.dump() + "\n");
}

}  // namespace instanced::cloudsim
