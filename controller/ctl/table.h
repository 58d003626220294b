// Columns of text for a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace instanced::ctl {

struct Table {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  // each as long as the header
};

// Left-aligned columns, two spaces apart, no trailing spaces. With `width` > 0 the last column is
// cut with "..." where a line would be longer. Control characters are shown as '?'; widths count
// code points.
std::string Layout(const Table& table, std::size_t width);

}  // namespace instanced::ctl
