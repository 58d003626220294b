// The ownership mark an instance carries at its cloud, and what it says about us.
//
// Where the cloud has tags: instanced.dev/owner = "<owner>/<kind>/<namespace>/<name>" (SHA-256 hex
// when longer than a tag value may be) and instanced.dev/uid. Where it has none: a fixed suffix
// " [instanced:<16 hex>]" of the description, the fingerprint of owner and key.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/object/object_key.h"

namespace instanced {

inline constexpr std::string_view kOwnerTag = "instanced.dev/owner";
inline constexpr std::string_view kUidTag = "instanced.dev/uid";

// What we would write: all three spellings of one identity.
struct Mark {
  std::string owner_value;  // tag value, 256 characters at most
  std::string uid;
  std::string suffix;  // 16 lower-case hex characters
  friend bool operator==(const Mark&, const Mark&) = default;
};
Mark MakeMark(std::string_view owner, const ObjectKey& key, std::string_view uid);

// What was read from an instance; empty strings where it carries nothing.
struct ObservedMark {
  std::string owner_value;
  std::string uid;
  std::string suffix;
  friend bool operator==(const ObservedMark&, const ObservedMark&) = default;
};

// One spelling of all it says, to compare with later; empty when it says nothing.
std::string MarkText(const ObservedMark& mark);

// The object of this owner that a tag names; nothing for other owners and hashed values.
std::optional<ObjectKey> KeyInMark(const ObservedMark& mark, std::string_view owner);

enum class MarkMatch {
  kNone,          // no mark at all
  kOurs,          // owner and key are ours (a suffix cannot say more)
  kOursOtherUid,  // owner and key are ours, made by an earlier life of the object
  kOtherObject,   // our installation, another object of it
  kForeign,       // another installation's mark
};
// `owner` tells another object of ours from another installation's, as far as the mark can say:
// hashed values and suffixes that differ count as foreign.
MarkMatch Match(const ObservedMark& observed, const Mark& ours, std::string_view owner);

// "text [instanced:0123456789abcdef]" <-> text and suffix.
std::string WithSuffix(std::string_view description, std::string_view suffix);
struct SplitDescription {
  std::string description;
  std::string suffix;  // empty when there is none
};
SplitDescription SplitSuffix(std::string_view description);
// How many characters of the description's limit the suffix takes.
inline constexpr int kSuffixLength = 29;

}  // namespace instanced
