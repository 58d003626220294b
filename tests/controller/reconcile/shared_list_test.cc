// Two ProviderConfigs of one account: one list serves both, as far as it may.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "tests/fakes/daemon_world/daemon_world.h"

namespace instanced {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// A provider whose answers are changed on their way.
class ChangedProvider final : public InstanceProvider {
 public:
  explicit ChangedProvider(std::shared_ptr<InstanceProvider> next) : next_(std::move(next)) {}

  Result<std::string> EncodeCreate(const CreateInput& input) const override {
    return next_->EncodeCreate(input);
  }
  Task<Result<Created>> Create(CallContext context, std::string request) override {
    return next_->Create(std::move(context), std::move(request));
  }
  Task<Result<Observation>> Observe(CallContext context, std::string external_name) override {
    auto observing = next_->Observe(std::move(context), std::move(external_name));
    auto seen = co_await observing;
    if (seen && show) show(*seen);
    co_return seen;
  }
  Task<Result<void>> Update(CallContext context, UpdateInput input) override {
    return next_->Update(std::move(context), std::move(input));
  }
  Task<Result<void>> Delete(CallContext context, std::string external_name,
                            std::string token) override {
    return next_->Delete(std::move(context), std::move(external_name), std::move(token));
  }
  Task<Result<ListPage>> List(CallContext context, std::string page) override {
    auto listing = next_->List(std::move(context), std::move(page));
    auto listed = co_await listing;
    if (list_error) co_return std::unexpected(*list_error);
    if (listed && show) {
      for (auto& entry : listed->entries) show(entry);
    }
    co_return listed;
  }

  std::optional<Error> list_error;
  std::function<void(Observation&)> show;

 private:
  std::shared_ptr<InstanceProvider> next_;
};

ObjectKey Declare(DaemonWorld& world, Kind kind, const std::string& config,
                  const std::string& for_provider) {
  return world.Declare(kind, "of-" + config, for_provider,
                       [&](InstanceSpec& spec) { spec.provider_config_ref = config; });
}

TEST(SharedList, OneRefusedCredentialSaysNothingOfAnother) {
  for (const std::string refused : {"first", "second"}) {
    DaemonWorld world;
    for (const std::string config : {"first", "second"}) {
      world.store.Declare({Kind::kProviderConfig, "default", config}, ProviderConfigSpec{});
    }
    world.cloud.on_connect = [&](Connection& connection, const ProviderConfigObject& config) {
      if (config.meta.key.name != refused) return;
      auto changed = std::make_shared<ChangedProvider>(connection.provider);
      changed->list_error = Error{};
      changed->list_error->error_class = ErrorClass::kAuth;
      changed->list_error->code = "AccessDenied";
      connection.provider = std::move(changed);
    };
    const auto spec = [](const std::string& alias) {
      return R"({"identityManagementType":"CONNECT_MANAGED","inboundCallsEnabled":true,)"
             R"("outboundCallsEnabled":true,"instanceAlias":")" +
             alias + "\"}";
    };
    const auto first = Declare(world, Kind::kConnectInstance, "first", spec("a"));
    const auto second = Declare(world, Kind::kConnectInstance, "second", spec("b"));
    const auto& bad = refused == "first" ? first : second;
    const auto& good = refused == "first" ? second : first;
    world.Start();
    const auto blamed = [&] {
      return world.Condition(good, ConditionType::kStalled) == "True AuthFailed";
    };
    EXPECT_FALSE(world.RunUntil(blamed, minutes(2))) << refused;
    EXPECT_EQ(world.Condition(good, ConditionType::kReady), "True Available");
    if (refused == "first") {
      EXPECT_EQ(world.Condition(bad, ConditionType::kStalled), "True AuthFailed");
    }
    EXPECT_FALSE(world.RunUntil(blamed, hours(1))) << refused << ", when it is probed again";
  }
}

TEST(SharedList, PersonalDataIsShownWhereTheProviderConfigExposesItAlone) {
  DaemonWorld world;
  world.options.drift_poll_max = world.options.drift_poll_first;
  for (const std::string name : {"hides", "shows"}) {
    ProviderConfigSpec spec;
    spec.expose_personal_data = name == "shows";
    world.store.Declare({Kind::kProviderConfig, "default", name}, spec);
  }
  world.cloud.on_connect = [&](Connection& connection, const ProviderConfigObject& config) {
    auto changed = std::make_shared<ChangedProvider>(connection.provider);
    changed->show = [shown = config.spec.expose_personal_data](Observation& seen) {
      seen.at_provider["admin"] = {{{"userId", "1"}}};
      if (shown) seen.at_provider["admin"][0]["loginName"] = "alice";
    };
    connection.provider = std::move(changed);
  };
  const auto spec = [](const std::string& name) {
    return R"({"name":"n","storageMaxDays":30,"storageMaxSize":100,"domainName":")" + name + "\"}";
  };
  const auto hides = Declare(world, Kind::kCloudCallCenterInstance, "hides", spec("a"));
  const auto shows = Declare(world, Kind::kCloudCallCenterInstance, "shows", spec("b"));
  world.Start();
  world.Run(minutes(10));
  const auto names_alice = [&](const ObjectKey& key) {
    return world.Object(key)->status.at_provider.find("alice") != std::string::npos;
  };
  EXPECT_TRUE(names_alice(shows));
  EXPECT_FALSE(world.RunUntil([&] { return names_alice(hides) || !names_alice(shows); }, hours(6)));
  EXPECT_EQ(world.Condition(hides, ConditionType::kReady), "True Available");
}

}  // namespace
}  // namespace instanced
