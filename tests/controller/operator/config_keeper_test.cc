#include "controller/operator/config_keeper.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "controller/source/kube/kube_writer.h"
#include "tests/controller/operator/operator_fixture.h"

namespace instanced {
namespace {

const ObjectKey kConfig{Kind::kProviderConfig, "team", "default"};

class ConfigKeeperTest : public OperatorTest {
 protected:
  ConfigKeeperTest() {
    server_.Apply(PathOf(ObjectOf(kConfig)), "ProviderConfig", nlohmann::json::object());
  }
  // What the watch would bring.
  void Sync() {
    const auto stored = server_.Stored(PathOf(ObjectOf(kConfig)));
    if (stored.is_null()) {
      const auto cached = cache_.FindProviderConfig("team", "default");
      if (cached) keeper_.OnChange(Remove(cached));
      return;
    }
    keeper_.OnChange(Put(*ObjectFromJson(stored), ChangeKind::kChanged));
    Idle();
  }
  bool Held() {
    const auto stored = server_.Stored(PathOf(ObjectOf(kConfig)));
    return stored.dump().find(kProviderConfigFinalizer) != std::string::npos;
  }
  Result<void> Hold() {
    return loop_.Await(keeper_.Hold(cache_.FindProviderConfig("team", "default")));
  }
  void StartUp() {
    Sync();
    keeper_.OnChange({ChangeKind::kSynced, {}, {}});
    Idle();
  }

  KubeWriter writer_{client_};
  bool may_act_ = true;
  int troubles_ = 0;
  ConfigKeeper keeper_{{clock(), writer_, cache_, Spawn(), [this] { return may_act_; },
                        [this](const auto&, const auto&) { ++troubles_; }, stop_.token()}};
};

TEST_F(ConfigKeeperTest, IsHeldBeforeItIsUsedAndUntilTheLastUserIsGone) {
  StartUp();
  keeper_.OnChange(Put(Instance(Desk("a"))));
  keeper_.OnChange(Put(Instance(Desk("b"))));
  EXPECT_TRUE(Hold());
  EXPECT_TRUE(Held());
  Sync();
  server_.Delete(PathOf(ObjectOf(kConfig)));
  Sync();
  EXPECT_TRUE(Held());
  keeper_.OnChange(Remove(Instance(Desk("a"))));
  Idle();
  EXPECT_TRUE(Held());
  keeper_.OnChange(Remove(Instance(Desk("b"))));
  Idle();
  EXPECT_TRUE(server_.Stored(PathOf(ObjectOf(kConfig))).is_null());
}

TEST_F(ConfigKeeperTest, OneBeingDeletedWithoutUsersCannotBeTakenIntoUse) {
  auto deleting = std::make_shared<ProviderConfigObject>();
  deleting->meta.key = kConfig;
  deleting->meta.deletion_timestamp = "2026-01-01T00:00:00Z";
  Put(ProviderConfigPtr(deleting));
  const auto held = Hold();
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().error_class, ErrorClass::kValidation) << "its users say why they wait";
}

TEST_F(ConfigKeeperTest, NothingIsLetGoBeforeAllUsersAreKnown) {
  Sync();
  EXPECT_TRUE(Hold());
  Sync();
  EXPECT_TRUE(Held()) << "half a list may hide its users";
  keeper_.OnChange({ChangeKind::kSynced, {}, {}});
  Idle();
  EXPECT_FALSE(Held());
}

TEST_F(ConfigKeeperTest, ManyWhoTakeHoldAtOnceMakeOneWrite) {
  StartUp();
  keeper_.OnChange(Put(Instance(Desk())));
  std::vector<std::optional<Result<void>>> held(3);
  const auto store = [](ConfigKeeper& keeper, ProviderConfigPtr config, auto* out) -> Task<void> {
    auto holding = keeper.Hold(std::move(config));
    out->emplace(co_await holding);
  };
  for (auto& one : held) {
    loop_.group().Spawn(store(keeper_, cache_.FindProviderConfig("team", "default"), &one));
  }
  Idle();
  for (const auto& one : held) EXPECT_TRUE(one && *one);
  EXPECT_TRUE(Hold()) << "before the watch has told";
  EXPECT_EQ(std::ranges::count_if(server_.requests(),
                                  [](const auto& line) { return line.starts_with("PATCH "); }),
            1);
}

TEST_F(ConfigKeeperTest, AStandbyLetsNothingGoUntilItTakesOver) {
  may_act_ = false;
  StartUp();
  keeper_.OnChange(Put(Instance(Desk("a"))));
  EXPECT_TRUE(Hold());
  Sync();
  server_.Delete(PathOf(ObjectOf(kConfig)));
  Sync();
  keeper_.OnChange(Remove(Instance(Desk("a"))));
  Idle();
  EXPECT_TRUE(Held());
  // The one that acted then is gone, and nothing more changes.
  may_act_ = true;
  keeper_.LetGoUnused();
  Idle();
  EXPECT_TRUE(server_.Stored(PathOf(ObjectOf(kConfig))).is_null());
}

TEST_F(ConfigKeeperTest, AFailedWriteRestsAsLongAsTheServerAsks) {
  StartUp();
  const auto user = Instance(Desk());
  keeper_.OnChange(Put(user));
  EXPECT_TRUE(Hold());
  Sync();
  server_.AnswerNext(HttpMethod::kPatch, {429, {{"Retry-After", "20"}}, ""});
  keeper_.OnChange(Remove(user));
  Pass(std::chrono::seconds(19));
  EXPECT_TRUE(Held());
  Pass(std::chrono::seconds(2));
  EXPECT_FALSE(Held());
}

TEST_F(ConfigKeeperTest, AFailedWriteIsTriedAgain) {
  StartUp();
  const auto user = Instance(Desk());
  keeper_.OnChange(Put(user));
  EXPECT_TRUE(Hold());
  Sync();
  server_.AnswerNext(HttpMethod::kPatch, {503, {}, ""});
  keeper_.OnChange(Remove(user));
  Idle();
  EXPECT_TRUE(Held());
  EXPECT_EQ(troubles_, 1);
  EXPECT_FALSE(Hold()) << "it is on its way out";
  Pass(std::chrono::seconds(6));
  EXPECT_FALSE(Held());
  Sync();
  EXPECT_TRUE(Hold()) << "and can be held anew";
}

}  // namespace
}  // namespace instanced
