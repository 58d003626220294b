#include "controller/reconcile/standard_guards.h"

#include <gtest/gtest.h>
#include <memory>
#include <nlohmann/json.hpp>

#include "controller/task/task_group.h"
#include "tests/fakes/fake_ledger/fake_ledger.h"
#include "tests/fakes/manual_executor.h"

namespace instanced {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Kind kKind = Kind::kConnectInstance;
const Domain kDomain{"connect", "123456789012", "eu-central-1"};

Task<void> LoadInto(FakeLedger& ledger, std::vector<LedgerDocument>& documents) {
  auto loading = ledger.LoadDocuments();
  auto loaded = co_await loading;
  documents = loaded.value_or(std::vector<LedgerDocument>{});
}

Task<void> RecordInto(StandardGuards& guards, std::string identity) {
  auto recording = guards.RecordChurn(kDomain, std::move(identity));
  co_await recording;
}

class StandardGuardsTest : public testing::Test {
 protected:
  InstanceObject Object(const std::string& name, const std::string& annotation = "",
                        const std::string& value = "") {
    InstanceObject object;
    object.meta.key = {kKind, "default", name};
    object.meta.uid = name;
    object.meta.resource_version = std::to_string(++version_);
    object.meta.deletion_timestamp = FormatRfc3339(executor_.clock().WallNow());
    object.status.external_name = "i-" + name;
    if (!annotation.empty()) object.meta.annotations = {{annotation, value}};
    cache_.Put(std::make_shared<const InstanceObject>(object));
    return object;
  }
  // Two of two are wanted gone, and have settled.
  std::string HeldBrake() {
    const auto a = Object("a");
    const auto b = Object("b");
    EXPECT_TRUE(std::holds_alternative<BrakeSettling>(guards_.AskBrake(a)));
    EXPECT_TRUE(std::holds_alternative<BrakeSettling>(guards_.AskBrake(b)));
    executor_.Advance(seconds(3));
    guards_.AskBrake(a);
    const auto fact = guards_.AskBrake(b);
    const auto* held = std::get_if<BrakeHeld>(&fact);
    EXPECT_TRUE(held);
    return held ? held->brake_id : "";
  }
  std::string Saved(std::string_view name) {
    std::vector<LedgerDocument> documents;
    tasks_.Spawn(LoadInto(ledger_, documents));
    executor_.RunUntilIdle();
    for (const auto& document : documents) {
      if (document.name == name) return document.json;
    }
    return "";
  }
  void Record(std::string identity) {
    tasks_.Spawn(RecordInto(guards_, std::move(identity)));
    executor_.RunUntilIdle();
  }
  bool ChurnIsOpen(ChurnPurpose purpose, const std::string& identity = "next") {
    return std::holds_alternative<ChurnOpen>(guards_.AskChurn(kDomain, identity, purpose));
  }
  void AnsweredQuota(ChurnPurpose purpose) {
    guards_.ChurnAnswered(kDomain, purpose, Fail(ErrorClass::kQuota, "Quota", "too many"));
    executor_.RunUntilIdle();
  }

  ManualExecutor executor_;
  FakeLedger ledger_;
  ObjectCache cache_;
  Budget budget_;
  ChurnLedger churn_;
  BrakeBook brakes_;
  TaskGroup tasks_{executor_};
  int warnings_ = 0;
  std::vector<ObjectKey> woken_;
  std::optional<MonotonicTime> judge_after_;
  StandardGuards guards_{{executor_.clock(), budget_, churn_, brakes_, ledger_, cache_,
                          [this](Task<void> task) { tasks_.Spawn(std::move(task)); },
                          [this](const ObjectKey&, const std::string&) { ++warnings_; },
                          [this](const ObjectKey& key) { woken_.push_back(key); },
                          [this](const InstanceObject&) { return judge_after_; }}};
  int version_ = 0;
};

TEST_F(StandardGuardsTest, ALoneDeletionAmongManyProceedsAfterItHasSettled) {
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h"}) Object(name);
  const auto a = Object("a");
  EXPECT_TRUE(std::holds_alternative<BrakeSettling>(guards_.AskBrake(a)));
  executor_.Advance(seconds(3));
  EXPECT_TRUE(std::holds_alternative<BrakeOff>(guards_.AskBrake(a)));
}

TEST_F(StandardGuardsTest, EveryOneOfAKindIsHeldAndARestartStillHoldsThem) {
  const auto id = HeldBrake();
  executor_.RunUntilIdle();
  const auto saved = Saved(kBrakesDocument);
  ASSERT_FALSE(saved.empty());
  BrakeBook after;
  after.Import(nlohmann::json::parse(saved), {executor_.Now(), executor_.clock().WallNow()});
  ASSERT_EQ(after.List().size(), 1u);
  EXPECT_EQ(after.List().front().id, id);
}

TEST_F(StandardGuardsTest, InstancesThatCameSinceTheLastDeletionCountForTheBrake) {
  const auto alone = Object("alone");
  EXPECT_TRUE(std::holds_alternative<BrakeSettling>(guards_.AskBrake(alone)));
  executor_.Advance(seconds(3));
  EXPECT_TRUE(std::holds_alternative<BrakeOff>(guards_.AskBrake(alone)));
  cache_.Erase(alone.meta.key, "");
  guards_.ObjectDeleted(alone.meta.key);
  // Passes of others see what is there now, and that it stays so.
  Object("a");
  Object("b");
  for (int minute = 0; minute < 25; ++minute) {
    executor_.Advance(std::chrono::minutes(1));
    guards_.PassOver({kKind, "default", "a"});
  }
  EXPECT_NE(HeldBrake(), "") << "two of two, not two where there was one";
}

TEST_F(StandardGuardsTest, TwoOfTwoAreHeldAlsoWhenOneIsFoundAfterTheOtherHasSettled) {
  const auto known = Object("known");
  auto sought = Object("sought");
  sought.status.external_name.clear();
  cache_.Put(std::make_shared<const InstanceObject>(sought));
  guards_.AskBrake(sought);
  EXPECT_TRUE(std::holds_alternative<BrakeSettling>(guards_.AskBrake(known)));
  executor_.Advance(seconds(2));
  EXPECT_TRUE(std::holds_alternative<BrakeSettling>(guards_.AskBrake(known)));
  executor_.Advance(milliseconds(100));  // the last count still stands
  const auto found = Object("sought");
  EXPECT_TRUE(std::holds_alternative<BrakeSettling>(guards_.AskBrake(found)));
  executor_.Advance(milliseconds(100));
  EXPECT_TRUE(std::holds_alternative<BrakeHeld>(guards_.AskBrake(known)));
  EXPECT_TRUE(std::holds_alternative<BrakeHeld>(guards_.AskBrake(found)));
}

// Each document is as long as the batch: one for each deletion would be quadratic work.
TEST_F(StandardGuardsTest, ABatchOfDeletionsIsSavedInFewDocumentsAndToTheLastOne) {
  constexpr int kBatch = 2'000;
  std::vector<InstanceObject> objects;
  for (int i = 0; i < kBatch; ++i) objects.push_back(Object("object-" + std::to_string(i)));
  for (const auto& object : objects) {
    guards_.AskBrake(object);
    executor_.Advance(milliseconds(1));
  }
  executor_.Advance(seconds(1));
  EXPECT_LT(ledger_.saves(), kBatch / 5);
  const auto saved = Saved(kBrakesDocument);
  for (const auto& object : objects) {
    ASSERT_NE(saved.find(object.meta.key.name + "\""), std::string::npos) << object.meta.key.name;
  }
}

TEST_F(StandardGuardsTest, AnApprovalThatNamesTheBrakeLetsItGo) {
  const auto id = HeldBrake();
  const auto approved = Object("a", std::string(kApproveAnnotation), id);
  EXPECT_TRUE(std::holds_alternative<BrakeOff>(guards_.AskBrake(approved)));
  EXPECT_TRUE(std::holds_alternative<BrakeOff>(guards_.AskBrake(Object("b"))))
      << "it too was shown";
  EXPECT_EQ(woken_, std::vector<ObjectKey>{Object("b").meta.key});
}

TEST_F(StandardGuardsTest, NothingIsJudgedBeforeAllIsKnown) {
  judge_after_ = executor_.Now() + seconds(5);
  const auto fact = guards_.AskBrake(Object("a"));
  const auto* settling = std::get_if<BrakeSettling>(&fact);
  ASSERT_TRUE(settling);
  EXPECT_EQ(settling->until, *judge_after_);
}

TEST_F(StandardGuardsTest, AReleaseKeepsTheInstance) {
  const auto id = HeldBrake();
  const auto released = Object("a", std::string(kReleaseAnnotation), id);
  EXPECT_TRUE(std::holds_alternative<BrakeReleased>(guards_.AskBrake(released)));
}

TEST_F(StandardGuardsTest, AnAnnotationThatNamesAnotherBrakeIsIgnoredAndWarnedOfOnce) {
  HeldBrake();
  const auto wrong = Object("a", std::string(kApproveAnnotation), "0000");
  EXPECT_TRUE(std::holds_alternative<BrakeHeld>(guards_.AskBrake(wrong)));
  EXPECT_TRUE(std::holds_alternative<BrakeHeld>(guards_.AskBrake(wrong)));
  EXPECT_EQ(warnings_, 1);
}

TEST_F(StandardGuardsTest, ABrakeOnALiveObjectIsSeenWithoutAnnouncingADeletion) {
  const auto a = Object("a");
  const auto b = Object("b");
  EXPECT_TRUE(std::holds_alternative<BrakeOff>(guards_.BrakeOn(a.meta.key)));
  const Instant at{executor_.Now(), executor_.clock().WallNow()};
  brakes_.Raise(BrakeCause::kManifestsVanished, {kKind, {}}, at);
  brakes_.Ask({a.meta.key}, at);  // as who sees the cause does, for what vanished
  EXPECT_TRUE(std::holds_alternative<BrakeHeld>(guards_.BrakeOn(a.meta.key)));
  EXPECT_TRUE(std::holds_alternative<BrakeOff>(guards_.BrakeOn(b.meta.key)));
  brakes_.Clear(BrakeCause::kManifestsVanished, kKind, executor_.Now());
  guards_.DeletionWithdrawn(a.meta.key);
  EXPECT_TRUE(std::holds_alternative<BrakeOff>(guards_.BrakeOn(a.meta.key)));
  EXPECT_TRUE(brakes_.List().empty());
}

TEST_F(StandardGuardsTest, AWithdrawnDeletionLeavesItsBrake) {
  HeldBrake();
  guards_.DeletionWithdrawn({kKind, "default", "a"});
  guards_.ObjectDeleted({kKind, "default", "b"});
  EXPECT_TRUE(brakes_.List().empty());
}

TEST_F(StandardGuardsTest, A402OfADeletionClosesTheAccountUntilTheDailyProbeWorks) {
  AnsweredQuota(ChurnPurpose::kDelete);
  EXPECT_FALSE(ChurnIsOpen(ChurnPurpose::kCreate));
  EXPECT_FALSE(ChurnIsOpen(ChurnPurpose::kDelete));
  EXPECT_FALSE(Saved(kChurnDocument).empty()) << "a restart must know";
  executor_.Advance(hours(25));
  EXPECT_TRUE(ChurnIsOpen(ChurnPurpose::kDelete)) << "the probe";
  Record("probe");
  EXPECT_FALSE(ChurnIsOpen(ChurnPurpose::kDelete, "other")) << "one call a day";
  guards_.ChurnAnswered(kDomain, ChurnPurpose::kDelete, {});
  EXPECT_TRUE(ChurnIsOpen(ChurnPurpose::kCreate));
}

TEST_F(StandardGuardsTest, AProbeThatCouldNotBeRecordedOrGotNoAnswerIsStillDue) {
  AnsweredQuota(ChurnPurpose::kDelete);
  executor_.Advance(hours(25));
  ledger_.FailNext(Fail(ErrorClass::kStore, "DiskFull", "no space").error());
  Record("probe");
  EXPECT_TRUE(ChurnIsOpen(ChurnPurpose::kDelete, "probe"));
  Record("probe");
  EXPECT_FALSE(ChurnIsOpen(ChurnPurpose::kDelete, "other")) << "one is under way";
  guards_.ChurnAnswered(kDomain, ChurnPurpose::kDelete, Fail(ErrorClass::kThrottled, "x", "y"));
  EXPECT_TRUE(ChurnIsOpen(ChurnPurpose::kDelete, "probe"));
  Record("probe");
  AnsweredQuota(ChurnPurpose::kDelete);
  EXPECT_FALSE(ChurnIsOpen(ChurnPurpose::kDelete, "probe")) << "that was the account's answer";
}

TEST_F(StandardGuardsTest, A402OfACreateWithLittleSpentIsTheQuotaOfInstances) {
  AnsweredQuota(ChurnPurpose::kCreate);
  EXPECT_TRUE(ChurnIsOpen(ChurnPurpose::kCreate));
}

TEST_F(StandardGuardsTest, A402OfACreateWithMuchSpentClosesTheAccount) {
  for (int i = 0; i < 60; ++i) Record("spent-" + std::to_string(i));
  ASSERT_TRUE(ChurnIsOpen(ChurnPurpose::kCreate));
  AnsweredQuota(ChurnPurpose::kCreate);
  EXPECT_FALSE(ChurnIsOpen(ChurnPurpose::kCreate));
}

TEST_F(StandardGuardsTest, MuchSpentIsHalfOfTheConfiguredLimit) {
  churn_ = ChurnLedger({.limit = 20});
  AnsweredQuota(ChurnPurpose::kCreate);
  EXPECT_TRUE(ChurnIsOpen(ChurnPurpose::kCreate)) << "nothing of 20 is spent";
  for (int i = 0; i < 12; ++i) Record("spent-" + std::to_string(i));
  AnsweredQuota(ChurnPurpose::kCreate);
  EXPECT_FALSE(ChurnIsOpen(ChurnPurpose::kCreate));
}

TEST_F(StandardGuardsTest, AnotherFailureSaysNothingOfTheAccount) {
  guards_.ChurnAnswered(kDomain, ChurnPurpose::kDelete, Fail(ErrorClass::kTransient, "x", "y"));
  EXPECT_TRUE(ChurnIsOpen(ChurnPurpose::kDelete));
}

// Work divided by region: this replica holds what `held` names.
class Regions final : public LedgerShares {
 public:
  std::vector<std::string> Held() const override { return held; }
  std::string ShareOf(const Domain* domain) const override { return domain ? domain->region : ""; }
  std::vector<std::string> held;
};

class DividedGuardsTest : public StandardGuardsTest {
 protected:
  // An object of a region; being deleted since now when asked for.
  InstanceObject In(const std::string& region, const std::string& name, bool deleting = false) {
    auto object = Object(name);
    object.status.bound_domain = "123456789012/" + region;
    object.meta.resource_version = std::to_string(++version_);
    if (deleting) object.meta.deletion_timestamp = FormatRfc3339(executor_.clock().WallNow());
    cache_.Put(std::make_shared<const InstanceObject>(object));
    return object;
  }
  std::unique_ptr<StandardGuards> Replica(Regions& regions, BrakeBook& brakes) {
    return std::make_unique<StandardGuards>(StandardGuards::Deps{
        executor_.clock(), budget_, churn_, brakes, ledger_, cache_,
        [this](Task<void> task) { tasks_.Spawn(std::move(task)); },
        [](const ObjectKey&, const std::string&) {}, nullptr, nullptr, &regions});
  }
  std::vector<LedgerDocument> Documents() {
    std::vector<LedgerDocument> documents;
    tasks_.Spawn(LoadInto(ledger_, documents));
    executor_.RunUntilIdle();
    return documents;
  }
  Regions east_;
  Regions west_;
  BrakeBook east_brakes_;
  BrakeBook west_brakes_;
};

TEST_F(DividedGuardsTest, EachPartHasItsOwnDocumentAndGoesOverToTheNextHolder) {
  east_.held = {"east"};
  west_.held = {"west"};
  const auto east = Replica(east_, east_brakes_);
  const auto west = Replica(west_, west_brakes_);
  const auto a = In("east", "a", true);
  const auto b = In("west", "b", true);
  for (int round = 0; round < 2; ++round) {
    east->AskBrake(a);
    west->AskBrake(b);
    executor_.Advance(seconds(3));
  }
  ASSERT_EQ(east_brakes_.List().size(), 1u) << "one here and one there are both of two";
  ASSERT_EQ(west_brakes_.List().size(), 1u);
  const auto saved = Saved("brakes.east");
  EXPECT_NE(saved.find("/a\""), std::string::npos) << saved;
  EXPECT_EQ(saved.find("/b\""), std::string::npos) << saved;
  EXPECT_TRUE(Saved("brakes").empty());

  west_.held.clear();
  west->LetShareGo("west");
  EXPECT_TRUE(west_brakes_.List().empty());
  east_.held = {"east", "west"};
  east->TakeShare("west", Documents());
  ASSERT_EQ(east_brakes_.List().size(), 1u) << "one brake of the kind";
  EXPECT_EQ(east_brakes_.List().front().keys.size(), 2u);
  EXPECT_TRUE(std::holds_alternative<BrakeHeld>(east->AskBrake(b)));
}

TEST_F(DividedGuardsTest, UsedUpQuotasAreRememberedWithTheirPart) {
  east_.held = {kDomain.region};
  const auto east = Replica(east_, east_brakes_);
  east->ChurnAnswered(kDomain, ChurnPurpose::kDelete, Fail(ErrorClass::kQuota, "Quota", "no more"));
  executor_.RunUntilIdle();
  EXPECT_TRUE(Saved(kChurnDocument).empty());
  EXPECT_NE(Saved("churn-marks." + kDomain.region).find(kDomain.account), std::string::npos);
}

}  // namespace
}  // namespace instanced
