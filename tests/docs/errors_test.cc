#include <gtest/gtest.h>

#include "controller/reconcile/retry_table.h"
#include "tests/docs/page.h"

namespace instanced {
namespace {

struct PaceVisit {
  std::string operator()(AtBudgetSlot) const { return "at the budget's next free slot"; }
  std::string operator()(WithBackoff) const { return "with backoff"; }
  std::string operator()(AtOnce) const { return "at once"; }
  std::string operator()(ProbeEvery probe) const {
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(probe.interval).count();
    return "every " + std::to_string(minutes) + " min";
  }
};

std::vector<std::string> RowOf(ErrorClass error_class) {
  const auto reaction = ReactionTo(error_class);
  return {"`" + std::string(ToString(error_class)) + "`",
          reaction.shown == Shown::kStalled ? "Stalled" : "Reconciling",
          "`" + std::string(ToString(reaction.reason)) + "`",
          std::visit(PaceVisit{}, reaction.pace),
          reaction.counts == Counts::kAsFailure ? "yes" : "no",
          std::string(reaction.next)};
}

TEST(ErrorsPage, TableIsTheRetryTable) {
  std::vector<std::vector<std::string>> table;
  for (int i = 0; i <= static_cast<int>(ErrorClass::kCancelled); ++i) {
    table.push_back(RowOf(static_cast<ErrorClass>(i)));
  }

  EXPECT_EQ(docs::Rows(docs::ReadFile("docs/errors.md")), table)
      << "the table of docs/errors.md should be\n"
      << docs::TableText(table);
}

}  // namespace
}  // namespace instanced
