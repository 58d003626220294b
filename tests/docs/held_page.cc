#include "tests/docs/held_page.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

namespace instanced::docs {
namespace {

int Check(const std::string& program, const std::string& path, const std::string& source,
          const std::string& wanted) {
  std::ifstream file(path);
  const std::string held(std::istreambuf_iterator<char>(file), {});
  if (held == wanted) return 0;
  std::istringstream is(held);
  std::istringstream should(wanted);
  std::string is_line;
  std::string should_line;
  int number = 0;
  do {
    is_line.clear();
    should_line.clear();
    std::getline(is, is_line);
    std::getline(should, should_line);
    ++number;
  } while (is_line == should_line && (is || should));
  std::cerr << path << ":" << number << " is not what " << source
            << " says\n  the page: " << is_line << "\n  it should: " << should_line
            << "\nbuild/bin/" << program << " --write " << path << " writes it anew\n";
  return 1;
}

}  // namespace

int HoldPage(int argc, char** argv, const std::string& source, const std::string& page) {
  const auto program = std::filesystem::path(argv[0]).filename().string();
  const std::string verb = argc == 3 ? argv[1] : "";
  if (verb == "--check") return Check(program, argv[2], source, page);
  if (verb == "--write") {
    std::ofstream file(argv[2]);
    file << page;
    return file.flush() ? 0 : 1;
  }
  std::cerr << program << " --write FILE | --check FILE\n";
  return 2;
}

}  // namespace instanced::docs
