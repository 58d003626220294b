#include "api/object/mark.h"

#include <algorithm>

#include "api/object/digest.h"

namespace instanced {
namespace {

constexpr std::string_view kSuffixOpen = "[instanced:";
constexpr std::size_t kTagValueMax = 256;
constexpr std::size_t kSuffixHex = 16;

bool IsHex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

Mark MakeMark(std::string_view owner, const ObjectKey& key, std::string_view uid) {
  std::string identity(owner);
  identity.append("/").append(ToString(key));
  std::string suffix = Sha256Hex(identity).substr(0, kSuffixHex);
  if (identity.size() > kTagValueMax) identity = "sha256:" + Sha256Hex(identity);
  return Mark{std::move(identity), std::string(uid), std::move(suffix)};
}

std::string MarkText(const ObservedMark& mark) {
  if (mark.owner_value.empty() && mark.uid.empty()) return mark.suffix;
  return mark.owner_value + " " + mark.uid;
}

std::optional<ObjectKey> KeyInMark(const ObservedMark& mark, std::string_view owner) {
  std::string_view text = mark.owner_value;
  if (!text.starts_with(owner)) return std::nullopt;
  text.remove_prefix(owner.size());
  if (!text.starts_with('/')) return std::nullopt;
  return ParseObjectKey(text.substr(1));
}

MarkMatch Match(const ObservedMark& observed, const Mark& ours, std::string_view owner) {
  if (observed.owner_value.empty() && observed.uid.empty()) {
    if (observed.suffix.empty()) return MarkMatch::kNone;
    return observed.suffix == ours.suffix ? MarkMatch::kOurs : MarkMatch::kForeign;
  }
  if (observed.owner_value == ours.owner_value) {
    return observed.uid == ours.uid ? MarkMatch::kOurs : MarkMatch::kOursOtherUid;
  }
  return KeyInMark(observed, owner) ? MarkMatch::kOtherObject : MarkMatch::kForeign;
}

std::string WithSuffix(std::string_view description, std::string_view suffix) {
  std::string text(description);
  if (!text.empty()) text.push_back(' ');
  return text.append(kSuffixOpen).append(suffix).append("]");
}

SplitDescription SplitSuffix(std::string_view description) {
  const std::size_t size = kSuffixOpen.size() + kSuffixHex + 1;
  if (description.size() < size || !description.ends_with(']')) {
    return {std::string(description), {}};
  }
  const std::size_t start = description.size() - size;
  const auto hex = description.substr(start + kSuffixOpen.size(), kSuffixHex);
  if (description.substr(start, kSuffixOpen.size()) != kSuffixOpen || !IsHex(hex)) {
    return {std::string(description), {}};
  }
  std::string_view text = description.substr(0, start);
  if (text.ends_with(' ')) text.remove_suffix(1);
  return {std::string(text), std::string(hex)};
}

}  // namespace instanced
