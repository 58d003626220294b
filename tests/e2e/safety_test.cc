// What must never be deleted or made twice: brakes, policies, identity.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

#include "tests/e2e/site.h"

namespace instanced::e2e {
namespace {

using testing::HasSubstr;

std::vector<Json> Bots(int count) {
  std::vector<Json> manifests;
  for (int number = 0; number < count; ++number) {
    manifests.push_back(OutboundBotManifest("bot" + std::to_string(number)));
  }
  return manifests;
}

void WriteAll(const Site& site, const std::vector<Json>& manifests) {
  for (const Json& manifest : manifests) site.manifests().Write(manifest);
}

// The only brake, in instancectl's JSON; nothing while there is none.
std::optional<Json> TheBrake(const Site& site) {
  const auto answer =
      Json::parse(site.Instancectl({"brakes", "-o", "json"}).output, nullptr, false);
  if (!answer.is_object() || !answer.contains("brakes") || answer["brakes"].empty()) return {};
  return answer["brakes"][0];
}

bool ShowsApproval(const Site& site, const std::vector<Json>& manifests) {
  return std::ranges::all_of(manifests, [&](const Json& manifest) {
    const auto object = site.Object(manifest);
    return object && object->ReasonOf("Stalled") == "AwaitingApproval";
  });
}

std::string BrakeAfterRemoving(const Site& site, const std::vector<Json>& manifests) {
  for (const Json& manifest : manifests) site.manifests().Remove(manifest);
  EXPECT_EQ(WaitUntil([&] { return ShowsApproval(site, manifests) && TheBrake(site); }, 20),
            Waited::kReached);
  LetPass(1);
  EXPECT_EQ(site.CountEffects("deleted"), 0u);
  const auto brake = TheBrake(site);
  return brake ? brake->value("id", "") : "";
}

TEST(Brakes, MassDeletionWaitsForApproval) {
  Site site;
  const auto manifests = Bots(3);
  const auto other = SupplyChainManifest("stock");
  WriteAll(site, manifests);
  site.manifests().Write(other);
  site.StartDaemon();
  auto all = manifests;
  all.push_back(other);
  ExpectSettled(site, all);
  const auto id = BrakeAfterRemoving(site, manifests);
  EXPECT_EQ(site.Instancectl({"approve", "no-such-brake"}).ending.exit_code, 1);
  EXPECT_EQ(site.Instancectl({"approve", id}).ending.exit_code, 0);
  ExpectSettled(site, {other});
  EXPECT_EQ(site.CountEffects("deleted"), 3u);
}

TEST(Brakes, ReleaseLetsObjectsGoAndKeepsInstancesThatAreThenAdopted) {
  Site site;
  const auto manifests = Bots(2);
  const auto other = SupplyChainManifest("stock");
  WriteAll(site, manifests);
  site.manifests().Write(other);
  site.StartDaemon();
  ExpectSettled(site, {manifests[0], manifests[1], other});
  const auto id = BrakeAfterRemoving(site, manifests);
  EXPECT_EQ(site.Instancectl({"release", id}).ending.exit_code, 0);
  EXPECT_EQ(WaitUntil([&] { return !site.Object(manifests[0]) && !site.Object(manifests[1]); }, 20),
            Waited::kReached);
  EXPECT_EQ(site.OwnInstances("outboundbot").size(), 2u);
  WriteAll(site, manifests);
  ExpectSettled(site, {manifests[0], manifests[1], other});
  EXPECT_EQ(site.CountEffects("created"), 3u);
  EXPECT_EQ(site.CountEffects("deleted"), 0u);
}

void ExpectHeldWhile(const char* cause,
                     const std::function<void(const std::filesystem::path&)>& harm,
                     const std::function<void(const std::filesystem::path&)>& repair,
                     SiteOptions options = {}) {
  SCOPED_TRACE(cause);
  Site site(std::move(options));
  const auto manifests = Bots(1);
  WriteAll(site, manifests);
  site.StartDaemon();
  ExpectSettled(site, manifests);
  harm(site.manifests().root());
  EXPECT_EQ(WaitUntil(
                [&] {
                  const auto brake = TheBrake(site);
                  return brake && brake->value("cause", "") == cause;
                },
                20),
            Waited::kReached);
  LetPass(2.5);
  EXPECT_EQ(site.CountEffects("deleted"), 0u);
  EXPECT_TRUE(site.DaemonRuns());
  repair(site.manifests().root());
  ExpectSettled(site, manifests);
  EXPECT_EQ(WaitUntil([&] { return !TheBrake(site); }, 20), Waited::kReached);
  EXPECT_EQ(site.CountEffects("deleted"), 0u);
}

TEST(Brakes, VanishedDirectoryDeletesNothing) {
  const auto away = [](const std::filesystem::path& root) { return root.string() + ".away"; };
  ExpectHeldWhile(
      "ManifestsVanished", [&](const auto& root) { std::filesystem::rename(root, away(root)); },
      [&](const auto& root) { std::filesystem::rename(away(root), root); });
}

TEST(Brakes, EmptiedDirectoryDeletesNothing) {
  const auto away = [](const std::filesystem::path& root) { return root.parent_path() / "away"; };
  const auto move_all = [](const std::filesystem::path& from, const std::filesystem::path& to) {
    std::filesystem::create_directories(to);
    for (const auto& file : std::filesystem::directory_iterator(from)) {
      std::filesystem::rename(file.path(), to / file.path().filename());
    }
  };
  ExpectHeldWhile(
      "ManifestsEmpty", [&](const auto& root) { move_all(root, away(root)); },
      [&](const auto& root) { move_all(away(root), root); });
}

TEST(Brakes, FolderThatIsALinkToItselfDeletesNothing) {
  const auto away = [](const std::filesystem::path& root) { return root.string() + ".away"; };
  ExpectHeldWhile(
      "ManifestsUnreadable",
      [&](const auto& root) {
        std::filesystem::rename(root, away(root));
        std::filesystem::create_symlink(root, root);
      },
      [&](const auto& root) {
        std::filesystem::remove(root);
        std::filesystem::rename(away(root), root);
      });
}

// Root reads what nobody may read, unless it gives that right away.
TEST(Brakes, FolderWithoutPermissionDeletesNothing) {
  SiteOptions options;
  if (geteuid() == 0) {
    options.launcher = {"/usr/bin/setpriv", "--bounding-set", "-dac_override,-dac_read_search"};
  }
  ExpectHeldWhile(
      "ManifestsUnreadable",
      [](const auto& root) { std::filesystem::permissions(root, std::filesystem::perms::none); },
      [](const auto& root) {
        std::filesystem::permissions(root, std::filesystem::perms::owner_all);
      },
      options);
}

// A folder inside that leads back to the whole: read for ever, or twice, it would be.
TEST(Brakes, LoopOfLinksInsideTheFolderDeletesNothing) {
  ExpectHeldWhile(
      "ManifestsUnreadable",
      [](const auto& root) { std::filesystem::create_directory_symlink(root, root / "again"); },
      [](const auto& root) { std::filesystem::remove(root / "again"); });
}

TEST(Policies, PreventDestroyAndPausedHoldAndRetainLetsGo) {
  Site site;
  auto prevented = OutboundBotManifest("prevented");
  prevented["spec"]["preventDestroy"] = true;
  auto paused = ConnectManifest("paused");
  auto retained = SupplyChainManifest("retained");
  retained["spec"]["deletionPolicy"] = "Retain";
  const std::vector<Json> stay{OutboundBotManifest("stay-a"), ConnectManifest("stay-b"),
                               SupplyChainManifest("stay-c")};
  std::vector<Json> all{prevented, paused, retained};
  all.insert(all.end(), stay.begin(), stay.end());
  WriteAll(site, all);
  site.StartDaemon();
  ExpectSettled(site, all);
  paused["metadata"]["annotations"] = {{"instanced.dev/paused", "true"}};
  site.manifests().Write(paused);
  EXPECT_EQ(WaitUntil([&] { return site.Object(paused)->ReasonOf("Synced") == "Paused"; }, 10),
            Waited::kReached);
  for (const Json& manifest : {prevented, paused, retained}) site.manifests().Remove(manifest);
  EXPECT_EQ(WaitUntil(
                [&] {
                  const auto object = site.Object(prevented);
                  return object && object->ReasonOf("Stalled") == "PreventDestroy";
                },
                20),
            Waited::kReached);
  EXPECT_EQ(WaitUntil([&] { return !site.Object(retained); }, 20), Waited::kReached);
  LetPass(1);
  EXPECT_TRUE(site.Object(paused));
  EXPECT_EQ(site.CountEffects("deleted"), 0u);
  EXPECT_EQ(site.OwnInstances().size(), 6u);
}

TEST(Policies, CredentialOfAnotherAccountChangesNothing) {
  Site site;
  site.environment()["AWS_ACCESS_KEY_ID"] = AwsTwo().access_key;
  site.environment()["AWS_SECRET_ACCESS_KEY"] = AwsTwo().secret;
  const auto manifest = ConnectManifest("desk");
  site.manifests().Write(manifest);
  site.StartDaemon();
  EXPECT_EQ(WaitUntil(
                [&] {
                  const auto object = site.Object(manifest);
                  return object && object->ReasonOf("Stalled") == "AccountMismatch";
                },
                20),
            Waited::kReached);
  LetPass(1);
  EXPECT_THAT(site.Effects(), testing::IsEmpty());
}

TEST(Policies, WrongAccountIsABrakeThatAPersonMayApprove) {
  Site site;
  site.environment()["AWS_ACCESS_KEY_ID"] = AwsTwo().access_key;
  site.environment()["AWS_SECRET_ACCESS_KEY"] = AwsTwo().secret;
  const auto manifest = ConnectManifest("desk");
  site.manifests().Write(manifest);
  site.StartDaemon();
  ASSERT_EQ(WaitUntil([&] { return TheBrake(site).has_value(); }, 20), Waited::kReached);
  const auto brake = *TheBrake(site);
  EXPECT_EQ(brake.value("cause", ""), "AccountMismatch");
  EXPECT_THAT(brake["held"].dump(), HasSubstr("desk"));
  EXPECT_THAT(site.Instancectl({"explain", KeyOf(manifest)}).output,
              HasSubstr("instancectl approve " + brake.value("id", "")));
  EXPECT_EQ(site.Instancectl({"approve", brake.value("id", "")}).ending.exit_code, 0);
  EXPECT_EQ(WaitUntil([&] { return site.AllReady({manifest}); }, 20), Waited::kReached);
  EXPECT_FALSE(TheBrake(site));
  const auto made = site.OwnInstances("connect");
  ASSERT_EQ(made.size(), 1u);
  EXPECT_EQ(made[0].value("account", ""), AwsTwo().account);
}

TEST(Policies, InstanceOfAnotherInstallationIsTakenOverWhenAPersonApproves) {
  Site site;
  const auto manifest = ConnectManifest("desk");
  const auto foreign = site.clouds().CreateForeign(
      {{"service", "connect"},
       {"account", AwsOne().account},
       {"fields", {{"InstanceAlias", "desk-alias"}}},
       {"tags",
        {{"instanced.dev/owner", "others/ConnectInstance/default/desk"},
         {"instanced.dev/uid", "0b1f3a52-6d3f-5b0e-9a51-0d9a6a2f6a10"}}}});
  ASSERT_TRUE(foreign) << foreign.error();
  site.manifests().Write(manifest);
  site.StartDaemon();
  ASSERT_EQ(WaitUntil([&] { return TheBrake(site).has_value(); }, 20), Waited::kReached);
  EXPECT_EQ(TheBrake(site)->value("cause", ""), "ForeignMark");
  EXPECT_EQ(site.Object(manifest)->ReasonOf("Stalled"), "ForeignOwner");
  LetPass(1);
  EXPECT_THAT(site.Effects(), testing::IsEmpty());
  const auto id = TheBrake(site)->value("id", "");
  EXPECT_EQ(site.Instancectl({"approve", id}).ending.exit_code, 0);
  EXPECT_EQ(WaitUntil(
                [&] {
                  const auto object = site.Object(manifest);
                  return object && object->external_name() == *foreign && object->Is("Synced");
                },
                20),
            Waited::kReached)
      << site.Object(manifest)->status;
  EXPECT_EQ(site.CountEffects("created"), 0u);
  EXPECT_FALSE(TheBrake(site));
}

TEST(Identity, MovedFileChangesNothing) {
  Site site;
  const auto manifest = ConnectManifest("desk");
  site.manifests().Write(manifest);
  site.StartDaemon();
  ExpectSettled(site, {manifest});
  std::filesystem::create_directories(site.manifests().root() / "sub");
  std::filesystem::rename(site.manifests().root() / ManifestFolder::FileOf(manifest),
                          site.manifests().root() / "sub" / "elsewhere.yaml");
  LetPass(3);
  ExpectSettled(site, {manifest});
  EXPECT_EQ(site.Effects().size(), 1u);
}

TEST(Identity, LostJournalFindsItsInstancesAgain) {
  Site site;
  std::vector<Json> manifests;
  for (int kind = 0; kind < 4; ++kind)
    manifests.push_back(ManifestOf(kind, "object" + std::to_string(kind)));
  WriteAll(site, manifests);
  site.StartDaemon();
  ExpectSettled(site, manifests);
  ASSERT_TRUE(site.StopDaemon());
  for (const char* end : {"", "-wal", "-shm", ".lock"}) {
    std::filesystem::remove(site.state_file().string() + end);
  }
  const auto before = site.LastCall();
  site.StartDaemon();
  ExpectSettled(site, manifests);
  EXPECT_EQ(site.CountEffects("created", before), 0u);
  EXPECT_EQ(site.CountEffects("deleted", before), 0u);
}

TEST(Identity, RestoredBackupMakesNothingTwice) {
  Site site;
  std::vector<Json> manifests{ConnectManifest("desk")};
  WriteAll(site, manifests);
  site.StartDaemon();
  ExpectSettled(site, manifests);
  ASSERT_TRUE(site.StopDaemon());
  const auto copy = site.folder() / "backup.db";
  std::filesystem::copy_file(site.state_file(), copy);
  for (int kind = 1; kind < 4; ++kind)
    manifests.push_back(ManifestOf(kind, "later" + std::to_string(kind)));
  WriteAll(site, manifests);
  site.StartDaemon();
  ExpectSettled(site, manifests);
  site.KillDaemon();
  for (const char* end : {"-wal", "-shm"}) {
    std::filesystem::remove(site.state_file().string() + end);
  }
  std::filesystem::copy_file(copy, site.state_file(),
                             std::filesystem::copy_options::overwrite_existing);
  const auto before = site.LastCall();
  site.StartDaemon();
  ExpectSettled(site, manifests);
  EXPECT_EQ(site.CountEffects("created", before), 0u);
  EXPECT_EQ(site.CountEffects("deleted", before), 0u);
}

TEST(Identity, RenamedObjectIsADeletionAndACreation) {
  Site site;
  const auto old_one = OutboundBotManifest("before");
  const auto other = OutboundBotManifest("stay");
  const auto new_one = OutboundBotManifest("after");
  WriteAll(site, {old_one, other});
  site.StartDaemon();
  ExpectSettled(site, {old_one, other});
  site.manifests().Write(new_one);
  site.manifests().Remove(old_one);
  ExpectSettled(site, {new_one, other});
  EXPECT_EQ(site.CountEffects("created"), 3u);
  EXPECT_EQ(site.CountEffects("deleted"), 1u);
}

TEST(Identity, SecondObjectOfOneAliasWaitsAndItsRemovalDeletesNothing) {
  Site site;
  const auto holder = ConnectManifest("desk");
  auto second = ConnectManifest("other");
  second["spec"]["forProvider"]["instanceAlias"] = "desk-alias";
  site.manifests().Write(holder);
  site.StartDaemon();
  ExpectSettled(site, {holder});
  site.manifests().Write(second);
  EXPECT_EQ(WaitUntil(
                [&] {
                  const auto object = site.Object(second);
                  return object && object->ReasonOf("Stalled") == "AlreadyClaimed";
                },
                20),
            Waited::kReached);
  EXPECT_THAT(site.Object(second)->MessageOf("Stalled"), HasSubstr("desk"));
  site.manifests().Remove(second);
  EXPECT_EQ(WaitUntil([&] { return !site.Object(second); }, 20), Waited::kReached);
  ExpectSettled(site, {holder});
  EXPECT_EQ(site.Effects().size(), 1u);
}

}  // namespace
}  // namespace instanced::e2e
