// BrakeCause: why deletions, or objects as a whole, are held until a person has looked.
#pragma once

#include <optional>
#include <string_view>

namespace instanced {

enum class BrakeCause {
  kMassDeletion,         // too many, or all, of a kind within the window
  kManifestsVanished,    // the manifest directory is gone
  kManifestsUnreadable,  // it cannot be read as a whole
  kManifestsEmpty,       // it holds no manifest any more
  kCrdRemoved,           // the CustomResourceDefinition is being removed
  kNamespaceRemoved,     // the namespace is being removed
  kAccountMismatch,      // the credential belongs to another account than declared
  kForeignMark,          // the instance bears another installation's mark
};

// Holds an object whatever is to be done with it, not only its deletion. An approval of such a
// cause passes no other brake.
bool HoldsWholeObject(BrakeCause cause);

std::string_view ToString(BrakeCause cause);  // "MassDeletion"
std::optional<BrakeCause> ParseBrakeCause(std::string_view word);
// One sentence for conditions and people, without figures that change.
std::string_view Explain(BrakeCause cause);

}  // namespace instanced
