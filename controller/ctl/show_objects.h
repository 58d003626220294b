// Objects as text: the table of `get`, the page of `describe`, documents for programs.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "api/admin/v1/admin.pb.h"
#include "controller/clock/clock.h"
#include "controller/ctl/command_line.h"
#include "controller/ctl/table.h"

namespace instanced::ctl {

enum class NamespaceColumn { kLeaveOut, kShow };

struct ObjectView {
  Format format = Format::kTable;
  NamespaceColumn namespaces = NamespaceColumn::kLeaveOut;
  std::size_t width = 0;  // of the terminal; 0 when the output is none
  Colours colours = Colours::kOff;
  WallTime now;
};
// What a table may take of the terminal: -o wide cuts nothing.
inline std::size_t TableWidth(const ObjectView& view) {
  return view.format == Format::kWide ? 0 : view.width;
}

// `wanted` names one object: json and yaml write it bare instead of in a List.
enum class Wanted { kOne, kSeveral };
std::string ShowObjects(const std::vector<admin::v1::Object>& objects, Wanted wanted,
                        const ObjectView& view);

// `get -w`: the objects as they are, then a line (or a JSON document a line) for each change.
class ChangePrinter final {
 public:
  explicit ChangePrinter(const ObjectView& view);
  // What to write now; `now` is the time of the ages.
  std::string Add(const admin::v1::WatchResponse& change, WallTime now);

 private:
  std::string ForProgram(const admin::v1::WatchResponse& change) const;

  ObjectView view_;
  TableWriter writer_;
  std::vector<std::vector<std::string>> first_rows_;
  enum class Phase { kListing, kFollowing } phase_ = Phase::kListing;
};

std::string Describe(const admin::v1::Object& object, const ObjectView& view);

// Null without the condition.
const admin::v1::Condition* FindCondition(const admin::v1::Object& object, std::string_view type);

}  // namespace instanced::ctl
