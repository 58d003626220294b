#include "controller/daemon/default_provider_config.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>

namespace instanced {
namespace {

class DefaultProviderConfigTest : public testing::Test {
 protected:
  static constexpr const char* kSpace = "team-a";
  const ObjectKey key_{Kind::kProviderConfig, kSpace, "default"};

  Change Instance(ChangeKind kind) {
    auto object = std::make_shared<InstanceObject>();
    object->meta.key = {Kind::kConnectInstance, kSpace, "desk"};
    cache_.Put(InstancePtr(object));
    return {kind, {}, InstancePtr(object)};
  }
  // A declared one comes, and goes as it does when its file does.
  void DeclareAndRemove() {
    auto config = std::make_shared<ProviderConfigObject>();
    config->meta.key = key_;
    config->meta.uid = "declared";
    config->meta.resource_version = "7";
    cache_.Put(ProviderConfigPtr(config));
    EXPECT_FALSE(default_.Fill({ChangeKind::kAdded, {}, ProviderConfigPtr(config)}));
    cache_.Erase(key_, {});
    ended_.insert(key_);
    EXPECT_FALSE(default_.Fill({ChangeKind::kDeleted, {}, ProviderConfigPtr(config)}));
  }
  bool Has() { return cache_.FindProviderConfig(kSpace, "default") != nullptr; }

  ObjectCache cache_;
  std::set<ObjectKey> ended_;
  int told_ = 0;
  DefaultProviderConfig default_{cache_,
                                 "owner",
                                 {[this](const ObjectKey& key) { return ended_.contains(key); },
                                  [this](const std::string&) { ++told_; }}};
};

TEST_F(DefaultProviderConfigTest, ANamespaceThatNeverDeclaredOneUsesTheEnvironments) {
  EXPECT_TRUE(default_.Fill(Instance(ChangeKind::kAdded)));
  EXPECT_TRUE(Has());
  EXPECT_FALSE(default_.Fill(Instance(ChangeKind::kChanged)));
  EXPECT_EQ(told_, 1);
}

TEST_F(DefaultProviderConfigTest, OneThatWasDeclaredAndRemovedIsNotReplacedByTheEnvironments) {
  DeclareAndRemove();
  EXPECT_FALSE(default_.Fill(Instance(ChangeKind::kAdded)));
  EXPECT_FALSE(default_.Fill({ChangeKind::kSynced, {}, {}}));
  EXPECT_FALSE(Has());
  EXPECT_EQ(told_, 0);
}

}  // namespace
}  // namespace instanced
