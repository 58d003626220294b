// Style as a test: the rules of the source tree, checked on a tree held in memory.
//
// Pure: reading files is main's. The tables are in rules/.
#pragma once

#include <string>
#include <vector>

namespace instanced::layout {

struct SourceFile {
  std::string path;  // relative to the root, with '/'
  std::string text;
};
using Tree = std::vector<SourceFile>;

// "name: word word" of a rules file.
struct Row {
  std::string name;
  std::vector<std::string> words;
};
// Skips blank lines and lines that begin with '#'.
std::vector<Row> ParseRows(const std::string& text);

struct Rules {
  std::vector<Row> rooms;       // what each room may include
  std::vector<Row> quarantine;  // who may include a third party
  std::vector<Row> calls;       // who may use a word
  std::vector<Row> names;       // folders that must not exist
  std::vector<Row> texts;       // what no file may hold
};

enum class Severity { kNote, kError };

struct Finding {
  Severity severity = Severity::kError;
  std::string path;
  int line = 0;  // 0: the file as a whole
  std::string message;
};
// "controller/a.cc:3: message".
std::string ToString(const Finding& finding);

// Everything that is wrong with the tree, and with the tables themselves, in order of the tree.
std::vector<Finding> Check(const Tree& tree, const Rules& rules);

// The code with comments and the insides of literals blanked; line breaks stay.
std::string CodeOnly(const std::string& text);

}  // namespace instanced::layout
