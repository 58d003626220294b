#include "controller/ctl/show_insight.h"

#include <fmt/format.h>

#include "controller/ctl/document.h"
#include "controller/ctl/table.h"
#include "controller/ctl/times.h"

namespace instanced::ctl {
namespace {

std::string OrNothing(const std::string& json) { return json.empty() ? "nothing" : json; }

// A dash before, the rest below it.
std::string Item(const std::string& text, const std::string& below) {
  std::string item = "  - " + Printable(text) + "\n";
  if (!below.empty()) item += "    " + Printable(below) + "\n";
  return item;
}

std::string_view FindingWord(admin::v1::Orphan::Finding finding) {
  switch (finding) {
    case admin::v1::Orphan::FINDING_MARKED_WITHOUT_OBJECT:
      return "MarkedWithoutObject";
    case admin::v1::Orphan::FINDING_LOOK_ALIKE:
      return "LookAlike";
    case admin::v1::Orphan::FINDING_INSTANCE_VANISHED:
      return "InstanceVanished";
    default:
      return "Unknown";
  }
}

std::string DifferencesText(const admin::v1::ExplainResponse& answer) {
  std::string text = answer.differences().empty() ? "" : "\nDeclared and observed differ:\n";
  for (const auto& field : answer.differences()) {
    const std::string& call = field.repaired_by();
    text += Item(field.field() + ": " + OrNothing(field.declared()) + " declared, " +
                     OrNothing(field.observed()) + " observed",
                 call.empty() ? "the API has no call to change it" : "changed by " + call);
  }
  return text;
}

}  // namespace

std::string ShowExplanation(const admin::v1::ExplainResponse& answer, const ObjectView& view) {
  if (IsForPrograms(view.format)) return Write(answer, view.format);
  const auto& condition = answer.condition();
  std::string text = NameOf(answer.object().object()) + "\n\n";
  if (answer.has_condition()) {
    text += condition.type() + "=" + condition.status() + " " + condition.reason() + ": " +
            answer.meaning() + ".\n";
    if (!condition.message().empty()) text += "  " + Printable(condition.message()) + "\n";
  }
  text += "\nLast decision: " + Printable(OrDash(answer.object().decision())) + "\n";
  text += "Next look:     " + answer.next_look() + "\n";
  text += DifferencesText(answer);
  text += answer.obstacles().empty() ? "\nNothing is in its way.\n" : "\nIn its way:\n";
  for (const auto& obstacle : answer.obstacles()) {
    text += Item(obstacle.kind() + ": " + obstacle.message(), obstacle.evidence());
  }
  if (answer.has_last_failure()) {
    const auto& failure = answer.last_failure();
    text += "\nLast failure: " + TimeText(failure.at()) + " " + failure.operation() + " " +
            failure.result() + " " + OrDash(failure.code()) + ", request " +
            OrDash(failure.request_id()) + "\n";
  }
  text += answer.next_steps().empty() ? "\nThere is nothing to do.\n" : "\nWhat you can do:\n";
  for (const auto& step : answer.next_steps()) {
    const std::string& how = step.command().empty() ? step.field() : step.command();
    text += Item(step.text() + (how.empty() ? "" : ":"), how);
  }
  return text;
}

std::string ShowBudgets(const admin::v1::BudgetsResponse& answer, const ObjectView& view) {
  if (IsForPrograms(view.format)) return Write(answer, view.format);
  if (answer.lines().empty() && answer.churn().empty()) return "No account was called yet.\n";
  Table rates{{"ACCOUNT", "OPERATION", "RATE/S", "OF", "NOW", "WAITING", "BLOCKED", "LIMIT"}, {}};
  for (const auto& line : answer.lines()) {
    rates.rows.push_back(
        {line.service() + "/" + line.account() + "/" + line.region(), line.operation(),
         fmt::format("{:.3g}", line.rate()), fmt::format("{:.3g}", line.ceiling()),
         fmt::format("{}/{}", line.available(), line.capacity()), std::to_string(line.parked()),
         line.blocked_ms() == 0 ? "-" : std::to_string(line.blocked_ms()) + "ms", line.origin()});
  }
  std::string text = answer.lines().empty() ? "" : Layout(rates, TableWidth(view));
  if (answer.churn().empty()) return text;
  Table churn{{"ACCOUNT", "CREATES LEFT IN 30 DAYS", "LIMIT"}, {}};
  for (const auto& line : answer.churn()) {
    churn.rows.push_back(
        {line.account(), std::to_string(line.remaining()), std::to_string(line.limit())});
  }
  return text + (text.empty() ? "" : "\n") + Layout(churn, TableWidth(view));
}

std::string ShowOrphans(const admin::v1::OrphansResponse& answer, const ObjectView& view) {
  if (IsForPrograms(view.format)) return Write(answer, view.format);
  std::string text;
  if (answer.orphans().empty()) {
    text = fmt::format("No orphans among {} instances.\n", answer.listed());
  } else {
    Table table{{"FINDING", "KIND", "ACCOUNT", "EXTERNAL-NAME", "NAME", "OBJECT", "MESSAGE"}, {}};
    for (const auto& orphan : answer.orphans()) {
      table.rows.push_back({std::string(FindingWord(orphan.finding())), orphan.kind(),
                            orphan.account(), orphan.external_name(), OrDash(orphan.natural_key()),
                            orphan.has_object() ? NameOf(orphan.object()) : "-", orphan.message()});
    }
    text = Layout(table, TableWidth(view));
  }
  for (const auto& account : answer.unread()) text += "Not read: " + Printable(account) + "\n";
  return text;
}

}  // namespace instanced::ctl
