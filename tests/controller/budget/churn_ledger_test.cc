#include "controller/budget/churn_ledger.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace instanced {
namespace {

using std::chrono::hours;

const Domain kDomain{"connect", "123456789012", "eu-central-1"};
constexpr WallTime kStart{std::chrono::hours(490'000)};
constexpr hours kDay{24};

std::string Try(int number) { return "uid-" + std::to_string(number) + "/create/1"; }

bool Allows(const ChurnAnswer& answer) { return std::holds_alternative<ChurnAllowed>(answer); }

class ChurnLedgerTest : public ::testing::Test {
 protected:
  void RecordMany(int count, WallTime at) {
    for (int i = 0; i < count; ++i) ledger.Record(kDomain, Try(next++), at);
  }
  ChurnAnswer Ask(ChurnPurpose purpose, WallTime now) {
    return ledger.Ask(kDomain, "new", purpose, now);
  }
  ChurnLedger ledger;
  int next = 0;
};

TEST_F(ChurnLedgerTest, WarnsAtHalfOfTheLimit) {
  RecordMany(48, kStart);
  const auto before = std::get<ChurnAllowed>(Ask(ChurnPurpose::kCreate, kStart));
  EXPECT_EQ(before.level, ChurnAllowed::Level::kPlenty);
  EXPECT_EQ(before.remaining, 51);
  RecordMany(1, kStart);
  EXPECT_EQ(std::get<ChurnAllowed>(Ask(ChurnPurpose::kCreate, kStart)).level,
            ChurnAllowed::Level::kWarning);
}

TEST_F(ChurnLedgerTest, RefusesCreatesAtNinetyFivePercentAndDeletionsLast) {
  RecordMany(94, kStart);
  EXPECT_TRUE(Allows(Ask(ChurnPurpose::kCreate, kStart)));
  RecordMany(1, kStart);
  EXPECT_FALSE(Allows(Ask(ChurnPurpose::kCreate, kStart)));
  EXPECT_TRUE(Allows(Ask(ChurnPurpose::kDelete, kStart)));
  RecordMany(5, kStart);
  EXPECT_FALSE(Allows(Ask(ChurnPurpose::kDelete, kStart)));
  EXPECT_EQ(ledger.Remaining(kDomain, kStart), 0);
}

TEST_F(ChurnLedgerTest, RefusalEndsWhenEnoughEntriesAreThirtyDaysOld) {
  RecordMany(50, kStart);
  RecordMany(50, kStart + 10 * kDay);
  const auto refused = std::get<ChurnRefused>(Ask(ChurnPurpose::kCreate, kStart + 20 * kDay));
  EXPECT_EQ(refused.until, kStart + 30 * kDay);
  EXPECT_TRUE(Allows(Ask(ChurnPurpose::kCreate, refused.until)));
}

TEST_F(ChurnLedgerTest, FlappingNeverCrossesTheLimitInAnyThirtyDays) {
  std::vector<WallTime> spent;
  WallTime now = kStart;
  for (int minute = 0; minute < 100'000; minute += 7) {
    now = kStart + std::chrono::minutes(minute);
    const auto purpose = minute % 2 == 0 ? ChurnPurpose::kCreate : ChurnPurpose::kDelete;
    if (!Allows(ledger.Ask(kDomain, Try(minute), purpose, now))) continue;
    ledger.Record(kDomain, Try(minute), now);
    spent.push_back(now);
    const auto live =
        std::ranges::count_if(spent, [&](WallTime at) { return at > now - 30 * kDay; });
    ASSERT_LE(live, 100);
  }
  EXPECT_GT(spent.size(), 190U);
}

TEST_F(ChurnLedgerTest, RepeatingARecordedTryIsFree) {
  RecordMany(100, kStart);
  EXPECT_TRUE(Allows(ledger.Ask(kDomain, Try(3), ChurnPurpose::kCreate, kStart)));
  EXPECT_EQ(ledger.Record(kDomain, Try(3), kStart + kDay).at, kStart);
}

TEST_F(ChurnLedgerTest, QuotaAnswerExhaustsUntilTheOldestEntryIsThirtyDaysOld) {
  RecordMany(2, kStart);
  ledger.MarkExhausted(kDomain, kStart + 5 * kDay);
  EXPECT_FALSE(Allows(Ask(ChurnPurpose::kDelete, kStart + 29 * kDay)));
  EXPECT_TRUE(Allows(Ask(ChurnPurpose::kDelete, kStart + 30 * kDay)));
}

TEST_F(ChurnLedgerTest, OneProbeADayMayFindTheAccountOpenAgain) {
  ledger.MarkExhausted(kDomain, kStart);
  EXPECT_FALSE(ledger.ProbeDue(kDomain, kStart + hours(23)));
  EXPECT_TRUE(ledger.ProbeDue(kDomain, kStart + kDay));
  ledger.BeginProbe(kDomain, kStart + kDay);
  EXPECT_FALSE(ledger.ProbeDue(kDomain, kStart + kDay + hours(1)));
  EXPECT_FALSE(Allows(Ask(ChurnPurpose::kCreate, kStart + kDay)));
  ledger.MarkAccepted(kDomain);
  EXPECT_TRUE(Allows(Ask(ChurnPurpose::kCreate, kStart + kDay)));
}

TEST_F(ChurnLedgerTest, AccountsAndRestartsAreKeptApart) {
  std::vector<ChurnEntry> entries;
  for (int i = 0; i < 95; ++i) entries.push_back(ledger.Record(kDomain, Try(i), kStart));
  ledger.MarkExhausted(Domain{"connect", "2", "r"}, kStart);
  ChurnLedger restarted;
  restarted.Load(entries);
  restarted.ImportMarks(ledger.ExportMarks());
  EXPECT_FALSE(Allows(restarted.Ask(kDomain, "new", ChurnPurpose::kCreate, kStart)));
  EXPECT_FALSE(
      Allows(restarted.Ask(Domain{"connect", "2", "r"}, "new", ChurnPurpose::kCreate, kStart)));
  EXPECT_TRUE(
      Allows(restarted.Ask(Domain{"connect", "3", "r"}, "new", ChurnPurpose::kCreate, kStart)));
}

}  // namespace
}  // namespace instanced
