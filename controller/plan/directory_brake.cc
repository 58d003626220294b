#include "controller/plan/directory_brake.h"

#include <utility>

namespace instanced {

std::optional<BrakeCause> CauseOf(DirectoryState state) {
  switch (state) {
    case DirectoryState::kOk:
      return std::nullopt;
    case DirectoryState::kVanished:
      return BrakeCause::kManifestsVanished;
    case DirectoryState::kUnreadable:
      return BrakeCause::kManifestsUnreadable;
    case DirectoryState::kEmpty:
      return BrakeCause::kManifestsEmpty;
  }
  std::unreachable();
}

}  // namespace instanced
