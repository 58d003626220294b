// The daemon, a plugin it starts and supervises, and manifests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>

#include "tests/e2e/site.h"

namespace instanced::e2e {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Json BoxManifest(const std::string& name, int size = 3) {
  return {{"apiVersion", "instanced.dev/v1alpha1"},
          {"kind", "PluginInstance"},
          {"metadata", {{"name", name}, {"namespace", "default"}}},
          {"spec", {{"plugin", "boxes"}, {"forProvider", {{"name", name}, {"size", size}}}}}};
}

class PluginSite : public Site {
 public:
  explicit PluginSite(std::vector<std::string> arguments = {}) { Configure(std::move(arguments)); }

  void Configure(std::vector<std::string> arguments) {
    std::string command = "[" TEST_PLUGIN_PROGRAM ", --state, " + boxes_file().string();
    for (const auto& argument : arguments) command += ", " + argument;
    std::ofstream(folder() / "plugins.yaml")
        << "plugins:\n  - name: boxes\n    command: " << command << "]\n";
    if (flags().empty() || flags().back() != (folder() / "plugins.yaml").string()) {
      flags().insert(flags().end(), {"--plugins", (folder() / "plugins.yaml").string()});
    }
  }

  std::filesystem::path boxes_file() const { return folder() / "boxes.json"; }
  Json Boxes() const {
    auto boxes = Json::parse(ReadText(boxes_file()), nullptr, false);
    return boxes.is_array() ? boxes : Json::array();
  }
  void Meddle(const std::function<void(Json&)>& change) const {
    auto boxes = Boxes();
    change(boxes);
    std::ofstream(boxes_file().string() + ".mine") << boxes.dump();
    std::filesystem::rename(boxes_file().string() + ".mine", boxes_file());
  }
  // The pid the daemon told last.
  int PluginPid() const {
    const auto log = Log();
    const auto at = log.rfind("\"pid\":");
    return at == std::string::npos ? 0 : std::atoi(log.c_str() + at + 6);
  }
  bool Ready(const Json& manifest) const { return AllReady({manifest}); }
};

TEST(Plugins, AnInstanceIsMadeKeptAndDeleted) {
  PluginSite site;
  const auto manifest = BoxManifest("one");
  site.manifests().Write(manifest);
  site.StartDaemon();
  ASSERT_EQ(WaitUntil([&] { return site.Ready(manifest); }, 30), Waited::kReached) << site.Log();
  ASSERT_THAT(site.Boxes(), SizeIs(1));
  EXPECT_THAT(site.Boxes()[0].at("owner").get<std::string>(),
              HasSubstr("e2e-owner/PluginInstance/default/one"));
  EXPECT_EQ(site.Boxes()[0].at("id"), site.Object(manifest)->external_name());

  site.Meddle([](Json& boxes) { boxes[0]["fields"]["size"] = 77; });
  EXPECT_EQ(WaitUntil([&] { return site.Boxes()[0]["fields"]["size"] == 3; }, 20),
            Waited::kReached);
  site.manifests().Write(BoxManifest("one", 8));
  EXPECT_EQ(WaitUntil([&] { return site.Boxes()[0]["fields"]["size"] == 8; }, 20),
            Waited::kReached);
  const auto metrics = site.Get(site.metrics_port(), "/metrics").value_or("");
  EXPECT_THAT(metrics, HasSubstr("instanced_plugin_up{plugin=\"boxes\"} 1"));
  EXPECT_THAT(metrics, HasSubstr("instanced_provider_calls_total{class=\"Success\",operation="
                                 "\"Create\",service=\"plugin\"} 1"));

  site.Meddle([](Json& boxes) {
    boxes.push_back(boxes[0]);
    boxes[1].update({{"id", "box-lost"}, {"token", "x"}, {"uid", "gone"}});
    boxes[1]["owner"] = "e2e-owner/PluginInstance/default/lost";
  });
  EXPECT_THAT(site.Instancectl({"orphans"}).output, HasSubstr("box-lost"));
  site.Meddle([](Json& boxes) { boxes.erase(1); });

  site.manifests().Remove(manifest);
  EXPECT_EQ(WaitUntil([&] { return site.Boxes().empty() && !site.Object(manifest); }, 30),
            Waited::kReached)
      << site.Log();
  const int pid = site.PluginPid();
  ASSERT_GT(pid, 0);
  EXPECT_EQ(site.StopDaemon(), (Ending{0, 0}));
  EXPECT_NE(kill(pid, 0), 0) << "the plugin ends with the daemon";
}

TEST(Plugins, KilledDuringACreateLeavesOneInstance) {
  PluginSite site({"--create-takes", "1500"});
  const auto manifest = BoxManifest("one");
  site.manifests().Write(manifest);
  site.StartDaemon();
  ASSERT_EQ(WaitUntil([&] { return !site.Boxes().empty(); }, 30), Waited::kReached) << site.Log();
  EXPECT_FALSE(site.Ready(manifest)) << "its answer is still to come";
  kill(site.PluginPid(), SIGKILL);
  ASSERT_EQ(WaitUntil([&] { return site.Ready(manifest); }, 40), Waited::kReached) << site.Log();
  EXPECT_THAT(site.Boxes(), SizeIs(1));
  EXPECT_EQ(site.Boxes()[0].at("id"), site.Object(manifest)->external_name());
}

TEST(Plugins, OneThatIsNotThereMeansNothingIsGone) {
  PluginSite site;
  const auto manifest = BoxManifest("one");
  site.manifests().Write(manifest);
  site.StartDaemon();
  ASSERT_EQ(WaitUntil([&] { return site.Ready(manifest); }, 30), Waited::kReached) << site.Log();
  ASSERT_EQ(site.StopDaemon(), (Ending{0, 0}));
  // From now on its program never comes up.
  std::ofstream(site.folder() / "plugins.yaml")
      << "plugins:\n  - name: boxes\n    command: [/bin/false]\n";
  site.StartDaemon();
  ASSERT_EQ(WaitUntil([&] { return !site.Object(manifest)->Is("Synced"); }, 30), Waited::kReached);
  LetPass(3);
  const auto object = site.Object(manifest);
  EXPECT_TRUE(object->Is("Ready")) << object->status;
  EXPECT_THAT(object->MessageOf("Synced"), HasSubstr("plugin boxes cannot be used"));
  EXPECT_THAT(site.Boxes(), SizeIs(1));
  // A deletion waits as well: the finalizer stays until the plugin says that it is gone.
  site.manifests().Remove(manifest);
  LetPass(3);
  EXPECT_TRUE(site.Object(manifest));
  ASSERT_EQ(site.StopDaemon(), (Ending{0, 0}));
  site.Configure({});
  site.StartDaemon();
  EXPECT_EQ(WaitUntil([&] { return site.Boxes().empty() && !site.Object(manifest); }, 40),
            Waited::kReached)
      << site.Log();
}

TEST(Plugins, SighupReadsTheListAgain) {
  PluginSite site;
  const auto manifest = BoxManifest("one");
  site.manifests().Write(manifest);
  std::ofstream(site.folder() / "plugins.yaml") << "plugins: []\n";
  site.StartDaemon();
  const auto is_unknown = [&] {
    const auto object = site.Object(manifest);
    return object && object->MessageOf("Stalled").contains("knows no plugin boxes");
  };
  ASSERT_EQ(WaitUntil(is_unknown, 30), Waited::kReached) << site.Log();
  site.Configure({});
  kill(site.daemon().pid(), SIGHUP);
  ASSERT_EQ(WaitUntil([&] { return site.Ready(manifest); }, 30), Waited::kReached) << site.Log();
  const int first = site.PluginPid();
  // Another argument is another program; the same instance is found again.
  site.Configure({"--create-takes", "10"});
  kill(site.daemon().pid(), SIGHUP);
  ASSERT_EQ(WaitUntil([&] { return site.PluginPid() != first && kill(first, 0) != 0; }, 20),
            Waited::kReached)
      << site.Log();
  site.manifests().Write(BoxManifest("one", 9));
  EXPECT_EQ(WaitUntil([&] { return site.Boxes()[0]["fields"]["size"] == 9; }, 20),
            Waited::kReached);
  // A list with a mistake changes nothing.
  const int second = site.PluginPid();
  std::ofstream(site.folder() / "plugins.yaml") << "plugins:\n  - nam: boxes\n";
  kill(site.daemon().pid(), SIGHUP);
  ASSERT_EQ(WaitUntil([&] { return site.Log().contains("the old one stays"); }, 20),
            Waited::kReached);
  EXPECT_EQ(kill(second, 0), 0);
  // What left is stopped, and its instances stay.
  std::ofstream(site.folder() / "plugins.yaml") << "plugins: []\n";
  kill(site.daemon().pid(), SIGHUP);
  EXPECT_EQ(WaitUntil([&] { return kill(second, 0) != 0 && is_unknown(); }, 20), Waited::kReached)
      << site.Log();
  EXPECT_THAT(site.Boxes(), SizeIs(1));
  EXPECT_EQ(site.StopDaemon(), (Ending{0, 0}));
}

TEST(Plugins, TheirSchemaIsTheManifestsSchema) {
  PluginSite site;
  auto manifest = BoxManifest("one", 1000);
  site.manifests().Write(manifest);
  site.StartDaemon();
  ASSERT_EQ(WaitUntil(
                [&] {
                  const auto object = site.Object(manifest);
                  return object && object->ReasonOf("Stalled") == "Invalid";
                },
                30),
            Waited::kReached)
      << site.Log();
  EXPECT_THAT(site.Object(manifest)->MessageOf("Stalled"),
              HasSubstr("spec.forProvider.size: found 1000, expected 100.0 at most"));
  EXPECT_THAT(site.Boxes(), IsEmpty());
  manifest["spec"]["forProvider"]["size"] = 5;
  site.manifests().Write(manifest);
  ASSERT_EQ(WaitUntil([&] { return site.Ready(manifest); }, 30), Waited::kReached);
  // An immutable field is held, and names the way out.
  manifest["spec"]["forProvider"]["name"] = "two";
  site.manifests().Write(manifest);
  ASSERT_EQ(
      WaitUntil([&] { return site.Object(manifest)->ReasonOf("Stalled") == "ImmutableField"; }, 20),
      Waited::kReached)
      << site.Object(manifest)->status;
  EXPECT_EQ(site.Boxes()[0]["fields"]["name"], "one");
  // A plugin that nobody configured is named, too.
  auto stranger = BoxManifest("other");
  stranger["spec"]["plugin"] = "tapes";
  site.manifests().Write(stranger);
  ASSERT_EQ(WaitUntil(
                [&] {
                  const auto object = site.Object(stranger);
                  return object && object->ReasonOf("Stalled") == "Invalid";
                },
                20),
            Waited::kReached);
  EXPECT_THAT(site.Object(stranger)->MessageOf("Stalled"),
              HasSubstr("spec.plugin: this daemon knows no plugin tapes; configured: boxes"));
}

TEST(Plugins, OneThatHangsHarmsItsOwnKindOnly) {
  PluginSite site({"--defect", "hangs"});
  const auto box = BoxManifest("one");
  const std::vector<Json> others{ConnectManifest("desk"), OutboundBotManifest("robot")};
  site.manifests().Write(box);
  for (const auto& other : others) site.manifests().Write(other);
  site.StartDaemon();
  ExpectSettled(site, others);
  EXPECT_FALSE(site.Ready(box));
  EXPECT_THAT(site.Boxes(), IsEmpty());
}

TEST(Plugins, AnotherScopeHoldsWhatWasBoundInTheFirst) {
  PluginSite site;
  const auto manifest = BoxManifest("one");
  site.manifests().Write(manifest);
  site.StartDaemon();
  ASSERT_EQ(WaitUntil([&] { return site.Ready(manifest); }, 30), Waited::kReached) << site.Log();
  ASSERT_EQ(site.StopDaemon(), (Ending{0, 0}));
  const auto boxes = site.Boxes();
  std::filesystem::remove(site.boxes_file());
  site.Configure({"--scope", "another-server"});
  site.StartDaemon();
  ASSERT_EQ(
      WaitUntil([&] { return site.Object(manifest)->ReasonOf("Stalled") == "AccountMismatch"; },
                30),
      Waited::kReached)
      << site.Object(manifest)->status;
  LetPass(2);
  EXPECT_THAT(site.Boxes(), IsEmpty()) << "nothing is made there";
  EXPECT_EQ(boxes[0].at("id"), site.Object(manifest)->external_name());
}

TEST(Plugins, AnExistingInstanceIsTakenOverByItsId) {
  PluginSite site;
  std::ofstream(site.boxes_file()) << Json::array({{{"id", "box-old"},
                                                    {"token", "t"},
                                                    {"owner", ""},
                                                    {"uid", ""},
                                                    {"lifecycle", "ready"},
                                                    {"fields", {{"name", "one"}, {"size", 3}}}}})
                                          .dump();
  auto manifest = BoxManifest("one");
  manifest["spec"]["externalName"] = "box-old";
  site.manifests().Write(manifest);
  site.StartDaemon();
  ASSERT_EQ(WaitUntil([&] { return site.Ready(manifest) && site.Boxes()[0]["uid"] != ""; }, 30),
            Waited::kReached)
      << site.Log();
  EXPECT_THAT(site.Boxes(), SizeIs(1));
}

TEST(ConformanceProgram, ExitCodesSayWhatCameOut) {
  const PluginSite site;
  const auto check = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "conformance");
    return RunToEnd({INSTANCED_PROGRAM, arguments, {}, site.folder() / "report", {}}, 60);
  };
  const auto address = "unix:" + (site.folder() / "p.sock").string();
  EXPECT_EQ(check({address, "--wait", "300ms"}).ending, (Ending{3, 0}));
  EXPECT_EQ(check({address, "--check", "no-such-check"}).ending, (Ending{2, 0}));
  EXPECT_EQ(check({}).ending, (Ending{2, 0}));
  const Program broken({TEST_PLUGIN_PROGRAM,
                        {"--address", address, "--defect", "delete-of-gone-fails"},
                        {},
                        site.folder() / "plugin",
                        {}});
  const auto junit = site.folder() / "report.xml";
  const auto failed = check({address, "--junit", junit.string()});
  EXPECT_EQ(failed.ending, (Ending{1, 0}));
  EXPECT_THAT(failed.output, HasSubstr("FAIL  delete-of-gone-succeeds"));
  EXPECT_THAT(failed.output, HasSubstr("1 failed"));
  EXPECT_THAT(ReadText(junit), HasSubstr("<failure message="));
  const auto passed = check({address, "--check", "list-ends,marks-kept"});
  EXPECT_EQ(passed.ending, (Ending{0, 0})) << passed.output;
}

}  // namespace
}  // namespace instanced::e2e
