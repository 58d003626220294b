// PluginInstance objects of a real API server, made true by a plugin that the daemon starts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/e2e_kube/kube_site.h"

namespace instanced::e2e {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::SizeIs;

Json BoxManifest(const std::string& name, int size) {
  return {{"apiVersion", "instanced.dev/v1alpha1"},
          {"kind", "PluginInstance"},
          {"metadata", {{"name", name}}},
          {"spec", {{"plugin", "boxes"}, {"forProvider", {{"name", name}, {"size", size}}}}}};
}

class PluginInACluster : public ::testing::Test {
 protected:
  PluginInACluster() {
    const auto file = site_.folder() / "plugins.yaml";
    std::ofstream(file) << "plugins:\n  - name: boxes\n    command: [" TEST_PLUGIN_PROGRAM
                           ", --state, "
                        << Boxes().string() << "]\n";
    site_.flags().insert(site_.flags().end(), {"--plugins", file.string()});
  }
  std::filesystem::path Boxes() const { return site_.folder() / "boxes.json"; }
  Json Kept() const {
    auto boxes = Json::parse(ReadText(Boxes()), nullptr, false);
    return boxes.is_array() ? boxes : Json::array();
  }
  Waited Becomes(const Json& manifest, const std::string& condition, const std::string& reason) {
    return WaitUntil(
        [&] {
          const auto object = site_.Object(manifest);
          return object && object->ReasonOf(condition) == reason;
        },
        30);
  }

  KubeSite site_;
};

TEST_F(PluginInACluster, AnInstanceIsMadeKeptChangedAndDeleted) {
  auto box = site_.Here(BoxManifest("one", 3));
  site_.Apply(box);
  site_.StartDaemon();
  ASSERT_EQ(WaitUntil([&] { return site_.AllReady({box}); }, 30), Waited::kReached) << site_.Log();
  ASSERT_THAT(Kept(), SizeIs(1));
  EXPECT_THAT(Kept()[0].at("owner").get<std::string>(),
              HasSubstr("e2e-owner/PluginInstance/" + site_.space() + "/one"));
  EXPECT_EQ(Kept()[0].at("id"), site_.Object(box)->external_name());
  const auto table = site_.Must({"get", "pli", "-n", site_.space()});
  EXPECT_THAT(table, ContainsRegex("NAME +PLUGIN +READY +SYNCED +EXTERNAL-NAME"));
  EXPECT_THAT(table, ContainsRegex("one +boxes +True +True +box-"));
  // Somebody else changes it: it is repaired.
  auto boxes = Kept();
  boxes[0]["fields"]["size"] = 77;
  std::ofstream(Boxes().string() + ".mine") << boxes.dump();
  std::filesystem::rename(Boxes().string() + ".mine", Boxes());
  EXPECT_EQ(WaitUntil([&] { return Kept()[0]["fields"]["size"] == 3; }, 20), Waited::kReached);
  box["spec"]["forProvider"]["size"] = 8;
  site_.Apply(box);
  EXPECT_EQ(WaitUntil([&] { return Kept()[0]["fields"]["size"] == 8; }, 20), Waited::kReached);
  site_.Delete(box);
  EXPECT_EQ(WaitUntil([&] { return site_.Get(box).is_null(); }, 30), Waited::kReached);
  EXPECT_THAT(Kept(), SizeIs(0));
}

TEST_F(PluginInACluster, ItsSchemaHoldsAndNamesTheField) {
  auto box = site_.Here(BoxManifest("one", 1000));
  site_.Apply(box);
  site_.StartDaemon();
  ASSERT_EQ(Becomes(box, "Stalled", "Invalid"), Waited::kReached) << site_.Log();
  EXPECT_THAT(site_.Object(box)->MessageOf("Stalled"),
              HasSubstr("spec.forProvider.size: found 1000, expected 100.0 at most"));
  EXPECT_THAT(Kept(), SizeIs(0));
  box["spec"]["forProvider"]["size"] = 5;
  site_.Apply(box);
  EXPECT_EQ(WaitUntil([&] { return site_.AllReady({box}); }, 30), Waited::kReached);
  auto stranger = site_.Here(BoxManifest("two", 3));
  stranger["spec"]["plugin"] = "tapes";
  site_.Apply(stranger);
  ASSERT_EQ(Becomes(stranger, "Stalled", "Invalid"), Waited::kReached);
  EXPECT_THAT(site_.Object(stranger)->MessageOf("Stalled"), HasSubstr("knows no plugin tapes"));
}

TEST_F(PluginInACluster, OneThatIsNotThereMeansNothingIsGone) {
  const auto box = site_.Here(BoxManifest("one", 3));
  site_.Apply(box);
  site_.StartDaemon();
  ASSERT_EQ(WaitUntil([&] { return site_.AllReady({box}); }, 30), Waited::kReached) << site_.Log();
  ASSERT_EQ(site_.StopDaemon(), (Ending{0, 0}));
  const auto file = site_.folder() / "plugins.yaml";
  const auto before = ReadText(file);
  std::ofstream(file) << "plugins:\n  - name: boxes\n    command: [/bin/false]\n";
  site_.StartDaemon();
  ASSERT_EQ(WaitUntil([&] { return !site_.Object(box)->Is("Synced"); }, 30), Waited::kReached);
  site_.Delete(box);
  LetPass(3);
  EXPECT_TRUE(site_.Object(box)) << "the finalizer stays";
  EXPECT_THAT(Kept(), SizeIs(1));
  ASSERT_EQ(site_.StopDaemon(), (Ending{0, 0}));
  std::ofstream(file) << before;
  site_.StartDaemon();
  EXPECT_EQ(WaitUntil([&] { return site_.Get(box).is_null(); }, 40), Waited::kReached)
      << site_.Log();
  EXPECT_THAT(Kept(), SizeIs(0));
}

TEST_F(PluginInACluster, AnExistingInstanceIsTakenOverByItsId) {
  std::ofstream(Boxes()) << Json::array({{{"id", "box-old"},
                                          {"token", "t"},
                                          {"owner", ""},
                                          {"uid", ""},
                                          {"lifecycle", "ready"},
                                          {"fields", {{"name", "one"}, {"size", 3}}}}})
                                .dump();
  auto box = site_.Here(BoxManifest("one", 3));
  box["spec"]["externalName"] = "box-old";
  site_.Apply(box);
  site_.StartDaemon();
  ASSERT_EQ(WaitUntil([&] { return site_.AllReady({box}) && Kept()[0]["uid"] != ""; }, 30),
            Waited::kReached)
      << site_.Log();
  EXPECT_THAT(Kept(), SizeIs(1));
}

}  // namespace
}  // namespace instanced::e2e
