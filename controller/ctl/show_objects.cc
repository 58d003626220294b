#include "controller/ctl/show_objects.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include <nlohmann/json.hpp>

#include "controller/ctl/document.h"
#include "controller/ctl/table.h"
#include "controller/ctl/times.h"

namespace instanced::ctl {
namespace {

using admin::v1::Object;

// "connectinstance/front-desk": what every command takes as an argument.
std::string ShortName(const Object& object) {
  std::string kind = object.object().kind();
  std::ranges::transform(kind, kind.begin(), [](unsigned char c) { return std::tolower(c); });
  return kind + "/" + object.object().name();
}

// The condition that tells most: why it is stalled, what is going on, else how ready it is.
const admin::v1::Condition* Telling(const Object& object) {
  for (const char* type : {"Stalled", "Reconciling"}) {
    if (const auto* condition = FindCondition(object, type)) return condition;
  }
  // A paused object is neither, and as ready as it was; one that is only observed is in order.
  const auto* synced = FindCondition(object, "Synced");
  const auto* ready = FindCondition(object, "Ready");
  if (synced == nullptr || ready == nullptr) return ready != nullptr ? ready : synced;
  const bool observed_only = synced->reason() == "ObserveOnly" && ready->status() == "True";
  return synced->status() == "False" || observed_only ? synced : ready;
}

std::string StatusOf(const Object& object, std::string_view type) {
  const auto* condition = FindCondition(object, type);
  return condition == nullptr ? "-" : condition->status();
}

Table ObjectTable(const ObjectView& view) {
  Table table;
  if (view.namespaces == NamespaceColumn::kShow) table.header.emplace_back("NAMESPACE");
  table.header.insert(table.header.end(),
                      {"NAME", "READY", "SYNCED", "EXTERNAL-NAME", "STATE", "AGE", "REASON"});
  if (view.format == Format::kWide) {
    table.header.insert(table.header.end(), {"GENERATION", "INTENT", "NEXT-LOOK", "MESSAGE"});
  }
  return table;
}

std::vector<std::string> Row(const Object& object, const ObjectView& view) {
  std::vector<std::string> row;
  if (view.namespaces == NamespaceColumn::kShow) row.push_back(object.object().namespace_());
  const auto* telling = Telling(object);
  std::string reason = telling == nullptr ? "-" : telling->reason();
  if (object.has_deletion_requested_at() && reason != "Deleting") reason += ",Deleting";
  row.insert(
      row.end(),
      {ShortName(object), StatusOf(object, "Ready"), StatusOf(object, "Synced"),
       OrDash(object.external_name()), OrDash(object.cloud_state()),
       object.has_created_at() ? AgeText(ToWallTime(object.created_at()), view.now) : "-", reason});
  if (view.format != Format::kWide) return row;
  row.push_back(std::to_string(object.observed_generation()) + "/" +
                std::to_string(object.generation()));
  row.push_back(object.has_intent()
                    ? object.intent().operation() + " " + std::to_string(object.intent().attempt())
                    : "-");
  row.push_back(object.has_next_look() ? UntilText(ToWallTime(object.next_look()), view.now) : "-");
  row.push_back(telling == nullptr ? "-" : OrDash(telling->message()));
  return row;
}

std::string ListDocument(const std::vector<Object>& objects, Format format) {
  nlohmann::ordered_json list = {
      {"apiVersion", "v1"}, {"kind", "List"}, {"items", nlohmann::ordered_json::array()}};
  for (const Object& object : objects) list["items"].push_back(ParseDocument(object.document()));
  return Write(list, format);
}

void Line(std::string& text, std::string name, const std::string& value) {
  if (value.empty()) return;
  name += ":";
  name.resize(std::max<std::size_t>(21, name.size() + 1), ' ');
  text += name + Printable(value) + "\n";
}

std::string Indented(const std::string& block) {
  std::string text;
  std::size_t begin = 0;
  while (begin < block.size()) {
    const auto end = block.find('\n', begin);
    text += "  " + block.substr(begin, end - begin) + "\n";
    begin = end == std::string::npos ? block.size() : end + 1;
  }
  return text;
}

void Section(std::string& text, const char* title, const nlohmann::ordered_json& document) {
  if (!document.is_structured() || document.empty()) return;
  text += std::string(title) + ":\n" + Indented(Write(document, Format::kYaml));
}

void DescribeConditions(std::string& text, const Object& object, const ObjectView& view) {
  if (object.conditions().empty()) return;
  Table table{{"TYPE", "STATUS", "REASON", "SINCE", "MESSAGE"}, {}};
  for (const auto& condition : object.conditions()) {
    table.rows.push_back({condition.type(), condition.status(), condition.reason(),
                          AgeText(ToWallTime(condition.last_transition_time()), view.now),
                          condition.message()});
  }
  text += "Conditions:\n" + Indented(Layout(table, 0, view.colours));
}

}  // namespace

const admin::v1::Condition* FindCondition(const Object& object, std::string_view type) {
  const auto found = std::ranges::find_if(
      object.conditions(), [&](const auto& condition) { return condition.type() == type; });
  return found == object.conditions().end() ? nullptr : &*found;
}

std::string ShowObjects(const std::vector<Object>& objects, Wanted wanted, const ObjectView& view) {
  if (IsForPrograms(view.format)) {
    if (wanted == Wanted::kOne && objects.size() == 1) {
      return Write(ParseDocument(objects.front().document()), view.format);
    }
    return ListDocument(objects, view.format);
  }
  if (view.format == Format::kName) {
    std::string text;
    for (const Object& object : objects) text += ShortName(object) + "\n";
    return text;
  }
  Table table = ObjectTable(view);
  for (const Object& object : objects) table.rows.push_back(Row(object, view));
  return Layout(table, TableWidth(view), view.colours);
}

ChangePrinter::ChangePrinter(const ObjectView& view)
    : view_(view), writer_(ObjectTable(view).header, TableWidth(view), view.colours) {}

std::string ChangePrinter::ForProgram(const admin::v1::WatchResponse& change) const {
  if (change.type() == admin::v1::WatchResponse::TYPE_SYNCED) return "";
  if (view_.format == Format::kName) return ShortName(change.object()) + "\n";
  const nlohmann::ordered_json line = {
      {"type", admin::v1::WatchResponse::Type_Name(change.type()).substr(5)},
      {"object", ParseDocument(change.object().document())}};
  if (view_.format == Format::kYaml) return "---\n" + Write(line, Format::kYaml);
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string ChangePrinter::Add(const admin::v1::WatchResponse& change, WallTime now) {
  view_.now = now;
  if (IsForPrograms(view_.format) || view_.format == Format::kName) return ForProgram(change);
  if (change.type() == admin::v1::WatchResponse::TYPE_SYNCED) {
    phase_ = Phase::kFollowing;
    return writer_.Lines(std::exchange(first_rows_, {}));
  }
  auto row = Row(change.object(), view_);
  if (change.type() == admin::v1::WatchResponse::TYPE_DELETED) {
    row[view_.namespaces == NamespaceColumn::kShow ? 7 : 6] = "(gone)";
  }
  if (phase_ == Phase::kFollowing) return writer_.Lines({std::move(row)});
  first_rows_.push_back(std::move(row));
  return "";
}

std::string Describe(const Object& object, const ObjectView& view) {
  std::string text;
  Line(text, "Kind", object.object().kind());
  Line(text, "Namespace", object.object().namespace_());
  Line(text, "Name", object.object().name());
  std::string labels;
  std::vector<std::pair<std::string, std::string>> sorted(object.labels().begin(),
                                                          object.labels().end());
  std::ranges::sort(sorted);
  for (const auto& [name, value] : sorted)
    labels += (labels.empty() ? "" : ", ") + name + "=" + value;
  Line(text, "Labels", labels);
  Line(text, "UID", object.uid());
  if (object.has_created_at()) {
    Line(text, "Declared",
         TimeText(object.created_at()) + " (" + AgeText(ToWallTime(object.created_at()), view.now) +
             " ago)");
  }
  if (object.has_deletion_requested_at()) {
    Line(text, "Deletion asked", TimeText(object.deletion_requested_at()));
  }
  const auto document = ParseDocument(object.document());
  const bool instance = document.contains("status");
  if (instance) {
    Line(text, "Generation",
         std::to_string(object.generation()) + ", acted upon " +
             std::to_string(object.observed_generation()));
    Line(text, "External name", OrDash(object.external_name()));
    Line(text, "Cloud state", OrDash(object.cloud_state()));
    if (object.has_intent()) {
      Line(text, "Open intent",
           object.intent().operation() + ", attempt " + std::to_string(object.intent().attempt()) +
               ", token " + object.intent().token());
    }
    Line(text, "Last decision", OrDash(object.decision()));
    Line(text, "Next look",
         object.has_next_look() ? UntilText(ToWallTime(object.next_look()), view.now)
                                : "when something changes");
  }
  DescribeConditions(text, object, view);
  const auto section = [&](const char* title, const char* path) {
    const nlohmann::ordered_json::json_pointer pointer(path);
    if (document.contains(pointer)) Section(text, title, document[pointer]);
  };
  section("Annotations", "/metadata/annotations");
  section("Spec", "/spec");
  section("At the provider", "/status/atProvider");
  return text;
}

}  // namespace instanced::ctl
