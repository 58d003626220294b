#include "controller/source/manifest/problem.h"

#include <fmt/format.h>

namespace instanced {

std::string ToString(const Problem& problem) {
  std::string text = problem.file;
  if (problem.position.line > 0) {
    text += fmt::format(":{}:{}", problem.position.line, problem.position.column);
  }
  if (!problem.field_path.empty()) text += ": " + problem.field_path;
  std::string separator = ": ";
  const auto add = [&](std::string_view before, const std::string& part) {
    if (part.empty()) return;
    text.append(separator).append(before).append(part);
    separator = ", ";
  };
  add("found ", problem.found);
  add("expected ", problem.expected);
  if (separator == ", ") separator = "; ";
  add("", problem.message);
  return text;
}

}  // namespace instanced
