#include "controller/informer/object_cache.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace instanced {
namespace {

const ObjectKey kKey{Kind::kConnectInstance, "default", "a"};

InstancePtr Instance(const std::string& version, const std::string& uid = "u") {
  auto object = std::make_shared<InstanceObject>();
  object->meta.key = kKey;
  object->meta.uid = uid;
  object->meta.resource_version = version;
  return object;
}

ProviderConfigPtr Config(const std::string& version) {
  auto object = std::make_shared<ProviderConfigObject>();
  object->meta.key = {Kind::kProviderConfig, "default", "c"};
  object->meta.uid = "u";
  object->meta.resource_version = version;
  return object;
}

TEST(ObjectCache, VersionsCountAsNumbers) {
  EXPECT_TRUE(IsOlder("9", "10"));
  EXPECT_FALSE(IsOlder("10", "9"));
  EXPECT_FALSE(IsOlder("10", "10"));
}

TEST(ObjectCache, NeverGoesBackInTime) {
  ObjectCache cache;
  EXPECT_EQ(cache.Put(Instance("9")), PutResult::kAdded);
  EXPECT_EQ(cache.Put(Instance("10")), PutResult::kChanged);
  EXPECT_EQ(cache.Put(Instance("9")), PutResult::kStale);
  EXPECT_EQ(cache.Put(Instance("10")), PutResult::kStale);
  EXPECT_EQ(cache.FindInstance(kKey)->meta.resource_version, "10");
  EXPECT_EQ(cache.Put(Config("9")), PutResult::kAdded);
  EXPECT_EQ(cache.Put(Config("8")), PutResult::kStale);
}

TEST(ObjectCache, AnotherLifeOfTheKeyReplacesWhateverItsVersion) {
  ObjectCache cache;
  cache.Put(Instance("10", "old"));
  EXPECT_EQ(cache.Put(Instance("2", "new")), PutResult::kChanged);
  EXPECT_EQ(cache.FindInstance(kKey)->meta.uid, "new");
  EXPECT_EQ(cache.instance_count(), 1u);
}

TEST(ObjectCache, OurOwnWriteNeverBringsBackWhatHasLeftOrTouchesAnotherLife) {
  ObjectCache cache;
  EXPECT_FALSE(cache.Refresh(Instance("5")));
  EXPECT_EQ(cache.instance_count(), 0u);
  cache.Put(Instance("5", "new"));
  EXPECT_FALSE(cache.Refresh(Instance("6", "old")));
  EXPECT_TRUE(cache.Refresh(Instance("6", "new")));
  EXPECT_FALSE(cache.Refresh(Instance("4", "new")));
  EXPECT_EQ(cache.FindInstance(kKey)->meta.resource_version, "6");
}

TEST(ObjectCache, KnowsWhatAPutWouldDrop) {
  ObjectCache cache;
  EXPECT_FALSE(cache.Knows(kKey, "u", "9"));
  cache.Put(Instance("10"));
  EXPECT_TRUE(cache.Knows(kKey, "u", "9"));
  EXPECT_TRUE(cache.Knows(kKey, "u", "10"));
  EXPECT_FALSE(cache.Knows(kKey, "u", "11"));
  EXPECT_FALSE(cache.Knows(kKey, "another life", "9"));
  cache.Put(Config("9"));
  const ObjectKey config{Kind::kProviderConfig, "default", "c"};
  EXPECT_TRUE(cache.Knows(config, "u", "9"));
  EXPECT_FALSE(cache.Knows(config, "u", "10"));
}

TEST(ObjectCache, OnlyTheNamedLifeIsErased) {
  ObjectCache cache;
  cache.Put(Instance("5", "new"));
  EXPECT_FALSE(cache.Erase(kKey, "old"));
  EXPECT_TRUE(cache.Erase(kKey, "new"));
  EXPECT_FALSE(cache.Erase(kKey, ""));
}

TEST(ObjectCache, AReaderKeepsTheSnapshotItHas) {
  ObjectCache cache;
  cache.Put(Instance("5"));
  const auto mine = cache.FindInstance(kKey);
  cache.Put(Instance("6"));
  cache.Erase(kKey, "");
  EXPECT_EQ(mine->meta.resource_version, "5");
}

}  // namespace
}  // namespace instanced
