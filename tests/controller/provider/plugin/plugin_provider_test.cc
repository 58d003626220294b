#include "controller/provider/plugin/plugin_provider.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/controller/provider/plugin/plugin_rig.h"

namespace instanced::plugin {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test_plugin::Defect;
using test_plugin::TestPlugin;
using testing::ElementsAre;
using testing::HasSubstr;

class PluginProviderTest : public testing::Test {
 protected:
  std::string Address() const { return "unix:" + folder_.path() + "/p.sock"; }
  test_plugin::TestPluginOptions Options(Defect defect = Defect::kNone) const {
    test_plugin::TestPluginOptions options;
    options.address = Address();
    options.defect = defect;
    return options;
  }
  TempDirectory folder_;
};

TEST_F(PluginProviderTest, AnInstanceIsMadeSeenChangedListedAndDeleted) {
  TestPlugin plugin(Options());
  PluginRig rig({SpecAt("boxes", Address())});
  ASSERT_TRUE(rig.Until([&] { return rig.IsThere("boxes"); }));
  const auto connection = rig.connector->Connect("boxes");
  EXPECT_EQ(connection->domain, (Domain{"plugin", "boxes", "test-scope"}));
  const auto provider = connection->provider;

  const auto request = provider->EncodeCreate(BoxInput("a", "token-a"));
  const auto made = rig.Do(provider->Create(rig.Context(), *request));
  ASSERT_TRUE(made) << made.error().message;
  const auto again = rig.Do(provider->Create(rig.Context(), *request));
  EXPECT_EQ(again->external_name, made->external_name);
  EXPECT_EQ(plugin.creates(), 1);

  auto context = rig.Context();
  auto seen = rig.Do(provider->Observe(context, made->external_name));
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_EQ(seen->fields, (nlohmann::json{{"name", "a"}, {"size", 3}}));
  EXPECT_EQ(seen->mark->uid, "uid-a");
  EXPECT_EQ(seen->lifecycle, Lifecycle::kReady);
  EXPECT_THAT(context.trace->request_id, HasSubstr("r-"));

  UpdateInput update;
  update.external_name = made->external_name;
  update.parameters = {{"name", "a"}, {"size", 9}};
  update.step = {"Update", {{"size", "", 9, 3, Mutability::kMutable, "Update"}}};
  update.mark = BoxInput("a", "").mark;
  ASSERT_TRUE(rig.Do(provider->Update(rig.Context(), update)));
  const auto list = rig.Do(provider->List(rig.Context(), ""));
  ASSERT_TRUE(list) << list.error().message;
  ASSERT_EQ(list->entries.size(), 1U);
  EXPECT_EQ(list->entries[0].fields["size"], 9);
  EXPECT_EQ(list->next_page, "");

  ASSERT_TRUE(rig.Do(provider->Delete(rig.Context(), made->external_name, "t")));
  const auto gone = rig.Do(provider->Observe(rig.Context(), made->external_name));
  EXPECT_EQ(gone.error().error_class, ErrorClass::kNotFound);
  EXPECT_EQ(gone.error().code, "NoSuchBox");
  EXPECT_EQ(rig.gates.entered, rig.gates.left);
}

TEST_F(PluginProviderTest, APluginThatIsNotThereIsTransientAndNothingIsSent) {
  PluginRig rig({SpecAt("boxes", Address())});
  ASSERT_TRUE(rig.Until([&] { return rig.events.lost > 0; }));
  const auto connection = rig.connector->Connect("boxes");
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().error_class, ErrorClass::kTransient);
  EXPECT_EQ(connection.error().reach, Reach::kNotSent);
  EXPECT_EQ(connection.error().code, "PluginUnavailable");
  EXPECT_THAT(connection.error().message, HasSubstr("instances stay as they are"));

  TestPlugin plugin(Options());
  EXPECT_TRUE(rig.Until([&] { return rig.IsThere("boxes"); })) << "it came up later";
}

TEST_F(PluginProviderTest, AnUnknownNameIsRefusedWithTheNamesThereAre) {
  PluginRig rig({SpecAt("boxes", Address()), SpecAt("tapes", Address())});
  const auto connection = rig.connector->Connect("disks");
  EXPECT_EQ(connection.error().error_class, ErrorClass::kValidation);
  EXPECT_THAT(connection.error().message, HasSubstr("spec.plugin"));
  EXPECT_THAT(connection.error().message, HasSubstr("boxes, tapes"));
  EXPECT_THAT(rig.connector->Names(), ElementsAre("boxes", "tapes"));
}

TEST_F(PluginProviderTest, ARestartOfThePluginIsSurvived) {
  auto options = Options();
  options.state_file = folder_.path() + "/state";
  auto plugin = std::make_unique<TestPlugin>(options);
  PluginRig rig({SpecAt("boxes", Address())});
  ASSERT_TRUE(rig.Until([&] { return rig.IsThere("boxes"); }));
  const auto provider = rig.Provider("boxes");
  const auto request = provider->EncodeCreate(BoxInput("a", "token-a"));
  const auto made = rig.Do(provider->Create(rig.Context(), *request));
  ASSERT_TRUE(made);

  plugin.reset();
  ASSERT_TRUE(rig.Until([&] { return !rig.IsThere("boxes"); }));
  const auto unseen = rig.Do(provider->Observe(rig.Context(), made->external_name));
  EXPECT_EQ(unseen.error().error_class, ErrorClass::kTransient) << "never NotFound";

  plugin = std::make_unique<TestPlugin>(options);
  ASSERT_TRUE(rig.Until([&] { return rig.IsThere("boxes"); }));
  EXPECT_TRUE(rig.Do(rig.Provider("boxes")->Observe(rig.Context(), made->external_name)));
}

TEST_F(PluginProviderTest, AHangingCallEndsAtItsDeadlineAndMutationsAreInDoubt) {
  TestPlugin plugin(Options());
  PluginRig rig({SpecAt("boxes", Address())});
  ASSERT_TRUE(rig.Until([&] { return rig.IsThere("boxes"); }));
  const auto provider = rig.Provider("boxes");
  plugin.SetDefect(Defect::kHangs);
  const auto seen = rig.Do(provider->Observe(rig.Context(milliseconds(100)), "x"));
  EXPECT_EQ(seen.error().error_class, ErrorClass::kTransient);
  EXPECT_EQ(seen.error().code, "DeadlineExceeded");
  const auto request = provider->EncodeCreate(BoxInput("a", "token-a"));
  const auto made = rig.Do(provider->Create(rig.Context(milliseconds(100)), *request));
  EXPECT_EQ(made.error().error_class, ErrorClass::kInDoubt);
  EXPECT_EQ(made.error().reach, Reach::kUnknown);
}

TEST_F(PluginProviderTest, APluginThatNoLongerAnswersTheGreetingCountsAsLost) {
  TestPlugin plugin(Options());
  auto timings = PluginRig::Fast();
  timings.health_timeout = milliseconds(200);
  PluginRig rig({SpecAt("boxes", Address())}, timings);
  ASSERT_TRUE(rig.Until([&] { return rig.IsThere("boxes"); }));
  plugin.SetDefect(Defect::kHangsAtAll);
  EXPECT_TRUE(rig.Until([&] { return !rig.IsThere("boxes"); }));
  plugin.SetDefect(Defect::kNone);
  EXPECT_TRUE(rig.Until([&] { return rig.IsThere("boxes"); }));
}

TEST_F(PluginProviderTest, GarbageIsAnErrorOfItsOwnAndNeverAValue) {
  TestPlugin plugin(Options());
  PluginRig rig({SpecAt("boxes", Address())});
  ASSERT_TRUE(rig.Until([&] { return rig.IsThere("boxes"); }));
  const auto provider = rig.Provider("boxes");
  const auto request = provider->EncodeCreate(BoxInput("a", "token-a"));
  const auto made = rig.Do(provider->Create(rig.Context(), *request));
  ASSERT_TRUE(made);
  for (const auto defect : {Defect::kGarbage, Defect::kObserveOtherId}) {
    plugin.SetDefect(defect);
    const auto seen = rig.Do(provider->Observe(rig.Context(), made->external_name));
    ASSERT_FALSE(seen) << test_plugin::NameOf(defect);
    EXPECT_EQ(seen.error().error_class, ErrorClass::kTerminal);
    EXPECT_EQ(seen.error().code, "BrokenAnswer");
  }
  plugin.SetDefect(Defect::kListWithoutEnd);
  const auto list = rig.Do(provider->List(rig.Context(), ""));
  ASSERT_FALSE(list) << "a list without an end is no list";
  EXPECT_EQ(list.error().code, "BrokenAnswer");
}

TEST_F(PluginProviderTest, ASchemaThatCannotBeCheckedMakesThePluginUnusable) {
  TestPlugin plugin(Options(Defect::kSchemaKeyword));
  PluginRig rig({SpecAt("boxes", Address())});
  ASSERT_TRUE(rig.Until([&] { return rig.events.lost > 0; }));
  const auto connection = rig.connector->Connect("boxes");
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().error_class, ErrorClass::kTerminal);
  EXPECT_THAT(connection.error().message, HasSubstr("multipleOf"));
}

TEST_F(PluginProviderTest, NoMoreCallsThanThePluginTakesAreUnderWay) {
  auto options = Options(Defect::kOneCallOnly);
  options.calls_max = 1;
  TestPlugin plugin(options);
  PluginRig rig({SpecAt("boxes", Address())});
  ASSERT_TRUE(rig.Until([&] { return rig.IsThere("boxes"); }));
  const auto provider = rig.Provider("boxes");
  std::vector<Result<Observation>> ends;
  struct One {
    static Task<void> Look(InstanceProvider* provider, CallContext context,
                           std::vector<Result<Observation>>* ends) {
      auto observing = provider->Observe(context, "nothing");
      ends->push_back(co_await observing);
    }
  };
  TaskGroup calls(rig.loop);
  for (int i = 0; i < 6; ++i) calls.Spawn(One::Look(provider.get(), rig.Context(), &ends));
  ASSERT_TRUE(rig.Until([&] { return ends.size() == 6; }));
  for (const auto& end : ends) EXPECT_EQ(end.error().error_class, ErrorClass::kNotFound);
  EXPECT_EQ(plugin.most_at_once(), 1);
}

TEST_F(PluginProviderTest, ACallIsGivenUpWhenTheDaemonStops) {
  TestPlugin plugin(Options());
  PluginRig rig({SpecAt("boxes", Address())});
  ASSERT_TRUE(rig.Until([&] { return rig.IsThere("boxes"); }));
  plugin.SetDefect(Defect::kHangs);
  StopSource stop;
  auto context = rig.Context(seconds(60));
  context.stop = stop.token();
  rig.loop.PostFromAnyThread([&] { rig.loop.PostFromAnyThread([&] { stop.RequestStop(); }); });
  const auto seen = rig.Do(rig.Provider("boxes")->Observe(context, "x"));
  EXPECT_EQ(seen.error().error_class, ErrorClass::kCancelled);
}

}  // namespace
}  // namespace instanced::plugin
