#include "controller/lease/assignment.h"

#include <algorithm>
#include <ranges>

#include <gtest/gtest.h>

#include "controller/lease/lease_record.h"

namespace instanced {
namespace {

std::vector<std::string> Names(const std::string& prefix, int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back(prefix + std::to_string(i));
  return names;
}

std::map<std::string, int> Loads(const Assignment& assignment,
                                 const std::vector<std::string>& members) {
  std::map<std::string, int> loads;
  for (const auto& member : members) loads[member] = 0;
  for (const auto& [domain, member] : assignment) ++loads[member];
  return loads;
}

TEST(AssignDomains, EveryDomainHasOneMemberAndLoadsDifferByAtMostOne) {
  for (int members = 1; members <= 7; ++members) {
    for (int domains = 0; domains <= 40; ++domains) {
      const auto names = Names("pod-", members);
      const auto assignment = AssignDomains(Names("domain-", domains), names);
      ASSERT_EQ(assignment.size(), static_cast<std::size_t>(domains));
      const auto loads = Loads(assignment, names);
      const auto [least, most] = std::ranges::minmax(std::views::values(loads));
      EXPECT_LE(most - least, 1) << members << " members, " << domains << " domains";
    }
  }
}

TEST(AssignDomains, OrderAndRepetitionOfWhatIsSeenDoNotMatter) {
  auto domains = Names("domain-", 9);
  auto members = Names("pod-", 4);
  const auto assignment = AssignDomains(domains, members);
  std::ranges::reverse(domains);
  std::ranges::reverse(members);
  members.push_back(members.front());
  EXPECT_EQ(AssignDomains(domains, members), assignment);
}

TEST(AssignDomains, WithoutMembersNobodyHoldsAnything) {
  EXPECT_TRUE(AssignDomains(Names("domain-", 3), {}).empty());
}

TEST(AssignDomains, AMemberThatJoinsMovesFewerThanHalf) {
  const auto domains = Names("domain-", 60);
  const auto before = AssignDomains(domains, Names("pod-", 5));
  const auto after = AssignDomains(domains, Names("pod-", 6));
  const auto moved = std::ranges::count_if(
      domains, [&](const auto& domain) { return before.at(domain) != after.at(domain); });
  EXPECT_GE(moved, 10);
  EXPECT_LT(moved, 30);
}

TEST(LeaseNameOf, IsADnsNameThatTellsTheDomain) {
  EXPECT_EQ(LeaseNameOf("instanced", "connect/123456789012/us-east-1"),
            "instanced-connect-123456789012-us-east-1");
}

TEST(LeaseNameOf, WhatCannotBeSpelledOrIsTooLongEndsInADigest) {
  const auto odd = LeaseNameOf("instanced", "connect/unverified:0A/eu");
  const auto other = LeaseNameOf("instanced", "connect/unverified-0a/eu");
  EXPECT_NE(odd, other);
  const auto one = LeaseNameOf("instanced", std::string(200, 'a') + "1");
  const auto two = LeaseNameOf("instanced", std::string(200, 'a') + "2");
  EXPECT_NE(one, two);
  for (const auto& name : {odd, other, one, two}) {
    EXPECT_LE(name.size(), 63u);
    for (const char c : name) EXPECT_TRUE(std::islower(c) || std::isdigit(c) || c == '-') << name;
  }
}

}  // namespace
}  // namespace instanced
