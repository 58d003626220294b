#include "controller/journal/ledger.h"

#include <utility>

namespace instanced {

std::string_view ToString(HistoryKind kind) {
  switch (kind) {
    case HistoryKind::kDecision:
      return "Decision";
    case HistoryKind::kCall:
      return "Call";
    case HistoryKind::kFailure:
      return "Failure";
    case HistoryKind::kPerson:
      return "Person";
  }
  std::unreachable();
}

}  // namespace instanced
