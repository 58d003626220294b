// What every Ledger promises, asked of the journal and of the fake.
#include <memory>

#include <gtest/gtest.h>

#include "controller/journal/journal.h"
#include "tests/controller/journal/temp_journal.h"
#include "tests/fakes/fake_ledger/fake_ledger.h"
#include "tests/fakes/faulty_vfs/faulty_vfs.h"
#include "tests/fakes/loop_inbox/loop_inbox.h"

namespace instanced {
namespace {

class JournalLedger {
 public:
  JournalLedger() {
    JournalOptions options;
    options.path = directory_.path() + "/l.db";
    options.vfs = disk_.name();
    SeededRandom random(3);
    journal_ = std::move(*Journal::Open(options, random, loop.Poster()));
  }
  Ledger& ledger() { return *journal_; }
  void Break() { disk_.Set(DiskFault::kFull); }
  void Heal() { disk_.Set(DiskFault::kNone); }

  LoopInbox loop;

 private:
  TempDirectory directory_;
  FaultyVfs disk_{"ledger-" + directory_.path()};
  std::unique_ptr<Journal> journal_;
};

class MemoryLedger {
 public:
  Ledger& ledger() { return fake_; }
  void Break() { fake_.Break(); }
  void Heal() { fake_.Heal(); }

  LoopInbox loop;

 private:
  FakeLedger fake_;
};

template <class T>
class LedgerContract : public testing::Test {
 protected:
  T world_;
};
using Worlds = testing::Types<JournalLedger, MemoryLedger>;
TYPED_TEST_SUITE(LedgerContract, Worlds);

constexpr WallTime At(int seconds) { return WallTime(std::chrono::seconds(seconds)); }

TYPED_TEST(LedgerContract, TheSameTryIsCountedOnceWithItsFirstTime) {
  Ledger& ledger = this->world_.ledger();
  LoopInbox& loop = this->world_.loop;
  ASSERT_TRUE(loop.Await(ledger.RecordChurn({"a", "u1/create/1", At(10)})));
  ASSERT_TRUE(loop.Await(ledger.RecordChurn({"a", "u1/create/1", At(90)})));
  ASSERT_TRUE(loop.Await(ledger.RecordChurn({"b", "u1/create/1", At(10)})));
  EXPECT_EQ(loop.Await(ledger.LoadChurn(At(10)))->size(), 2u);
  EXPECT_EQ(loop.Await(ledger.LoadChurn(At(11)))->size(), 0u);
}

TYPED_TEST(LedgerContract, AWithdrawnTryIsNotCountedAndMayBeRecordedAnew) {
  Ledger& ledger = this->world_.ledger();
  LoopInbox& loop = this->world_.loop;
  ASSERT_TRUE(loop.Await(ledger.RecordChurn({"a", "u1/create/1", At(10)})));
  ASSERT_TRUE(loop.Await(ledger.RecordChurn({"b", "u1/create/1", At(10)})));
  EXPECT_TRUE(loop.Await(ledger.WithdrawChurn("a", "u1/create/1")));
  EXPECT_TRUE(loop.Await(ledger.WithdrawChurn("a", "u1/create/1"))) << "not there any more";
  const auto left = loop.Await(ledger.LoadChurn(At(0)));
  ASSERT_EQ(left->size(), 1u);
  EXPECT_EQ(left->front().account, "b");
  ASSERT_TRUE(loop.Await(ledger.RecordChurn({"a", "u1/create/1", At(90)})));
  EXPECT_EQ(loop.Await(ledger.LoadChurn(At(90)))->size(), 1u);
}

TYPED_TEST(LedgerContract, ADocumentIsReplacedWhole) {
  Ledger& ledger = this->world_.ledger();
  LoopInbox& loop = this->world_.loop;
  ASSERT_TRUE(loop.Await(ledger.SaveDocument({"brakes", "{\"a\":1}"})));
  ASSERT_TRUE(loop.Await(ledger.SaveDocument({"brakes", "{\"b\":2}"})));
  const auto documents = loop.Await(ledger.LoadDocuments());
  ASSERT_EQ(documents->size(), 1u);
  EXPECT_EQ(documents->at(0).json, "{\"b\":2}");
}

TYPED_TEST(LedgerContract, AFullDiskIsAStoreErrorAndRecordsNothing) {
  Ledger& ledger = this->world_.ledger();
  LoopInbox& loop = this->world_.loop;
  ASSERT_TRUE(loop.Await(ledger.RecordChurn({"a", "kept", At(1)})));
  this->world_.Break();
  const auto churn = loop.Await(ledger.RecordChurn({"a", "u", At(1)}));
  const auto document = loop.Await(ledger.SaveDocument({"d", "{}"}));
  ASSERT_FALSE(churn);
  ASSERT_FALSE(document);
  EXPECT_EQ(churn.error().error_class, ErrorClass::kStore);
  EXPECT_EQ(document.error().error_class, ErrorClass::kStore);
  EXPECT_FALSE(loop.Await(ledger.WithdrawChurn("a", "kept")));
  this->world_.Heal();
  EXPECT_EQ(loop.Await(ledger.LoadChurn(At(0)))->size(), 1u);
  EXPECT_TRUE(loop.Await(ledger.LoadDocuments())->empty());
}

}  // namespace
}  // namespace instanced
