// What is wrong with a manifest, and where: one line for people, fields for programs.
#pragma once

#include <string>

namespace instanced {

// A place in a file; lines and columns count from 1, 0 means the file as a whole.
struct Position {
  int line = 0;
  int column = 0;
  friend bool operator==(const Position&, const Position&) = default;
};

struct Problem {
  std::string file;
  Position position;
  std::string field_path;  // "spec.forProvider.instanceAlias"; empty for the document or file
  std::string found;       // "the integer 111"; may be empty
  std::string expected;    // "a string"; may be empty
  std::string message;     // what to do, or all there is to say

  friend bool operator==(const Problem&, const Problem&) = default;
};

// "desk.yaml:7:5: spec.x: found the integer 111, expected a string; put it in quotes"
std::string ToString(const Problem& problem);

}  // namespace instanced
