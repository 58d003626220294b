// The four conditions as a kstatus reader sees them.
#include "controller/reconcile/summarize.h"

#include <gtest/gtest.h>

namespace instanced {
namespace {

constexpr std::string_view kNow = "2026-01-02T03:04:05Z";

class SummarizeTest : public testing::Test {
 protected:
  SummarizeTest() { object_.meta.generation = 7; }

  void Pass(const Decision& decision, const Observed& observed = NotObserved{}) {
    Summarize(object_, observed, decision, kNow, status_);
  }
  std::string Shown(ConditionType type) const {
    const auto* condition = status_.conditions.Find(type);
    if (!condition) return "-";
    return std::string(ToString(condition->status)) + " " +
           std::string(ToString(condition->reason));
  }
  // The rules of kstatus, in its order.
  std::string Kstatus() const {
    const auto is_true = [&](ConditionType type) {
      const auto* condition = status_.conditions.Find(type);
      return condition && condition->status == ConditionStatus::kTrue;
    };
    if (status_.observed_generation != object_.meta.generation) return "InProgress";
    if (is_true(ConditionType::kReconciling)) return "InProgress";
    if (is_true(ConditionType::kStalled)) return "Failed";
    return is_true(ConditionType::kReady) ? "Current" : "InProgress";
  }
  static Present There(Lifecycle lifecycle) {
    Present present;
    present.observation.external_name = "i-1";
    present.observation.lifecycle = lifecycle;
    return present;
  }
  static Retry Failed(ErrorClass error_class) {
    Error error;
    error.error_class = error_class;
    error.message = "said the cloud";
    return Retry{error};
  }

  InstanceObject object_;
  InstanceStatus status_;
};

TEST_F(SummarizeTest, EveryErrorClassReadsAsItsNeedForAPerson) {
  const std::pair<ErrorClass, const char*> kTable[] = {{ErrorClass::kThrottled, "InProgress"},
                                                       {ErrorClass::kBusy, "InProgress"},
                                                       {ErrorClass::kTransient, "InProgress"},
                                                       {ErrorClass::kInDoubt, "InProgress"},
                                                       {ErrorClass::kWriteConflict, "InProgress"},
                                                       {ErrorClass::kDeferred, "InProgress"},
                                                       {ErrorClass::kCancelled, "InProgress"},
                                                       {ErrorClass::kTaken, "Failed"},
                                                       {ErrorClass::kNotFound, "Failed"},
                                                       {ErrorClass::kAuth, "Failed"},
                                                       {ErrorClass::kQuota, "Failed"},
                                                       {ErrorClass::kChurn, "Failed"},
                                                       {ErrorClass::kNotOffered, "Failed"},
                                                       {ErrorClass::kValidation, "Failed"},
                                                       {ErrorClass::kTerminal, "Failed"},
                                                       {ErrorClass::kStore, "Failed"}};
  for (const auto& [error_class, wanted] : kTable) {
    status_ = {};
    Pass(Failed(error_class));
    EXPECT_EQ(Kstatus(), wanted) << ToString(error_class);
    const bool stalled = status_.conditions.Find(ConditionType::kStalled);
    const bool reconciling = status_.conditions.Find(ConditionType::kReconciling);
    EXPECT_NE(stalled, reconciling) << ToString(error_class);
    EXPECT_TRUE(Shown(ConditionType::kReady).starts_with("False")) << ToString(error_class);
    const bool waits_its_turn = error_class == ErrorClass::kDeferred;
    const bool internal =
        error_class == ErrorClass::kWriteConflict || error_class == ErrorClass::kCancelled;
    EXPECT_EQ(Shown(ConditionType::kSynced).starts_with("True"), waits_its_turn || internal)
        << ToString(error_class);
  }
}

TEST_F(SummarizeTest, DoneOverAReadyInstanceIsCurrentAndClearsWhatStood) {
  Pass(Hold{Reason::kNameTaken, "taken", {}});
  EXPECT_EQ(Shown(ConditionType::kStalled), "True NameTaken");
  EXPECT_EQ(Shown(ConditionType::kSynced), "False NameTaken");
  Pass(Done{}, There(Lifecycle::kReady));
  EXPECT_EQ(Kstatus(), "Current");
  EXPECT_EQ(Shown(ConditionType::kStalled), "-");
  EXPECT_EQ(Shown(ConditionType::kReconciling), "-");
  EXPECT_EQ(Shown(ConditionType::kSynced), "True ReconcileSuccess");
}

// ReconcileError never stands alone: what to do is said of the condition beside it.
TEST_F(SummarizeTest, AFailedPassNamesItsCauseBesideSynced) {
  int failed = 0;
  const auto check = [&](const std::string& what) {
    if (!Shown(ConditionType::kSynced).ends_with("ReconcileError")) return;
    ++failed;
    EXPECT_TRUE(Shown(ConditionType::kReconciling).starts_with("True")) << what;
    EXPECT_FALSE(Shown(ConditionType::kReconciling).ends_with("ReconcileError")) << what;
  };
  for (int i = 0; i <= static_cast<int>(ErrorClass::kCancelled); ++i) {
    const auto error_class = static_cast<ErrorClass>(i);
    Pass(Failed(error_class));
    check(std::string(ToString(error_class)));
  }
  for (int i = 0; i <= static_cast<int>(Reason::kObserveOnly); ++i) {
    const auto reason = static_cast<Reason>(i);
    if (reason == Reason::kReconcileError) continue;
    for (const Decision& decision : {Decision(Wait{reason, "", {}}), Decision(Hold{reason, "", {}}),
                                     Decision(Done{reason, ""})}) {
      Pass(decision);
      check(std::string(NameOf(decision)) + " " + std::string(ToString(reason)));
    }
  }
  EXPECT_GE(failed, 3);
}

TEST_F(SummarizeTest, WhatIsOnlyObservedIsCurrentAndTellsWhatDiffers) {
  Pass(Done{Reason::kObserveOnly, "observed only; differs: a"}, There(Lifecycle::kReady));
  EXPECT_EQ(Kstatus(), "Current");
  EXPECT_EQ(Shown(ConditionType::kSynced), "True ObserveOnly");
  EXPECT_EQ(status_.conditions.Find(ConditionType::kSynced)->message, "observed only; differs: a");
}

TEST_F(SummarizeTest, AFailedReadLeavesReadyAsItWas) {
  status_.external_name = "i-1";
  Pass(Done{}, There(Lifecycle::kReady));
  auto failed = Failed(ErrorClass::kTransient);
  Pass(failed, ObserveFailed{failed.error});
  EXPECT_EQ(Shown(ConditionType::kReady), "True Available");
  EXPECT_EQ(Shown(ConditionType::kReconciling), "True TransientError");
  EXPECT_EQ(Kstatus(), "InProgress");
}

TEST_F(SummarizeTest, OneNotFoundLeavesReadyAndTheSecondEndsIt) {
  status_.external_name = "i-1";
  Pass(Done{}, There(Lifecycle::kReady));
  Pass(Wait{}, Absent{1, {}});
  EXPECT_EQ(Shown(ConditionType::kReady), "True Available");
  Pass(Wait{}, Absent{2, {}});
  EXPECT_EQ(Shown(ConditionType::kReady), "False NotFound");
}

TEST_F(SummarizeTest, APausedObjectIsNeitherAndItsGenerationCountsAsUnseen) {
  Pass(Done{}, There(Lifecycle::kReady));
  object_.meta.generation = 8;
  Pass(Hold{Reason::kPaused, "paused", {}});
  EXPECT_EQ(status_.observed_generation, 7);
  EXPECT_EQ(Shown(ConditionType::kSynced), "False Paused");
  EXPECT_EQ(Shown(ConditionType::kStalled), "-");
  EXPECT_EQ(Shown(ConditionType::kReconciling), "-");
  for (const auto& condition : status_.conditions.all()) {
    EXPECT_LE(condition.observed_generation, 7);
  }
}

TEST_F(SummarizeTest, OnlyAReadyLifecycleIsReady) {
  const std::pair<Lifecycle, const char*> kTable[] = {
      {Lifecycle::kReady, "True Available"},
      {Lifecycle::kCreating, "False Creating"},
      {Lifecycle::kCreateFailed, "False CreateFailed"},
      {Lifecycle::kDeleting, "False Deleting"},
      {Lifecycle::kDeleteFailed, "False DeleteFailed"},
      {Lifecycle::kGone, "False NotFound"},
      {Lifecycle::kSuspended, "False Suspended"},
      {Lifecycle::kUnknown, "Unknown UnknownState"}};
  for (const auto& [lifecycle, wanted] : kTable) {
    Pass(Wait{}, There(lifecycle));
    EXPECT_EQ(Shown(ConditionType::kReady), wanted);
  }
}

TEST_F(SummarizeTest, TheCloudsOwnProgressIsAgreementAndAFailureBehindItIsNot) {
  Pass(Wait{Reason::kCreating, "", {}});
  EXPECT_EQ(Shown(ConditionType::kSynced), "True ReconcileSuccess");
  Pass(Wait{Reason::kBusy, "busy", {}});
  EXPECT_EQ(Shown(ConditionType::kSynced), "False ReconcileError");
}

TEST_F(SummarizeTest, EveryConditionNamesTheGenerationItIsAbout) {
  Pass(Failed(ErrorClass::kQuota));
  ASSERT_EQ(status_.conditions.all().size(), 3u);
  for (const auto& condition : status_.conditions.all()) {
    EXPECT_EQ(condition.observed_generation, 7);
  }
}

TEST_F(SummarizeTest, NoConditionIsWithoutAMessage) {
  const Decision decisions[] = {Done{}, Wait{}, Hold{}, Observe{}, Failed(ErrorClass::kBusy)};
  for (const auto& decision : decisions) {
    for (const auto lifecycle : {Lifecycle::kReady, Lifecycle::kCreateFailed}) {
      status_ = {};
      Pass(decision, There(lifecycle));
      for (const auto& condition : status_.conditions.all()) EXPECT_NE(condition.message, "");
    }
  }
}

}  // namespace
}  // namespace instanced
