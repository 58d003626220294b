#include "controller/ctl/output.h"

#include <string_view>

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/time_util.h>
#include <nlohmann/json.hpp>

#include "controller/config/version.h"
#include "controller/ctl/table.h"

namespace instanced::ctl {
namespace {

using nlohmann::ordered_json;

ordered_json ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) return {};
  return ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
}

// Block style; scalars as JSON spells them, which YAML reads the same.
void AppendYaml(std::string& text, const ordered_json& node, std::size_t indent) {
  const std::string margin(indent, ' ');
  const auto nested = [](const ordered_json& value) {
    return value.is_structured() && !value.empty();
  };
  const auto append_value = [&](const ordered_json& value) {
    if (nested(value)) {
      text += "\n";
      AppendYaml(text, value, indent + 2);
    } else {
      text += " " + value.dump() + "\n";
    }
  };
  for (const auto& [key, value] : node.items()) {
    text += margin + (node.is_array() ? "-" : key + ":");
    append_value(value);
  }
}

std::string ForPrograms(const google::protobuf::Message& message, Format format) {
  const ordered_json document = ToJson(message);
  if (format == Format::kJson) return document.dump(2) + "\n";
  if (document.empty()) return "{}\n";
  std::string text;
  AppendYaml(text, document, 0);
  return text;
}

bool IsForPrograms(Format format) { return format == Format::kJson || format == Format::kYaml; }

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

std::string NameOf(const admin::v1::ObjectReference& key) {
  return key.kind() + "/" + key.namespace_() + "/" + key.name();
}

std::string Time(const google::protobuf::Timestamp& time) {
  return google::protobuf::util::TimeUtil::ToString(time).substr(0, 19) + "Z";
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

std::string Show(const admin::v1::BrakesResponse& answer, Format format, std::size_t width) {
  if (IsForPrograms(format)) return ForPrograms(answer, format);
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
                                    Time(brake.since())};
    if (wide) {
      row.push_back(brake.answered_by().empty() ? "-" : brake.answered_by());
      row.push_back(HeldNames(brake));
    }
    row.push_back(brake.message());
    table.rows.push_back(std::move(row));
  }
  return Layout(table, wide ? 0 : width);
}

std::string Show(const admin::v1::ApproveResponse& answer, Format format) {
  if (IsForPrograms(format)) return ForPrograms(answer, format);
  const admin::v1::Brake& brake = answer.brake();
  return "Approved " + brake.id() + ": " + Count(brake) + " may be deleted until " +
         Time(brake.approved_until()) + ".\n";
}

std::string Show(const admin::v1::ReleaseResponse& answer, Format format) {
  if (IsForPrograms(format)) return ForPrograms(answer, format);
  return "Released " + answer.brake().id() + ": " + Count(answer.brake()) +
         " let go, instances kept.\n";
}

std::string Show(const admin::v1::VersionResponse& answer, Format format) {
  const std::string own(ProgramVersion());
  if (!IsForPrograms(format)) {
    return "instancectl " + own + "\ninstanced   " + answer.version() + " (owner " +
           answer.owner_id() + ")\n";
  }
  const ordered_json document = {{"client", {{"version", own}}}, {"daemon", ToJson(answer)}};
  if (format == Format::kJson) return document.dump(2) + "\n";
  std::string text;
  AppendYaml(text, document, 0);
  return text;
}

}  // namespace instanced::ctl
