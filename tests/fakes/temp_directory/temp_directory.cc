#include "tests/fakes/temp_directory/temp_directory.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace instanced {

TempDirectory::TempDirectory() {
  std::string pattern = std::filesystem::temp_directory_path() / "instanced-test-XXXXXX";
  if (!mkdtemp(pattern.data())) std::abort();
  path_ = pattern;
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace instanced
