#include "controller/ctl/output.h"

#include <string_view>

#include <nlohmann/json.hpp>

#include "controller/config/version.h"
#include "controller/ctl/document.h"
#include "controller/ctl/table.h"
#include "controller/ctl/times.h"

namespace instanced::ctl {
namespace {

using nlohmann::ordered_json;

std::string_view StateWord(admin::v1::BrakeState state) {
  switch (state) {
    case admin::v1::BRAKE_STATE_HOLDING:
      return "Holding";
    case admin::v1::BRAKE_STATE_APPROVED:
      return "Approved";
    case admin::v1::BRAKE_STATE_RELEASED:
      return "Released";
    default:
      return "Unknown";
  }
}

std::string HeldNames(const admin::v1::Brake& brake) {
  std::string names;
  for (const auto& key : brake.held()) names += (names.empty() ? "" : ",") + NameOf(key);
  return names;
}

std::string Count(const admin::v1::Brake& brake) {
  return std::to_string(brake.held_size()) + (brake.held_size() == 1 ? " object" : " objects");
}

}  // namespace

std::string Show(const admin::v1::BrakesResponse& answer, Format format, std::size_t width,
                 Colours colours) {
  if (IsForPrograms(format)) return Write(answer, format);
  if (answer.brakes().empty()) return "Nothing is held.\n";
  const bool wide = format == Format::kWide;
  Table table{{"ID", "CAUSE", "STATE", "KIND", "HELD", "SINCE"}, {}};
  if (wide) table.header.insert(table.header.end(), {"ANSWERED BY", "OBJECTS"});
  table.header.emplace_back("MESSAGE");
  for (const admin::v1::Brake& brake : answer.brakes()) {
    std::vector<std::string> row = {brake.id(),
                                    brake.cause(),
                                    std::string(StateWord(brake.state())),
                                    brake.kind().empty() ? "-" : brake.kind(),
                                    std::to_string(brake.held_size()),
                                    TimeText(brake.since())};
    if (wide) {
      row.push_back(brake.answered_by().empty() ? "-" : brake.answered_by());
      row.push_back(HeldNames(brake));
    }
    row.push_back(brake.message());
    table.rows.push_back(std::move(row));
  }
  return Layout(table, wide ? 0 : width, colours);
}

std::string Show(const admin::v1::ApproveResponse& answer, Format format) {
  if (IsForPrograms(format)) return Write(answer, format);
  const admin::v1::Brake& brake = answer.brake();
  return "Approved " + brake.id() + ": " + Count(brake) + " may be deleted until " +
         TimeText(brake.approved_until()) + ".\n";
}

std::string Show(const admin::v1::ReleaseResponse& answer, Format format) {
  if (IsForPrograms(format)) return Write(answer, format);
  return "Released " + answer.brake().id() + ": " + Count(answer.brake()) +
         " let go, instances kept.\n";
}

std::string Show(const admin::v1::VersionResponse& answer, Format format) {
  const std::string own(ProgramVersion());
  if (!IsForPrograms(format)) {
    return "instancectl " + own + "\ninstanced   " + answer.version() + " (owner " +
           answer.owner_id() + ")\n";
  }
  const ordered_json document = {{"client", {{"version", own}}}, {"daemon", ToDocument(answer)}};
  return Write(document, format);
}

}  // namespace instanced::ctl
