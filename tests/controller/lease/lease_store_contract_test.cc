// What every LeaseStore promises, asked of the one in memory and of the one over an API server.
#include <gtest/gtest.h>

#include "controller/lease/kube_lease_store.h"
#include "tests/controller/lease/lease_store_contract.h"
#include "tests/fakes/fake_api_server/fake_api_server.h"
#include "tests/fakes/loop_inbox/loop_inbox.h"
#include "tests/fakes/memory_lease_store/memory_lease_store.h"

namespace instanced {
namespace {

struct MemoryWorld {
  LoopInbox loop;
  MemoryLeases leases;
  MemoryLeaseStore store{leases, loop.executor().clock()};
  template <class T>
  T Await(Task<T> task) {
    return loop.Await(std::move(task));
  }
  TaskGroup& group() { return loop.group(); }
  void Settle() { loop.executor().RunUntilIdle(); }
};

struct KubeWorld {
  LoopInbox loop;
  FakeApiServer server{loop.executor().clock()};
  KubeClient client{server, server, loop.executor().clock(), KubeConfig{}, ReadSmallFile,
                    {},     nullptr};
  KubeLeaseStore store{client, "home", "instanced"};
  template <class T>
  T Await(Task<T> task) {
    return loop.Await(std::move(task));
  }
  TaskGroup& group() { return loop.group(); }
  void Settle() { loop.executor().RunUntilIdle(); }
};

using Worlds = testing::Types<MemoryWorld, KubeWorld>;
INSTANTIATE_TYPED_TEST_SUITE_P(Stores, LeaseStoreContract, Worlds);

TEST(KubeLeaseStore, WritesWhatKubectlAndOtherControllersRead) {
  KubeWorld world;
  auto lease = SomeLease("instanced-a");
  lease.acquired = WallTime(std::chrono::milliseconds(1767225600007));
  ASSERT_TRUE(world.Await(world.store.Write(lease, {})));
  const auto stored =
      world.server.Stored("/apis/coordination.k8s.io/v1/namespaces/home/leases/instanced-a");
  EXPECT_EQ(stored["kind"], "Lease");
  EXPECT_EQ(stored["spec"]["holderIdentity"], "me");
  EXPECT_EQ(stored["spec"]["leaseDurationSeconds"], 45);
  EXPECT_EQ(stored["spec"]["acquireTime"], "2026-01-01T00:00:00.007000Z");
  EXPECT_EQ(stored["metadata"]["labels"][std::string(kLeaseLabel)], "domain");
}

TEST(KubeLeaseStore, AReleasedLeaseNamesNoHolderAtAll) {
  KubeWorld world;
  auto lease = SomeLease("instanced-a");
  lease.holder.clear();
  ASSERT_TRUE(world.Await(world.store.Write(lease, {})));
  const auto stored =
      world.server.Stored("/apis/coordination.k8s.io/v1/namespaces/home/leases/instanced-a");
  EXPECT_FALSE(stored["spec"].contains("holderIdentity"));
}

TEST(KubeLeaseStore, LeasesOfOthersInTheNamespaceAreNotSeen) {
  KubeWorld world;
  ASSERT_TRUE(world.Await(world.store.Write(SomeLease("another-a"), {})));
  world.server.StoreRaw("/apis/coordination.k8s.io/v1/namespaces/home/leases/instanced-foreign",
                        {{"metadata", {{"name", "instanced-foreign"}}}, {"spec", {}}});
  ASSERT_TRUE(world.Await(world.store.Write(SomeLease("instanced-a"), {})));
  const auto list = world.Await(world.store.List({}));
  ASSERT_TRUE(list);
  ASSERT_EQ(list->leases.size(), 1u);
  EXPECT_EQ(list->leases.front().name, "instanced-a");
}

TEST(KubeLeaseStore, AnswersThatAreNoLeasesAreFailures) {
  KubeWorld world;
  world.server.AnswerNext(HttpMethod::kGet, {200, {}, "[]"});
  EXPECT_FALSE(world.Await(world.store.List({})));
  world.server.AnswerNext(HttpMethod::kPost, {201, {}, "not json"});
  EXPECT_FALSE(world.Await(world.store.Write(SomeLease("instanced-a"), {})));
}

TEST(KubeLeaseStore, AWatchFromAForgottenVersionFails) {
  KubeWorld world;
  ASSERT_TRUE(world.Await(world.store.Write(SomeLease("instanced-a"), {})));
  const auto list = world.Await(world.store.List({}));
  world.server.Compact();
  const LeaseSink sink = [](LeaseNews, const LeaseRecord&) {};
  EXPECT_FALSE(world.Await(world.store.Watch(list->resource_version, sink, {})));
}

}  // namespace
}  // namespace instanced
