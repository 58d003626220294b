#include "controller/ctl/table.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace instanced::ctl {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowest = 8;  // a column keeps this much, however narrow the screen

bool StartsCodePoint(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

std::size_t Width(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, StartsCodePoint));
}

std::string Cut(const std::string& text, std::size_t width) {
  if (Width(text) <= width) return text;
  std::size_t end = 0;
  for (std::size_t seen = 0; end < text.size(); ++end) {
    if (StartsCodePoint(text[end]) && ++seen > width - 3) break;
  }
  return text.substr(0, end) + "...";
}

std::size_t Total(const std::vector<std::size_t>& widths) {
  return std::accumulate(widths.begin(), widths.end(), kGap * (widths.size() - 1));
}

// The leading columns that name the row: what a command takes must not be cut while others can.
std::size_t NamingColumns(const std::vector<std::string>& header) {
  const auto name = std::ranges::find(header, "NAME");
  const auto before = static_cast<std::size_t>(name - header.begin());
  return name == header.end() || before > 1 ? 0 : before + 1;
}

void Fit(std::vector<std::size_t>& widths, std::size_t width, std::size_t naming) {
  const auto take = [&](std::size_t& column) {
    const std::size_t excess = Total(widths) - width;
    column -= std::min(excess, column - kNarrowest);
  };
  if (Total(widths) > width && widths.back() > kNarrowest) take(widths.back());
  for (auto first = widths.begin() + static_cast<std::ptrdiff_t>(naming); Total(widths) > width;) {
    const auto widest = std::max_element(first, widths.end());
    if (widest != widths.end() && *widest > kNarrowest) {
      --*widest;
    } else if (first != widths.begin()) {
      first = widths.begin();
    } else {
      return;
    }
  }
}

}  // namespace

std::string Printable(std::string text) {
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) c = '?';
  }
  return text;
}

std::string TableWriter::Lines(std::vector<std::vector<std::string>> rows) {
  if (header_state_ == Header::kDue) rows.insert(rows.begin(), header_);
  header_state_ = Header::kWritten;
  for (auto& row : rows) {
    for (std::size_t column = 0; column < row.size(); ++column) {
      row[column] = Printable(std::move(row[column]));
      widths_[column] = std::max(widths_[column], Width(row[column]));
    }
  }
  if (width_ > 0) Fit(widths_, width_, NamingColumns(header_));
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t column = 0; column < row.size(); ++column) {
      const std::string cell = Cut(row[column], widths_[column]);
      line += Painted(cell, ToneOf(cell), colours_) +
              std::string(widths_[column] + kGap - Width(cell), ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string Layout(const Table& table, std::size_t width, Colours colours) {
  return TableWriter(table.header, width, colours).Lines(table.rows);
}

}  // namespace instanced::ctl
