// The ways in which people and tools change a folder of manifests under a running daemon.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "tests/e2e/site.h"

namespace instanced::e2e {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace fs = std::filesystem;

// ProviderConfigs leave no mark of their own; everything else does.
std::size_t Snapshots(const Site& site) {
  const auto scrape = site.Get(site.metrics_port(), "/metrics").value_or("");
  const std::string line = "instanced_manifest_loads_total{result=\"Ok\"} ";
  const auto at = scrape.find(line);
  return at == std::string::npos ? 0 : std::stoul(scrape.substr(at + line.size()));
}

class Folder : public testing::Test {
 protected:
  void Git(const std::string& arguments) {
    const auto ran = RunToEnd({"/bin/sh",
                               {"-c", "cd " + root().string() +
                                          " && git -c user.name=t -c user.email=t@example.com -c "
                                          "init.defaultBranch=main " +
                                          arguments},
                               {{"PATH", "/usr/bin:/bin"}, {"HOME", site_.folder().string()}},
                               site_.folder() / "git",
                               {}},
                              30);
    ASSERT_EQ(ran.ending.exit_code, 0) << arguments << ": " << ran.output;
  }
  const fs::path& root() const { return site_.manifests().root(); }

  Site site_{{.flags = {"--quiet-time", "400ms"}}};
};

TEST_F(Folder, BranchesAreSwitchedAsOneSnapshot) {
  std::vector<Json> first, second;
  for (int number = 0; number < 20; ++number) {
    const auto name = "robot-" + std::to_string(number);
    first.push_back(OutboundBotManifest(name));
    second.push_back(first.back());
    second.back()["spec"]["forProvider"]["instanceDescription"] = "second words";
    site_.manifests().Write(first.back());
  }
  Git("init -q .");
  Git("add -A");
  Git("commit -q -m first");
  Git("checkout -q -b second");
  // Where an object is declared does not matter: half of them move into a folder.
  fs::create_directory(root() / "moved");
  for (std::size_t number = 0; number < second.size(); ++number) {
    site_.manifests().Write(second[number]);
    const auto file = ManifestFolder::FileOf(second[number]);
    if (number % 2 == 0) fs::rename(root() / file, root() / "moved" / file);
  }
  Git("add -A");
  Git("commit -q -m second");
  Git("checkout -q main");
  site_.StartDaemon();
  ExpectSettled(site_, first, 60);
  const auto before = Snapshots(site_);
  const auto calls = site_.LastCall();
  Git("checkout -q second");
  ExpectSettled(site_, second, 60);
  EXPECT_EQ(site_.CountEffects("created", calls), 0u);
  EXPECT_EQ(site_.CountEffects("deleted", calls), 0u);
  EXPECT_THAT(site_.Log(), Not(HasSubstr("AwaitingApproval")));
  EXPECT_GE(Snapshots(site_), before + 1);
  // A rescan may look once more at what is all there.
  EXPECT_LE(Snapshots(site_), before + 2);
  Git("checkout -q main");
  ExpectSettled(site_, first, 60);
  EXPECT_EQ(site_.OwnInstances().size(), first.size());
}

// As kubelet does it: "..data" is a link to the folder of this version, swapped by a rename.
TEST_F(Folder, ConfigMapVolumeIsSwappedWithoutALoss) {
  const auto volume = [this](const char* version, const std::vector<Json>& manifests) {
    const auto folder = root() / version;
    fs::create_directory(folder);
    for (const Json& manifest : manifests) {
      std::ofstream(folder / ManifestFolder::FileOf(manifest)) << manifest.dump();
    }
    fs::create_directory_symlink(version, root() / "..data_tmp");
    fs::rename(root() / "..data_tmp", root() / "..data");
  };
  const auto config = ProviderConfigManifest("default", site_.url(), AwsOne(), AlibabaOne());
  std::vector<Json> manifests{OutboundBotManifest("robot"), ConnectManifest("desk")};
  site_.manifests().Remove(config);
  volume("..first", {config, manifests[0], manifests[1]});
  for (const Json& manifest : {config, manifests[0], manifests[1]}) {
    const auto file = ManifestFolder::FileOf(manifest);
    fs::create_symlink(fs::path("..data") / file, root() / file);
  }
  site_.StartDaemon();
  ExpectSettled(site_, manifests);
  manifests[0]["spec"]["forProvider"]["maxConcurrentConversation"] = 9;
  volume("..second", {config, manifests[0], manifests[1]});
  fs::remove_all(root() / "..first");
  ExpectSettled(site_, manifests);
  EXPECT_EQ(site_.CountEffects("created"), 2u);
  EXPECT_EQ(site_.CountEffects("deleted"), 0u);
}

TEST_F(Folder, KubectlsListsAndFilesOfManyDocumentsAreTakenApart) {
  const std::vector<Json> manifests{OutboundBotManifest("one"), OutboundBotManifest("two"),
                                    ConnectManifest("three"), SupplyChainManifest("four")};
  Json list{{"apiVersion", "v1"}, {"kind", "List"}, {"metadata", {{"resourceVersion", ""}}}};
  list["items"] = {manifests[0], manifests[2]};
  site_.manifests().WriteFile("list.yaml", list.dump(2));
  fs::create_directories(root() / "deep" / "er");
  std::ofstream(root() / "deep" / "er" / "many.yaml")
      << manifests[1].dump() << "\n---\n"
      << R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"other"}})" << "\n---\n"
      << manifests[3].dump() << "\n";
  std::ofstream(root() / ".hidden.yaml") << "not: [yaml";
  site_.StartDaemon();
  ExpectSettled(site_, manifests);
  EXPECT_THAT(Differences(site_, manifests), IsEmpty());
}

TEST_F(Folder, FileThatFailsToParseKeepsItsLastGoodObjects) {
  const auto manifest = OutboundBotManifest("robot");
  site_.manifests().Write(manifest);
  site_.StartDaemon();
  ExpectSettled(site_, {manifest});
  site_.manifests().WriteFile(ManifestFolder::FileOf(manifest), "kind: [OutboundBot");
  const auto says = [&](const char* text) {
    return site_.Get(site_.metrics_port(), "/metrics").value_or("").contains(text);
  };
  EXPECT_EQ(WaitUntil([&] { return says("\ninstanced_manifest_errors 1\n"); }, 20),
            Waited::kReached);
  LetPass(2);
  ExpectSettled(site_, {manifest}, 0.1);
  EXPECT_EQ(site_.CountEffects("deleted"), 0u);
  site_.manifests().Write(manifest);
  EXPECT_EQ(WaitUntil([&] { return says("\ninstanced_manifest_errors 0\n"); }, 20),
            Waited::kReached);
}

TEST_F(Folder, LinkToAFolderWhoseMountIsAwayKeepsItsObjects) {
  const std::vector<Json> manifests{OutboundBotManifest("here"), OutboundBotManifest("there"),
                                    SupplyChainManifest("also-there")};
  const auto share = site_.folder() / "share", away = site_.folder() / "away";
  fs::create_directory(share);
  fs::create_directory_symlink(share, root() / "team");
  site_.manifests().Write(manifests[0]);
  for (std::size_t at : {1, 2}) {
    std::ofstream(share / ManifestFolder::FileOf(manifests[at])) << manifests[at].dump();
  }
  site_.StartDaemon();
  ExpectSettled(site_, manifests);
  const auto errors = [&](const char* count) {
    return site_.Get(site_.metrics_port(), "/metrics")
        .value_or("")
        .contains(std::string("\ninstanced_manifest_errors ") + count + "\n");
  };
  fs::rename(share, away);
  // The kernel tells nobody that a mount went; a change beside it does.
  site_.manifests().Write(OutboundBotManifest("newcomer"));
  EXPECT_EQ(WaitUntil([&] { return errors("1"); }, 20), Waited::kReached);
  auto all = manifests;
  all.push_back(OutboundBotManifest("newcomer"));
  ExpectSettled(site_, all);
  LetPass(2);
  EXPECT_EQ(site_.CountEffects("deleted"), 0u);
  fs::rename(away, share);
  site_.manifests().Remove(all.back());
  EXPECT_EQ(WaitUntil([&] { return errors("0"); }, 20), Waited::kReached);
  ExpectSettled(site_, manifests);
  EXPECT_EQ(site_.CountEffects("deleted"), 1u);
}

// Where the rates of Supply Chain's operations come from, each once.
std::set<std::string> OriginsOfRates(const Site& site) {
  const auto answer =
      Json::parse(site.Instancectl({"budgets", "-o", "json"}).output, nullptr, false);
  std::set<std::string> origins;
  for (const auto& line : answer.is_object() ? answer.value("lines", Json()) : Json()) {
    if (line.value("service", "") == "scn") origins.insert(line.value("origin", ""));
  }
  return origins;
}

TEST_F(Folder, ARateTakenOutOfAProviderConfigDoesNotStayUntilARestart) {
  auto config = ProviderConfigManifest("default", site_.url(), AwsOne(), AlibabaOne());
  const auto manifest = SupplyChainManifest("stock");
  config["spec"]["budgets"]["scn:*"] = {{"perSecond", 50}, {"burst", 100}};
  site_.manifests().Write(config);
  site_.manifests().Write(manifest);
  site_.StartDaemon();
  ExpectSettled(site_, {manifest});
  EXPECT_THAT(OriginsOfRates(site_), ElementsAre("configured"));
  config["spec"]["budgets"].erase("scn:*");
  site_.manifests().Write(config);
  EXPECT_EQ(WaitUntil([&] { return !OriginsOfRates(site_).contains("configured"); }, 20),
            Waited::kReached);
  EXPECT_THAT(OriginsOfRates(site_), ElementsAre("unpublished"));
}

TEST_F(Folder, ValidateTellsEveryErrorOfEveryFileAndAsksNobody) {
  const auto validate = [this] {
    return RunToEnd(
        {INSTANCED_PROGRAM, {"validate", root().string()}, {}, site_.folder() / "v", {}}, 20);
  };
  site_.manifests().Write(OutboundBotManifest("robot"));
  const auto good = validate();
  EXPECT_EQ(good.ending.exit_code, 0) << good.output;
  EXPECT_THAT(good.output, HasSubstr("2 objects"));
  site_.manifests().WriteFile("a.yaml", R"(apiVersion: instanced.dev/v1alpha1
kind: ConnectInstance
metadata:
  name: desk
spec:
  forProvider:
    identityManagementType: NOBODY
    inboundCallEnabled: true
    inboundCallsEnabled: 1
    outboundCallsEnabled: true
)");
  site_.manifests().WriteFile("b.yaml", "kind: [");
  const auto twin = OutboundBotManifest("robot").dump();
  site_.manifests().WriteFile("twin.yaml", twin);
  const auto bad = validate();
  EXPECT_EQ(bad.ending.exit_code, 1);
  for (const char* text :
       {"a.yaml:7:29", "spec.forProvider.identityManagementType", "NOBODY", "CONNECT_MANAGED",
        "a.yaml:8:5", "did you mean inboundCallsEnabled", "a.yaml:9:26",
        "b.yaml:1:", "OutboundBotInstance-robot.yaml", "twin.yaml"}) {
    EXPECT_THAT(bad.output, HasSubstr(text));
  }
  EXPECT_EQ(site_.LastCall(), 0);
}

}  // namespace
}  // namespace instanced::e2e
