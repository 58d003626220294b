#include "controller/lease/lease_record.h"

#include <fmt/format.h>

#include "api/object/digest.h"

namespace instanced {
namespace {

// A label is at most 63 characters, and names appear in metrics and events.
constexpr std::size_t kNameMax = 63;
constexpr std::size_t kDigestSize = 17;

bool IsNameChar(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }

}  // namespace

std::string LeaseNameOf(std::string_view prefix, std::string_view subject) {
  std::string name(prefix);
  name += '-';
  bool exact = true;
  for (const char c : subject) {
    const bool fits = IsNameChar(c);
    // The separator of a domain's parts is the one character that is lost on purpose.
    exact = exact && (fits || c == '/');
    name += fits ? c : '-';
  }
  if (exact && name.size() <= kNameMax && name.back() != '-') return name;
  name.resize(std::min(name.size(), kNameMax - kDigestSize));
  return name + fmt::format("-{:016x}", Fingerprint(subject));
}

}  // namespace instanced
