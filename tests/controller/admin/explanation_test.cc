#include "controller/admin/explanation.h"

#include <algorithm>
#include <array>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/controller/admin/fake_backend.h"

namespace instanced {
namespace {

using ::testing::HasSubstr;

// All is well.
constexpr std::array kNothingToDo{Reason::kAvailable, Reason::kReconcileSuccess};

std::vector<Reason> AllReasons() {
  std::vector<Reason> reasons;
  for (int i = 0; i <= static_cast<int>(Reason::kObserveOnly); ++i) {
    reasons.push_back(static_cast<Reason>(i));
  }
  return reasons;
}

TEST(Explanation, EveryReasonHasAMeaningOfItsOwn) {
  std::map<std::string_view, Reason> seen;
  for (const Reason reason : AllReasons()) {
    const auto meaning = MeaningOf(reason);
    EXPECT_FALSE(meaning.empty()) << ToString(reason);
    EXPECT_TRUE(seen.emplace(meaning, reason).second) << ToString(reason);
  }
}

TEST(Explanation, EveryReasonThatIsNotInLineNamesACommandOrAField) {
  const ObjectKey key{Kind::kConnectInstance, "default", "desk"};
  for (const Reason reason : AllReasons()) {
    const bool nothing = std::ranges::find(kNothingToDo, reason) != kNothingToDo.end();
    const auto steps = StepsFor(reason, key, "b-1");
    EXPECT_EQ(steps.empty(), nothing) << ToString(reason);
    const bool usable = std::ranges::any_of(
        steps, [](const NextStep& step) { return !step.command.empty() || !step.field.empty(); });
    EXPECT_EQ(usable, !nothing) << ToString(reason);
  }
  EXPECT_EQ(StepsFor(Reason::kPaused, key, "").front().command,
            "instancectl resume ConnectInstance/default/desk");
  EXPECT_EQ(StepsFor(Reason::kMissing, key, "").front().field, "spec.onMissing: Recreate");
}

// Not Ready or not in line, for whatever reason: something is said to be in the way, and why.
TEST(Explanation, EveryReasonHasEvidenceOfItsOwn) {
  std::map<std::string, Reason> seen;
  for (const Reason reason : AllReasons()) {
    if (reason == Reason::kAvailable || reason == Reason::kReconcileSuccess) continue;
    InstanceObject object = SampleInstance("desk");
    Condition condition;
    condition.type = ConditionType::kStalled;
    condition.status = ConditionStatus::kTrue;
    condition.reason = reason;
    object.status.conditions.Mark(condition, "2026-01-15T12:00:00Z");
    ObjectFacts facts;
    facts.report = ReportOf(object);
    facts.report.decision = "Wait " + std::string(ToString(reason)) + ": said the pass";
    const auto explanation = Explain(facts);
    ASSERT_EQ(explanation.obstacles.size(), 1U) << ToString(reason);
    const Obstacle& obstacle = explanation.obstacles[0];
    EXPECT_FALSE(obstacle.message.empty()) << ToString(reason);
    EXPECT_TRUE(seen.emplace(obstacle.evidence, reason).second)
        << ToString(reason) << ": " << obstacle.evidence;
  }
}

TEST(Explanation, WhatCannotBeRecordedIsSaidOfEveryObjectWhateverItsConditions) {
  ObjectFacts facts;
  facts.report = ReportOf(SampleInstance("desk"));
  facts.store_trouble = "the state file: database or disk is full";
  const auto explanation = Explain(facts);
  ASSERT_TRUE(explanation.condition);
  EXPECT_EQ(explanation.condition->reason, Reason::kStoreUnavailable);
  ASSERT_EQ(explanation.obstacles.size(), 1U);
  EXPECT_EQ(explanation.obstacles[0].evidence, facts.store_trouble);
}

TEST(Explanation, AwaitedTurnIsSaidThoughItIsNotWritten) {
  InstanceObject object = SampleInstance("desk");
  ObjectFacts facts;
  facts.turn = ObjectFacts::Turn::kAwaited;
  facts.report = ReportOf(object);
  EXPECT_EQ(Explain(facts).condition->reason, Reason::kAvailable) << "in line, and polled later";
  Condition condition;
  condition.type = ConditionType::kReconciling;
  condition.status = ConditionStatus::kTrue;
  condition.reason = Reason::kProgressing;
  object.status.conditions.Mark(condition, "2026-01-15T12:00:00Z");
  facts.report = ReportOf(object);
  EXPECT_EQ(Explain(facts).condition->reason, Reason::kWaitingForBudget);
}

TEST(Explanation, InstanceInLineHasNothingInItsWay) {
  ObjectFacts facts;
  facts.report = ReportOf(SampleInstance("desk"));
  EXPECT_TRUE(Explain(facts).obstacles.empty());
}

TEST(Explanation, WhatIsOnlyObservedIsReadyAndSaysHowToHaveItChanged) {
  InstanceObject object = SampleInstance("desk");
  Condition condition;
  condition.type = ConditionType::kSynced;
  condition.status = ConditionStatus::kTrue;
  condition.reason = Reason::kObserveOnly;
  condition.message = "observed only; differs: a";
  object.status.conditions.Mark(condition, "2026-01-15T12:00:00Z");
  ObjectFacts facts;
  facts.turn = ObjectFacts::Turn::kAwaited;
  facts.report = ReportOf(object);
  const auto explanation = Explain(facts);
  EXPECT_EQ(explanation.condition->message, "observed only; differs: a");
  ASSERT_EQ(explanation.next_steps.size(), 1U);
  EXPECT_THAT(explanation.next_steps[0].field, HasSubstr("spec.managementPolicies"));
}

TEST(Explanation, EvidenceQuotesTheCallThatFailedLast) {
  InstanceObject object = SampleInstance("desk");
  Condition condition;
  condition.type = ConditionType::kStalled;
  condition.status = ConditionStatus::kTrue;
  condition.reason = Reason::kNotOffered;
  object.status.conditions.Mark(condition, "2026-01-15T12:00:00Z");
  ObjectFacts facts;
  facts.report = ReportOf(object);
  HistoryEntry failure;
  failure.operation = "ccc:CreateInstance";
  failure.result = "NotOffered";
  failure.code = "InvalidApi.NotFound";
  failure.request_id = "req-7";
  facts.last_failure = failure;
  const auto explanation = Explain(facts);
  ASSERT_EQ(explanation.obstacles.size(), 1U);
  EXPECT_THAT(explanation.obstacles[0].evidence,
              HasSubstr("ccc:CreateInstance ended with NotOffered (InvalidApi.NotFound)"));
  EXPECT_THAT(explanation.obstacles[0].evidence, HasSubstr("req-7"));
}

TEST(Explanation, OpenIntentIsAnObstacleWithItsEvidence) {
  InstanceObject object = SampleInstance("desk");
  Intent intent;
  intent.attempt = 2;
  intent.token = "token-2";
  intent.not_before = "2026-01-15T12:00:00Z";
  object.status.intent = intent;
  ObjectFacts facts;
  facts.report = ReportOf(object);
  facts.absent_reads = 1;
  const auto explanation = Explain(facts);
  ASSERT_EQ(explanation.obstacles.size(), 1U);
  EXPECT_EQ(explanation.obstacles[0].kind, "InDoubt");
  EXPECT_THAT(explanation.obstacles[0].evidence, HasSubstr("attempt 2 with token token-2"));
  EXPECT_THAT(explanation.obstacles[0].evidence, HasSubstr("1 complete lists"));
}

TEST(Explanation, BackoffQuotesTheCallBehindIt) {
  ObjectFacts facts;
  facts.report = ReportOf(SampleInstance("desk"));
  facts.report.decision = "Retry connect:UpdateInstanceAttribute";
  facts.failures = 3;
  HistoryEntry failure;
  failure.operation = "connect:UpdateInstanceAttribute";
  failure.result = "Transient";
  failure.code = "InternalServiceException";
  failure.request_id = "req-1";
  facts.last_failure = failure;
  const auto explanation = Explain(facts);
  ASSERT_EQ(explanation.obstacles.size(), 1U);
  EXPECT_EQ(explanation.obstacles[0].message, "3 failures in a row");
  EXPECT_THAT(explanation.obstacles[0].evidence,
              HasSubstr("ended with Transient (InternalServiceException)"));
  EXPECT_THAT(explanation.next_look, HasSubstr("backoff after 3 failures in a row"));
}

TEST(Explanation, BackoffWithoutACallOfItsOwnQuotesTheDecision) {
  ObjectFacts facts;
  facts.report = ReportOf(SampleInstance("desk"));
  facts.report.decision = "Retry sts:GetCallerIdentity: SignatureDoesNotMatch";
  facts.failures = 1;
  const auto explanation = Explain(facts);
  ASSERT_EQ(explanation.obstacles.size(), 1U);
  EXPECT_EQ(explanation.obstacles[0].message, "1 failure in a row");
  EXPECT_THAT(explanation.obstacles[0].evidence, HasSubstr("sts:GetCallerIdentity"));
}

TEST(Explanation, ClaimBudgetAndChurnAreObstacles) {
  ObjectFacts facts;
  facts.report = ReportOf(SampleInstance("desk"));
  facts.holder = ObjectKey{Kind::kConnectInstance, "default", "other"};
  facts.held = "instance i-1";
  facts.waiting = {{"connect:DescribeInstance", 4, std::chrono::seconds(2)}};
  facts.churn_remaining = 0;
  const auto explanation = Explain(facts);
  ASSERT_EQ(explanation.obstacles.size(), 3U);
  EXPECT_EQ(explanation.obstacles[0].evidence, "claimed by ConnectInstance/default/other");
  EXPECT_THAT(explanation.obstacles[1].evidence, HasSubstr("4 objects wait for connect:Describe"));
  EXPECT_EQ(explanation.obstacles[2].kind, "Churn");
}

}  // namespace
}  // namespace instanced
