#include <array>

#include "controller/reconcile/facts.h"
#include "controller/reconcile/retry_table.h"

namespace instanced {
namespace {

std::string_view ToString(DeleteCause cause) {
  switch (cause) {
    case DeleteCause::kObjectDeleted:
      return "object deleted";
    case DeleteCause::kReplace:
      return "replace";
    case DeleteCause::kFailedCreate:
      return "failed create";
  }
  std::unreachable();
}

struct ExplainVisit {
  std::string operator()(const Observe&) const { return ""; }
  std::string operator()(const LookUp&) const { return ""; }
  std::string operator()(const AddFinalizer&) const { return std::string(kFinalizerName); }
  std::string operator()(const Adopt& d) const { return d.external_name + ": " + d.why; }
  std::string operator()(const Create& d) const {
    const bool replay = d.attempt_kind == CreateTry::kReplay;
    return "attempt " + std::to_string(d.attempt) + (replay ? ", the same request again" : "");
  }
  std::string operator()(const CloseIntent& d) const { return d.evidence; }
  std::string operator()(const Unbind& d) const { return d.why; }
  std::string operator()(const Update& d) const {
    std::string text;
    for (const auto& step : d.steps) {
      for (const auto& diff : step.diffs) text += (text.empty() ? "" : "; ") + Describe(diff);
    }
    return text;
  }
  std::string operator()(const Delete& d) const {
    return std::string(ToString(d.cause)) + ": " + d.why;
  }
  std::string operator()(const RemoveFinalizer& d) const { return d.why; }
  std::string operator()(const Wait& d) const {
    return std::string(instanced::ToString(d.reason)) + ": " + d.message;
  }
  std::string operator()(const Hold& d) const {
    return std::string(instanced::ToString(d.reason)) + ": " + d.message;
  }
  std::string operator()(const Retry& d) const { return MessageFor(d.error); }
  std::string operator()(const Done& d) const { return d.message; }
};

}  // namespace

std::string_view NameOf(const Decision& decision) {
  static constexpr std::array<std::string_view, std::variant_size_v<Decision>> kNames{
      "Observe", "LookUp", "AddFinalizer",    "Adopt", "Create", "CloseIntent", "Unbind",
      "Update",  "Delete", "RemoveFinalizer", "Wait",  "Hold",   "Retry",       "Done"};
  return kNames[decision.index()];
}

std::string Explain(const Decision& decision) {
  std::string text(NameOf(decision));
  const std::string detail = std::visit(ExplainVisit{}, decision);
  if (!detail.empty()) text.append(" ").append(detail);
  return text;
}

}  // namespace instanced
