#include "controller/reconcile/observer.h"

#include <utility>

namespace instanced {

std::string_view ToString(PassResult result) {
  switch (result) {
    case PassResult::kSuccess:
      return "success";
    case PassResult::kRequeueAfter:
      return "requeue_after";
    case PassResult::kRequeue:
      return "requeue";
    case PassResult::kError:
      return "error";
  }
  std::unreachable();
}

}  // namespace instanced
