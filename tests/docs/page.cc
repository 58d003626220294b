#include "tests/docs/page.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace instanced::docs {
namespace {

std::string Trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::vector<std::string> Cells(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream rest(line.substr(1));
  for (std::string cell; std::getline(rest, cell, '|');) cells.push_back(Trimmed(cell));
  return cells;
}

}  // namespace

std::string ReadFile(const std::string& path_in_repository) {
  std::ifstream file(std::string(DOCS_ROOT) + "/" + path_in_repository);
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << "cannot read " << path_in_repository;
  return text.str();
}

std::vector<std::vector<std::string>> Rows(const std::string& page) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(page);
  bool body = false;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("|")) {
      body = false;
    } else if (line.starts_with("|---")) {
      body = true;
    } else if (body) {
      rows.push_back(Cells(line));
    }
  }
  return rows;
}

std::string RowText(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (const auto& cell : cells) text.append(" ").append(cell).append(" |");
  return text;
}

std::string TableText(const std::vector<std::vector<std::string>>& rows) {
  std::string text;
  for (const auto& row : rows) text.append(RowText(row)).append("\n");
  return text;
}

}  // namespace instanced::docs
