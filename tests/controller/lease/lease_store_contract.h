// The contract of LeaseStore as typed tests. A World has a store, Await(task), group() and
// Settle(), which lets what was started run as far as it can.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "controller/lease/lease_store.h"

namespace instanced {

inline LeaseRecord SomeLease(const std::string& name) {
  LeaseRecord lease;
  lease.name = name;
  lease.subject = "connect/1/us-east-1";
  lease.holder = "me";
  lease.duration = std::chrono::seconds(45);
  lease.acquired = WallTime(std::chrono::milliseconds(1767225600123));
  lease.renewed = lease.acquired + std::chrono::seconds(3);
  lease.transitions = 4;
  return lease;
}

template <class World>
class LeaseStoreContract : public testing::Test {
 protected:
  Result<LeaseRecord> Write(LeaseRecord lease) {
    return world_.Await(world_.store.Write(std::move(lease), {}));
  }
  World world_;
};
TYPED_TEST_SUITE_P(LeaseStoreContract);

inline Task<void> StoreEnd(Task<Result<void>> watching, bool* over) {
  (void)co_await watching;
  *over = true;
}

TYPED_TEST_P(LeaseStoreContract, WhatWasWrittenIsReadBack) {
  const auto lease = SomeLease("instanced-a");
  const auto written = this->Write(lease);
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_FALSE(written->resource_version.empty());
  const auto list = this->world_.Await(this->world_.store.List({}));
  ASSERT_TRUE(list);
  ASSERT_EQ(list->leases.size(), 1u);
  EXPECT_EQ(list->leases.front(), *written);
  auto plain = *written;
  plain.resource_version.clear();
  EXPECT_EQ(plain, lease);
}

TYPED_TEST_P(LeaseStoreContract, AMemberAndAReleasedLeaseAreReadBackToo) {
  auto lease = SomeLease("instanced-member-a");
  lease.role = LeaseRole::kMember;
  lease.holder.clear();
  const auto written = this->Write(lease);
  ASSERT_TRUE(written);
  EXPECT_EQ(written->role, LeaseRole::kMember);
  EXPECT_EQ(written->holder, "");
}

TYPED_TEST_P(LeaseStoreContract, OnlyTheNewestVersionIsReplaced) {
  const auto first = this->Write(SomeLease("instanced-a"));
  ASSERT_TRUE(first);
  auto next = *first;
  next.renewed += std::chrono::seconds(3);
  const auto second = this->Write(next);
  ASSERT_TRUE(second);
  EXPECT_NE(second->resource_version, first->resource_version);
  const auto stale = this->Write(next);
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().error_class, ErrorClass::kWriteConflict);
}

TYPED_TEST_P(LeaseStoreContract, ANameThatIsTakenOrGoneIsAConflict) {
  const auto first = this->Write(SomeLease("instanced-a"));
  ASSERT_TRUE(first);
  const auto again = this->Write(SomeLease("instanced-a"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().error_class, ErrorClass::kWriteConflict);
  ASSERT_TRUE(this->world_.Await(this->world_.store.Remove(*first, {})));
  const auto gone = this->Write(*first);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().error_class, ErrorClass::kWriteConflict);
}

TYPED_TEST_P(LeaseStoreContract, AWatchTellsWhatCameAfterTheList) {
  const auto first = this->Write(SomeLease("instanced-a"));
  ASSERT_TRUE(first);
  const auto list = this->world_.Await(this->world_.store.List({}));
  ASSERT_TRUE(list);
  std::vector<std::pair<LeaseNews, std::string>> news;
  const LeaseSink sink = [&news](LeaseNews what, const LeaseRecord& lease) {
    news.emplace_back(what, lease.name + " " + lease.holder);
  };
  StopSource stop;
  bool over = false;
  this->world_.group().Spawn(
      StoreEnd(this->world_.store.Watch(list->resource_version, sink, stop.token()), &over));
  this->world_.Settle();
  auto released = *first;
  released.holder.clear();
  const auto second = this->Write(released);
  ASSERT_TRUE(second);
  ASSERT_TRUE(this->world_.Await(this->world_.store.Remove(*second, {})));
  this->world_.Settle();
  const std::vector<std::pair<LeaseNews, std::string>> expected{
      {LeaseNews::kChanged, "instanced-a "}, {LeaseNews::kDeleted, "instanced-a "}};
  EXPECT_EQ(news, expected);
  stop.RequestStop();
  this->world_.Settle();
  EXPECT_TRUE(over);
}

REGISTER_TYPED_TEST_SUITE_P(LeaseStoreContract, WhatWasWrittenIsReadBack,
                            AMemberAndAReleasedLeaseAreReadBackToo, OnlyTheNewestVersionIsReplaced,
                            ANameThatIsTakenOrGoneIsAConflict, AWatchTellsWhatCameAfterTheList);

}  // namespace instanced
