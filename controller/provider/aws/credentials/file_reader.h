// FileReader: small local files (profiles, identity tokens), read whole. A seam, so that tests and
// the simulation own them.
#pragma once

#include <string>

#include "api/error/error.h"

namespace instanced::aws {

class FileReader {
 public:
  virtual ~FileReader() = default;
  // NotFound when there is no such file; Auth when it cannot be read or is larger than 1 MiB.
  virtual Result<std::string> Read(const std::string& path) const = 0;
};

class DiskFileReader final : public FileReader {
 public:
  Result<std::string> Read(const std::string& path) const override;
};

}  // namespace instanced::aws
