#include "tests/layout/checker.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <sstream>

#include "tests/layout/type_names.h"

namespace instanced::layout {
namespace {

constexpr int kLinesToSplit = 600;
constexpr int kLinesToLookAt = 400;
const std::string kOwnFolder = "tests/layout/";

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

bool IsHeader(const std::string& path) { return path.ends_with(".h"); }
bool IsSource(const std::string& path) { return IsHeader(path) || path.ends_with(".cc"); }
bool IsProduct(const std::string& path) {
  return path.starts_with("api/") || path.starts_with("controller/");
}

bool IsWordChar(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// Whether `word` stands in `line` on its own.
bool HasWord(const std::string& line, const std::string& word) {
  for (auto at = line.find(word); at != std::string::npos; at = line.find(word, at + 1)) {
    const auto end = at + word.size();
    const bool begins = at == 0 || !IsWordChar(line[at - 1]);
    const bool ends = end == line.size() || !IsWordChar(line[end]);
    if (begins && ends) return true;
  }
  return false;
}

class Inspection {
 public:
  explicit Inspection(const Rules& rules) : rules_(rules) {}

  void CheckTables() {
    std::set<std::string> above;
    for (const Row& row : rules_.rooms) {
      for (const std::string& word : row.words) {
        if (!above.contains(word)) {
          Report("rooms.txt", 0, row.name + " names " + word + ", which is not above it");
        }
      }
      above.insert(row.name);
    }
  }

  void CheckFile(const SourceFile& file) {
    CheckFolders(file.path);
    if (!file.path.starts_with(kOwnFolder) && file.path != "LICENSE") CheckTexts(file);
    if (!IsSource(file.path)) return;
    CheckSize(file);
    CheckTypes(file);
    if (IsHeader(file.path)) CheckHeader(file);
    if (IsProduct(file.path)) CheckCode(file);
  }

  std::vector<Finding> TakeFindings() { return std::move(findings_); }

 private:
  void Report(const std::string& path, int line, std::string message,
              Severity severity = Severity::kError) {
    findings_.push_back({severity, path, line, std::move(message)});
  }

  void CheckFolders(const std::string& path) {
    std::istringstream parts(path);
    std::string part;
    while (std::getline(parts, part, '/')) {
      if (parts.eof()) return;  // the file's own name
      if (std::ranges::find(rules_.names, part, &Row::name) != rules_.names.end()) {
        Report(path, 0, "folder " + part + " says nothing about what is in it");
      }
    }
  }

  void CheckTexts(const SourceFile& file) {
    int number = 0;
    for (const std::string& line : Lines(file.text)) {
      ++number;
      for (const Row& row : rules_.texts) {
        if (line.find(row.name) != std::string::npos) {
          Report(file.path, number, "holds " + row.name);
        }
      }
    }
  }

  void CheckSize(const SourceFile& file) {
    const auto lines = std::ranges::count(file.text, '\n');
    if (lines > kLinesToSplit) {
      Report(file.path, 0, std::to_string(lines) + " lines: split it");
    } else if (lines > kLinesToLookAt) {
      Report(file.path, 0, std::to_string(lines) + " lines: worth a look", Severity::kNote);
    }
  }

  void CheckTypes(const SourceFile& file) {
    for (auto& type : DefinedTypes(file.text)) {
      const auto [first, fresh] = type_homes_.try_emplace(std::move(type.name), file.path);
      if (fresh || first->second == file.path) continue;
      Report(file.path, type.line,
             "defines " + first->first + ", which " + first->second +
                 " defines as well; a program that holds both keeps one destructor for the two");
    }
  }

  void CheckHeader(const SourceFile& file) {
    if (!file.text.starts_with("// ")) {
      Report(file.path, 1, "begin with a comment that says what it is for");
    }
    const auto lines = Lines(file.text);
    if (std::ranges::find(lines, "#pragma once") == lines.end()) {
      Report(file.path, 0, "no #pragma once");
    }
  }

  void CheckCode(const SourceFile& file) {
    int number = 0;
    for (const std::string& line : Lines(CodeOnly(file.text))) {
      ++number;
      if (line.starts_with("#include \"")) {
        CheckOwnInclude(file.path, number, Between(line, '"', '"'));
      } else if (line.starts_with("#include <")) {
        CheckQuarantine(file.path, number, Between(line, '<', '>'));
      } else {
        CheckCalls(file.path, number, line);
      }
    }
  }

  static std::string Between(const std::string& line, char open, char close) {
    const auto begin = line.find(open) + 1;
    return line.substr(begin, line.find(close, begin) - begin);
  }

  // The longest row that holds the path; nothing for a folder no row knows.
  const Row* RoomOf(const std::string& path) const {
    const Row* best = nullptr;
    for (const Row& row : rules_.rooms) {
      if (path.starts_with(row.name + "/") &&
          (best == nullptr || row.name.size() > best->name.size())) {
        best = &row;
      }
    }
    return best;
  }

  void CheckOwnInclude(const std::string& path, int line, const std::string& included) {
    const Row* from = RoomOf(path);
    const Row* to = RoomOf(included);
    if (from == nullptr) return Report(path, line, "no row of rooms.txt holds this file");
    if (to == nullptr) return Report(path, line, "includes " + included + ", which is in no room");
    if (from == to || std::ranges::find(from->words, to->name) != from->words.end()) return;
    Report(path, line, from->name + " may not include " + to->name + " (" + included + ")");
  }

  // Whether one of the words is the path's room or, as "*_metrics.h", the end of its name.
  bool Allowed(const std::string& path, const std::vector<std::string>& words) const {
    const Row* room = RoomOf(path);
    return std::ranges::any_of(words, [&](const std::string& word) {
      if (word.starts_with('*')) return path.ends_with(word.substr(1));
      return room != nullptr && room->name == word;
    });
  }

  void CheckQuarantine(const std::string& path, int line, const std::string& included) {
    for (const Row& row : rules_.quarantine) {
      if (included.starts_with(row.name) && !Allowed(path, row.words)) {
        Report(path, line, "may not include <" + included + ">");
      }
    }
  }

  void CheckCalls(const std::string& path, int line, const std::string& code) {
    for (const Row& row : rules_.calls) {
      if (HasWord(code, row.name) && !Allowed(path, row.words)) {
        Report(path, line, "may not use " + row.name);
      }
    }
  }

  const Rules& rules_;
  std::map<std::string, std::string> type_homes_;  // the file that defines a name first
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Row> ParseRows(const std::string& text) {
  std::vector<Row> rows;
  for (const std::string& line : Lines(text)) {
    if (line.empty() || line.starts_with('#')) continue;
    // The first ": " ends the name: names such as system_clock::now hold colons themselves.
    const auto colon = line.ends_with(':') ? line.size() - 1 : line.find(": ");
    Row row{line.substr(0, colon), {}};
    if (colon != std::string::npos) {
      std::istringstream words(line.substr(colon + 1));
      for (std::string word; words >> word;) row.words.push_back(word);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string ToString(const Finding& finding) {
  const std::string line = finding.line == 0 ? "" : ":" + std::to_string(finding.line);
  return finding.path + line + ": " + finding.message;
}

std::vector<Finding> Check(const Tree& tree, const Rules& rules) {
  Inspection inspection(rules);
  inspection.CheckTables();
  for (const SourceFile& file : tree) inspection.CheckFile(file);
  return inspection.TakeFindings();
}

}  // namespace instanced::layout
