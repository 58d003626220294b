#include "controller/ctl/show_plan.h"

#include <algorithm>
#include <array>
#include <map>

#include "controller/ctl/document.h"
#include "controller/ctl/table.h"
#include "controller/ctl/times.h"

namespace instanced::ctl {
namespace {

using admin::v1::PlannedObject;
using admin::v1::PlanResponse;

struct Sort {
  std::string_view action;
  std::string_view sign;
  Tone tone;
};
// In the order of the summary.
constexpr std::array kSorts = {
    Sort{"create", "+", Tone::kGood},   Sort{"adopt", "=", Tone::kGood},
    Sort{"update", "~", Tone::kChange}, Sort{"replace", "-/+", Tone::kBad},
    Sort{"delete", "-", Tone::kBad},    Sort{"let-go", "<", Tone::kChange},
    Sort{"held", "!", Tone::kHeld},     Sort{"unknown", "?", Tone::kBad},
    Sort{"nothing", " ", Tone::kPlain},
};

const Sort& SortOf(const PlannedObject& object) {
  const auto found = std::ranges::find(kSorts, object.action(), &Sort::action);
  return found == kSorts.end() ? kSorts.back() : *found;
}

bool Acts(const PlannedObject& object) {
  return object.action() != "nothing" && object.action() != "held" && object.action() != "unknown";
}

std::string Counted(const PlanResponse& plan) {
  std::map<std::string, int> counts;
  for (const auto& object : plan.objects()) ++counts[object.action()];
  std::string text;
  for (const Sort& sort : kSorts) {
    const auto count = counts.find(std::string(sort.action));
    if (count == counts.end()) continue;
    const std::string word = sort.action == "nothing" ? "in line" : std::string(sort.action);
    text += (text.empty() ? "" : ", ") + std::to_string(count->second) + " " + word;
  }
  return text.empty() ? "no objects" : text;
}

std::string Calls(const PlanResponse& plan) {
  const int calls = plan.mutating_calls();
  std::string text = std::to_string(calls) + (calls == 1 ? " call changes" : " calls change") +
                     " something at a cloud";
  if (plan.scope() == "offline") return text + "; planned offline, no cloud was asked.";
  return text + "; " + std::to_string(plan.reads()) +
         (plan.reads() == 1 ? " read was" : " reads were") + " made to find out.";
}

std::string Churn(const admin::v1::PlannedChurn& churn) {
  const int share = churn.limit() > 0 ? churn.planned() * 100 / churn.limit() : 0;
  return churn.account() + ": " + std::to_string(churn.planned()) + " of its " +
         std::to_string(churn.limit()) + " creates and deletes in 30 days (" +
         std::to_string(share) + " %), " + std::to_string(churn.remaining()) +
         " creates left after that";
}

std::string Change(const admin::v1::PlannedField& field) {
  if (field.observed().empty()) return field.field() + ": " + field.declared();
  if (field.declared().empty()) return field.field() + ": " + field.observed() + " taken away";
  return field.field() + ": " + field.observed() + " -> " + field.declared();
}

std::string Why(const PlannedObject& object) {
  std::string text = object.why();
  if (object.reason().empty()) return text;
  std::string reason = object.reason();
  if (!object.brake_cause().empty()) reason += ", brake " + object.brake_cause();
  return reason + ": " + text;
}

// Lines of words, continued under their own indentation.
std::string Wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  const std::string margin(indent, ' ');
  std::string out;
  std::string line = margin;
  const auto flush = [&] {
    out += line + "\n";
    line = margin;
  };
  const std::string printable = Printable(std::string(text));
  std::string_view rest = printable;
  while (!rest.empty()) {
    const auto blank = rest.find(' ');
    std::string_view word = rest.substr(0, blank);
    if (width > indent + 8 && line.size() > indent && line.size() + 1 + word.size() > width)
      flush();
    while (width > indent + 8 && word.size() > width - indent) {
      line += word.substr(0, width - indent);
      word.remove_prefix(width - indent);
      flush();
    }
    line += (line.size() > indent ? " " : "") + std::string(word);
    rest.remove_prefix(blank == std::string_view::npos ? rest.size() : blank + 1);
  }
  if (line.size() > indent) flush();
  return out;
}

std::string ShowObject(const PlannedObject& object, const ObjectView& view) {
  const Sort& sort = SortOf(object);
  std::string sign(sort.sign);
  sign.resize(4, ' ');
  std::string head = sign + NameOf(object.object());
  if (!object.external_name().empty()) head += " (" + Printable(object.external_name()) + ")";
  std::string text = Painted(Wrapped(head + "  " + object.action(), 0, 0), sort.tone, view.colours);
  // A colour must end before its line does.
  if (text.ends_with("\n\x1b[0m")) text = text.substr(0, text.size() - 5) + "\x1b[0m\n";
  if (object.action() != "update") text += Wrapped(Why(object), 6, view.width);
  for (const auto& call : object.calls()) {
    text += Wrapped(call.operation(), 6, view.width);
    for (const auto& field : call.fields()) text += Wrapped(Change(field), 8, view.width);
  }
  for (const auto& note : object.notes()) text += Wrapped("note: " + note, 6, view.width);
  return text;
}

// Nothing in a table's cell may end it, begin a tag or a link.
std::string Cell(const std::string& text) {
  std::string out;
  for (const char c : Printable(text)) {
    if (c == '|' || c == '`' || c == '*' || c == '_' || c == '[' || c == ']' || c == '\\')
      out += '\\';
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      out += c;
    }
  }
  return out;
}

// A mistyped path looks to a daemon as a directory that somebody removed.
std::string DirectoryText(const std::string& directory) {
  const std::string held = ", so every deletion would be held until a person approves it.";
  if (directory == "Vanished") return "The directory is not there" + held;
  if (directory == "Unreadable") return "The directory cannot be read" + held;
  if (directory == "Empty") return "The directory holds no manifest" + held;
  return "The directory is not believed: " + directory + ".";
}

}  // namespace

std::string ShowPlan(const PlanResponse& plan, const ObjectView& view) {
  if (view.format == Format::kMarkdown) return ShowPlanAsMarkdown(plan);
  if (IsForPrograms(view.format)) return Write(plan, view.format);
  std::string text;
  for (const auto& problem : plan.problems()) {
    text += Wrapped("problem: " + problem, 0, view.width);
  }
  if (!plan.directory().empty() && plan.directory() != "Ok") {
    text += Wrapped(DirectoryText(plan.directory()), 0, view.width);
  }
  for (const auto& object : plan.objects()) {
    if (object.action() != "nothing") text += ShowObject(object, view);
  }
  if (!text.empty()) text += "\n";
  text += Wrapped("Plan: " + Counted(plan) + ". " + Calls(plan), 0, view.width);
  for (const auto& churn : plan.churn()) text += Wrapped(Churn(churn), 0, view.width);
  return text;
}

std::string ShowPlanAsMarkdown(const PlanResponse& plan) {
  std::string text = "### instanced plan: " + Counted(plan) + "\n\n";
  for (const auto& problem : plan.problems()) text += "- **problem** " + Cell(problem) + "\n";
  if (!plan.problems().empty()) text += "\n";
  const bool any = std::ranges::any_of(
      plan.objects(), [](const auto& object) { return object.action() != "nothing"; });
  if (any) text += "| | object | action | why and what |\n|---|---|---|---|\n";
  for (const auto& object : plan.objects()) {
    if (object.action() == "nothing") continue;
    std::string what = object.action() == "update" ? "" : Cell(Why(object));
    for (const auto& call : object.calls()) {
      what += (what.empty() ? "" : "<br>") + Cell(call.operation());
      for (const auto& field : call.fields()) what += "<br>&nbsp;&nbsp;" + Cell(Change(field));
    }
    for (const auto& note : object.notes()) what += "<br>note: " + Cell(note);
    text += "| `" + std::string(SortOf(object).sign) + "` | " + Cell(NameOf(object.object())) +
            " | " + object.action() + " | " + what + " |\n";
  }
  text += (any ? "\n" : "") + Calls(plan) + "\n";
  for (const auto& churn : plan.churn()) text += "\n" + Cell(Churn(churn)) + "\n";
  return text;
}

ExitCode ExitCodeOf(const PlanResponse& plan) {
  const auto has = [&](auto fits) { return std::ranges::any_of(plan.objects(), fits); };
  const bool unknown = has([](const auto& object) { return object.action() == "unknown"; });
  if (unknown || !plan.problems().empty()) return ExitCode::kFailed;
  const bool due =
      has([](const auto& object) { return Acts(object) || !object.brake_cause().empty(); });
  return due ? ExitCode::kChangesDue : ExitCode::kDone;
}

}  // namespace instanced::ctl
