#include "controller/ctl/table.h"

#include <algorithm>

namespace instanced::ctl {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowest = 8;  // the last column keeps this much, however narrow the screen

bool StartsCodePoint(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

std::size_t Width(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, StartsCodePoint));
}

// The text with nothing in it that could steer a terminal.
std::string Printable(std::string text) {
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) c = '?';
  }
  return text;
}

std::string Cut(const std::string& text, std::size_t width) {
  if (Width(text) <= width) return text;
  std::size_t end = 0;
  for (std::size_t seen = 0; end < text.size(); ++end) {
    if (StartsCodePoint(text[end]) && ++seen > width - 3) break;
  }
  return text.substr(0, end) + "...";
}

}  // namespace

std::string Layout(const Table& table, std::size_t width) {
  std::vector<std::vector<std::string>> lines = {table.header};
  lines.insert(lines.end(), table.rows.begin(), table.rows.end());
  std::vector<std::size_t> widths(table.header.size());
  for (auto& line : lines) {
    for (std::size_t column = 0; column < line.size(); ++column) {
      line[column] = Printable(line[column]);
      widths[column] = std::max(widths[column], Width(line[column]));
    }
  }
  std::string text;
  for (const auto& line : lines) {
    std::string shown;
    std::size_t used = 0;
    for (std::size_t column = 0; column + 1 < line.size(); ++column) {
      shown += line[column] + std::string(widths[column] + kGap - Width(line[column]), ' ');
      used += widths[column] + kGap;
    }
    const std::size_t left = width > used + kNarrowest ? width - used : kNarrowest;
    shown += width == 0 ? line.back() : Cut(line.back(), left);
    shown.erase(shown.find_last_not_of(' ') + 1);
    text += shown + "\n";
  }
  return text;
}

}  // namespace instanced::ctl
