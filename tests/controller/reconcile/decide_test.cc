// decide() over every combination of what it can be told: a defined answer for each, and the
// promises of decide.h. DECIDE_ONE_IN in the environment says how many of the products of all
// policies and all pairs of circumstances are tried; `make proof` asks for every one.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/controller/reconcile/decide_cases.h"

namespace instanced {
namespace {

using namespace decide_cases;

// Prime, so that what is left out is not always of one kind.
constexpr std::size_t kUsually = 997;

TEST(Decide, AnIdentityThatOnlyWaitsForItsTurnIsAskedWhenThatComes) {
  auto object = ObjectOf(Kind::kConnectInstance);
  object.meta.finalizers = {std::string(kFinalizerName)};
  Error deferred;
  deferred.error_class = ErrorClass::kDeferred;
  deferred.retry_after = std::chrono::milliseconds(700);
  Circumstances facts;
  facts.identity = AccountUnverified{deferred};
  LookedUp nothing;
  nothing.absent_reads = 2;
  const auto decision = Decide(object, nothing, facts, kNow);
  const auto* hold = std::get_if<Hold>(&decision);
  ASSERT_TRUE(hold && hold->until) << Explain(decision);
  EXPECT_EQ(hold->reason, Reason::kAccountUnverified);
  EXPECT_EQ(*hold->until, kNow + std::chrono::milliseconds(700));
}

// Empty when the answer keeps every promise.
std::string Wrong(const InstanceObject& object, const Circumstances& facts, const Observed& seen) {
  const auto decision = Decide(object, seen, facts, kNow);
  const auto* broken = BrokenPromise(object, seen, facts, decision);
  if (!broken) return {};
  const auto& status = object.status;
  return fmt::format(
      "{}: {}, deleting {}, finalizers {}, id '{}', intent '{}', observed {}, policies {}, paused "
      "{}, claim {}, brake {}, churn {}, identity {}, cooldown {}, domain '{}': {}",
      broken, ToString(object.meta.key.kind), object.meta.IsDeleting(),
      object.meta.finalizers.size(), status.external_name,
      status.intent ? status.intent->operation : "", seen.index(), ToJson(object)["spec"].dump(),
      facts.pause == Pause::kPaused, facts.claim.index(), facts.brake.index(), facts.churn.index(),
      facts.identity.index(), facts.cooldown.has_value(), facts.bound_domain, Explain(decision));
}

TEST(Decide, EveryCombinationHasAnAnswerThatKeepsThePromises) {
  const auto observed = AllObserved();
  std::size_t combinations = 0;
  for (const Kind kind : InstanceKinds()) {
    for (int which = 0; which < kLives * kRecords * kPolicies; ++which) {
      auto object =
          RecordedObject(kind, which / kPolicies / kRecords, which / kPolicies % kRecords);
      SetPolicy(object.spec, which % kPolicies);
      for (const auto& facts : SingleCircumstances(object)) {
        for (const auto& seen : observed) {
          ++combinations;
          const auto wrong = Wrong(object, facts, seen);
          ASSERT_TRUE(wrong.empty()) << wrong;
        }
      }
    }
  }
  fmt::print("combinations of decide(): {}\n", combinations);
}

TEST(Decide, EveryCombinationOfPoliciesWithEveryPairOfCircumstancesKeepsThePromises) {
  const auto one_in = OneIn(kUsually);
  const auto observed = AllObserved();
  std::size_t combinations = 0;
  std::size_t tried = 0;
  std::size_t next = 0;  // the combination to be tried next
  for (const Kind kind : InstanceKinds()) {
    for (int which = 0; which < kLives * kRecords; ++which) {
      auto object = RecordedObject(kind, which / kRecords, which % kRecords);
      const auto pairs = PairsOfCircumstances(object);
      for (auto& policies : PolicyProducts(object.spec)) {
        object.spec = std::move(policies);
        const auto here = pairs.size() * observed.size();
        for (; next < combinations + here; next += one_in) {
          const auto at = next - combinations;
          ++tried;
          const auto wrong =
              Wrong(object, pairs[at / observed.size()], observed[at % observed.size()]);
          ASSERT_TRUE(wrong.empty()) << wrong;
        }
        combinations += here;
      }
    }
  }
  fmt::print("combinations of all policies and pairs of circumstances: {}, tried {}\n",
             combinations, tried);
}

}  // namespace
}  // namespace instanced
