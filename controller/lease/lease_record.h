// LeaseRecord: one coordination.k8s.io/v1 Lease as far as elections need it, as a value.
//
// Two roles: a `domain` lease gives its holder the right to act; a `member` lease says that a
// replica lives, so that domains can be shared out. The wall times are for people: nobody's
// decision rests on another machine's clock.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "controller/clock/clock.h"

namespace instanced {

enum class LeaseRole { kDomain, kMember };

struct LeaseRecord {
  std::string name;
  LeaseRole role = LeaseRole::kDomain;
  std::string subject;  // the domain in plain words, or the member's identity
  std::string holder;   // empty: nobody's
  Duration duration{};
  WallTime acquired;
  WallTime renewed;
  std::int64_t transitions = 0;  // how often it changed hands
  std::string resource_version;  // empty: not on the server yet

  friend bool operator==(const LeaseRecord&, const LeaseRecord&) = default;
};

// "instanced-connect-123456789012-us-east-1": the prefix and the subject as a DNS-1123 name; with
// a digest at the end where spelling or length would make two subjects look alike.
std::string LeaseNameOf(std::string_view prefix, std::string_view subject);

}  // namespace instanced
