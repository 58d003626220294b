#include "controller/ctl/show_history.h"

#include <algorithm>
#include <vector>

#include "controller/ctl/document.h"
#include "controller/ctl/table.h"
#include "controller/ctl/times.h"

namespace instanced::ctl {
namespace {

std::string DurationText(std::int64_t milliseconds) {
  return milliseconds == 0 ? "-" : std::to_string(milliseconds) + "ms";
}

}  // namespace

std::string ShowHistory(const admin::v1::HistoryResponse& answer, ObjectColumn objects,
                        const ObjectView& view) {
  if (IsForPrograms(view.format)) return Write(answer, view.format);
  if (answer.entries().empty()) return "Nothing is recorded.\n";
  const bool wide = view.format == Format::kWide;
  // A terminal is rarely wide enough for the time and what it is about.
  const bool short_times = !wide && view.width > 0;
  Table table{{short_times ? "AGE" : "TIME"}, {}};
  if (objects == ObjectColumn::kShow) table.header.emplace_back("OBJECT");
  table.header.insert(table.header.end(), {"WHAT", "OPERATION", "RESULT", "CODE", "TOOK"});
  if (wide) table.header.emplace_back("REQUEST-ID");
  table.header.emplace_back("MESSAGE");
  for (const auto& entry : answer.entries()) {
    std::vector<std::string> row{short_times ? AgeText(ToWallTime(entry.at()), view.now)
                                             : TimeText(entry.at())};
    if (objects == ObjectColumn::kShow) row.push_back(NameOf(entry.object()));
    row.insert(row.end(), {entry.kind(), entry.operation(), OrDash(entry.result()),
                           OrDash(entry.code()), DurationText(entry.duration_ms())});
    if (wide) row.push_back(OrDash(entry.request_id()));
    row.push_back(OrDash(entry.message()));
    table.rows.push_back(std::move(row));
  }
  std::ranges::reverse(table.rows);
  return Layout(table, TableWidth(view));
}

}  // namespace instanced::ctl
