// Columns of text for a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "controller/ctl/colour.h"

namespace instanced::ctl {

struct Table {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  // each as long as the header
};

// Left-aligned columns, two spaces apart, no trailing spaces. With `width` > 0 cells are cut with
// "..." where a line would be longer: first in the last column, then in whichever is widest, none
// below eight characters; those up to a leading NAME only when nothing else is left. Control
// characters are shown as '?'; widths count code points. Words with a tone of their own (colour.h)
// are painted.
std::string Layout(const Table& table, std::size_t width, Colours colours = Colours::kOff);

// The same, row after row, for an output that goes on: columns keep the widths they once had.
class TableWriter final {
 public:
  TableWriter(std::vector<std::string> header, std::size_t width, Colours colours = Colours::kOff)
      : header_(std::move(header)), width_(width), colours_(colours), widths_(header_.size()) {}
  // The first call writes the header above the rows.
  std::string Lines(std::vector<std::vector<std::string>> rows);

 private:
  std::vector<std::string> header_;
  std::size_t width_;
  Colours colours_;
  std::vector<std::size_t> widths_;
  enum class Header { kDue, kWritten } header_state_ = Header::kDue;
};

// What a cell shows of a text that may be empty.
inline std::string OrDash(std::string text) { return text.empty() ? "-" : text; }

// The text with nothing in it that could steer a terminal.
std::string Printable(std::string text);

}  // namespace instanced::ctl
