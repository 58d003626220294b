#include "controller/provider/aws/credentials/file_reader.h"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace instanced::aws {
namespace {
constexpr std::uintmax_t kFileBytesMax = 1 << 20;
}

Result<std::string> DiskFileReader::Read(const std::string& path) const {
  std::error_code failure;
  if (!std::filesystem::exists(path, failure)) {
    return Fail(ErrorClass::kNotFound, "NoSuchFile", "there is no file " + path);
  }
  const bool regular = std::filesystem::is_regular_file(path, failure);
  if (!regular || std::filesystem::file_size(path, failure) > kFileBytesMax || failure) {
    return Fail(ErrorClass::kAuth, "UnreadableFile", "cannot use " + path + " as a file");
  }
  std::ifstream in(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in.is_open() || in.bad()) {
    return Fail(ErrorClass::kAuth, "UnreadableFile", "cannot read " + path);
  }
  return text;
}

}  // namespace instanced::aws
