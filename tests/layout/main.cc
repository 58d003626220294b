#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include "tests/layout/checker.h"

namespace {

namespace fs = std::filesystem;
using instanced::layout::Finding;
using instanced::layout::Severity;

std::string Read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Build trees and the repository's own records are not part of the source.
bool IsSkipped(const fs::path& folder) {
  const std::string name = folder.filename();
  return name == ".git" || name == ".cache" || name == "build" || name.starts_with("build-");
}

// At the top only what belongs to the source: people keep their own files there too.
bool IsWanted(const fs::directory_entry& entry, bool at_top) {
  if (!entry.is_regular_file() || entry.file_size() > (1U << 20U)) return false;
  if (!at_top) return true;
  const std::string name = entry.path().filename();
  const std::string extension = entry.path().extension();
  return extension == ".md" || extension == ".txt" || name == "Makefile" || name == "Dockerfile" ||
         name == "LICENSE";
}

instanced::layout::Tree ReadTree(const fs::path& root) {
  instanced::layout::Tree tree;
  for (auto entry = fs::recursive_directory_iterator(root); entry != fs::end(entry); ++entry) {
    if (entry->is_directory() && IsSkipped(entry->path())) {
      entry.disable_recursion_pending();
    } else if (IsWanted(*entry, entry.depth() == 0)) {
      tree.push_back({fs::relative(entry->path(), root).generic_string(), Read(entry->path())});
    }
  }
  std::ranges::sort(tree, {}, &instanced::layout::SourceFile::path);
  return tree;
}

instanced::layout::Rules ReadRules(const fs::path& folder) {
  const auto rows = [&folder](const char* name) {
    return instanced::layout::ParseRows(Read(folder / name));
  };
  return {.rooms = rows("rooms.txt"),
          .quarantine = rows("quarantine.txt"),
          .calls = rows("calls.txt"),
          .names = rows("names.txt"),
          .texts = rows("texts.txt")};
}

}  // namespace

// layout_check ROOT: prints what breaks the rules of ROOT/tests/layout/rules and fails if any does.
int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: layout_check ROOT\n";
    return 2;
  }
  const fs::path root = argv[1];
  const instanced::layout::Rules rules = ReadRules(root / "tests/layout/rules");
  const instanced::layout::Tree tree = ReadTree(root);
  if (rules.rooms.empty() || tree.empty()) {
    std::cerr << "layout_check: no rules or no files under " << root << "\n";
    return 2;
  }
  int errors = 0;
  for (const Finding& finding : Check(tree, rules)) {
    const bool error = finding.severity == Severity::kError;
    errors += error ? 1 : 0;
    std::cout << (error ? "error: " : "note: ") << ToString(finding) << "\n";
  }
  std::cout << tree.size() << " files, " << errors << " errors\n";
  return errors == 0 ? 0 : 1;
}
