// The daemon as a process: signals, ports, one writer, a full disk, and that no secret leaks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>

#include "tests/controller/http/test_certificates.h"
#include "tests/e2e/site.h"

namespace instanced::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Process, SecondDaemonOnTheSameStateFileIsRefusedWithTheHoldersPid) {
  Site site;
  site.StartDaemon();
  ASSERT_EQ(WaitUntil([&] { return site.Get(site.health_port(), "/readyz").has_value(); }, 20),
            Waited::kReached);
  ProgramCall call = site.DaemonCall("second");
  call.arguments.insert(call.arguments.end(),
                        {"--metrics-address", "off", "--health-address", "off", "--admin-socket",
                         (site.folder() / "second.sock").string()});
  const auto second = RunToEnd(call, 20);
  EXPECT_EQ(second.ending.exit_code, 1);
  EXPECT_THAT(second.output, HasSubstr(std::to_string(site.daemon().pid())));
  EXPECT_TRUE(site.DaemonRuns());
}

TEST(Process, SigtermLetsCallsUnderWayEnd) {
  Site site;
  const auto manifest = OutboundBotManifest("robot");
  site.manifests().Write(manifest);
  ASSERT_TRUE(site.clouds().AddFault(
      {{"action", "latency"}, {"kind", "mutating"}, {"milliseconds", 1000}}));
  site.StartDaemon();
  cloudsim::CallFilter create;
  create.operation = "CreateInstance";
  create.phase = "received";
  ASSERT_TRUE(site.clouds().Wait(create, 20'000));
  const auto ending = site.StopDaemon();
  ASSERT_TRUE(ending);
  EXPECT_EQ(*ending, (Ending{0, 0}));
  const auto object = site.Object(manifest);
  ASSERT_TRUE(object);
  EXPECT_FALSE(object->external_name().empty()) << object->status;
  EXPECT_EQ(site.OwnInstances().size(), 1u);
}

TEST(Process, SigtermWaitsNoLongerThanTheDrainTime) {
  Site site({.flags = {"--call-deadline", "60s", "--drain-timeout", "1s"}});
  const auto manifest = OutboundBotManifest("robot");
  site.manifests().Write(manifest);
  ASSERT_TRUE(site.clouds().AddFault({{"action", "hold"}, {"kind", "mutating"}, {"count", 1}}));
  site.StartDaemon();
  cloudsim::CallFilter held;
  held.phase = "held";
  ASSERT_TRUE(site.clouds().Wait(held, 20'000));
  const double begun = SecondsNow();
  const auto ending = site.StopDaemon(10);
  const double took = SecondsNow() - begun;
  ASSERT_TRUE(ending) << "a call that is never answered keeps it for ever";
  EXPECT_EQ(*ending, (Ending{0, 0}));
  EXPECT_GE(took, 0.9) << "calls under way were given their time";
  EXPECT_LE(took, 4.5) << "the drain time and two seconds to end";
  // What was cut off is in doubt, and found out.
  site.clouds().Release();
  site.StartDaemon();
  ExpectSettled(site, {manifest});
  EXPECT_EQ(site.OwnInstances().size(), 1u);
}

TEST(Process, SecondSigtermQuitsAtOnce) {
  Site site;
  site.manifests().Write(OutboundBotManifest("robot"));
  ASSERT_TRUE(site.clouds().AddFault({{"action", "hold"}, {"kind", "mutating"}}));
  site.StartDaemon();
  cloudsim::CallFilter held;
  held.phase = "held";
  ASSERT_TRUE(site.clouds().Wait(held, 20'000));
  site.daemon().Signal(SIGTERM);
  ASSERT_EQ(WaitUntil([&] { return site.Log().find("stopping") != std::string::npos; }, 10),
            Waited::kReached);
  site.daemon().Signal(SIGTERM);
  const auto ending = site.daemon().WaitForEnd(1.5);
  ASSERT_TRUE(ending);
  EXPECT_EQ(*ending, (Ending{1, 0}));
}

TEST(Process, SighupReadsCredentialsAnew) {
  Site site;
  const auto keys = site.folder() / "keys";
  const auto write_keys = [&](const CloudAccount& account, const std::string& secret) {
    std::ofstream(keys) << "[default]\naws_access_key_id = " << account.access_key
                        << "\naws_secret_access_key = " << secret << "\n";
  };
  write_keys(AwsOne(), "not-the-secret");
  Json config = ProviderConfigManifest("default", site.url(), AwsOne(), AlibabaOne());
  config["spec"]["aws"]["credentials"] = {{"file", {{"path", keys.string()}}}};
  const auto manifest = SupplyChainManifest("stock");
  site.manifests().Write(config);
  site.manifests().Write(manifest);
  site.StartDaemon();
  EXPECT_EQ(WaitUntil(
                [&] {
                  const auto object = site.Object(manifest);
                  return object && object->Is("Stalled");
                },
                20),
            Waited::kReached);
  EXPECT_EQ(site.CountEffects("created"), 0u);
  write_keys(AwsOne(), AwsOne().secret);
  site.daemon().Signal(SIGHUP);
  ExpectSettled(site, {manifest});
}

std::size_t CountPolls(const Site& site) {
  cloudsim::CallFilter polls;
  polls.operation = "GetInstance";
  return site.clouds().Calls(polls).size();
}

TEST(Process, SighupReadsTheConfigurationAnewAndARefusedOneChangesNothing) {
  Site site;
  const auto pace = std::ranges::find(site.flags(), "--poll-stable");
  ASSERT_NE(pace, site.flags().end());
  site.flags().erase(pace, pace + 2);
  const auto configure = [&](const std::string& text) {
    std::ofstream(site.folder() / "config.yaml") << text;
    site.daemon().Signal(SIGHUP);
  };
  const auto logs = [&](const char* text) {
    return WaitUntil([&] { return site.Log().contains(text); }, 10);
  };
  std::ofstream(site.folder() / "config.yaml") << "poll-stable: 1h\n";
  site.flags().insert(site.flags().end(), {"--config", site.folder() / "config.yaml"});
  auto manifest = SupplyChainManifest("stock");
  // What is scheduled stays so: a new pace begins with an object's next pass.
  const auto edit = [&](const char* words) {
    manifest["spec"]["forProvider"]["instanceDescription"] = words;
    site.manifests().Write(manifest);
    ExpectSettled(site, {manifest});
  };
  site.StartDaemon();
  edit("first words");
  LetPass(1);
  const auto slow = CountPolls(site);
  LetPass(3);
  EXPECT_LE(CountPolls(site), slow + 1);

  configure("poll-stable: 300ms\nbrake-count: 7\n");
  EXPECT_EQ(logs("some changed settings wait for a restart"), Waited::kReached);
  edit("second words");
  const auto edited = CountPolls(site);
  EXPECT_EQ(WaitUntil([&] { return CountPolls(site) >= edited + 4; }, 20), Waited::kReached);

  configure("poll-stable: soon\nbrake-count: 8\n");
  EXPECT_EQ(logs("configuration is refused; the old one stays"), Waited::kReached);
  edit("third words");
  const auto refused = CountPolls(site);
  EXPECT_EQ(WaitUntil([&] { return CountPolls(site) >= refused + 4; }, 20), Waited::kReached);
  EXPECT_TRUE(site.DaemonRuns());
}

TEST(Process, HealthReadinessAndMetricsAreReal) {
  Site site;
  const auto manifest = ConnectManifest("desk");
  site.manifests().Write(manifest);
  site.StartDaemon();
  ExpectSettled(site, {manifest});
  EXPECT_TRUE(site.Get(site.health_port(), "/healthz"));
  EXPECT_TRUE(site.Get(site.health_port(), "/readyz"));
  EXPECT_TRUE(site.Get(site.health_port(), "/nothing", 404));
  for (const char* page : {"/healthz", "/readyz"}) {
    EXPECT_THAT(site.Get(site.health_port(), page).value_or(""), Not(HasSubstr("desk"))) << page;
  }
  const auto metrics = site.Get(site.metrics_port(), "/metrics");
  ASSERT_TRUE(metrics);
  EXPECT_THAT(*metrics, HasSubstr("controller_runtime_reconcile_total"));
  EXPECT_THAT(*metrics, Not(HasSubstr("desk")));
  std::ofstream(site.folder() / "scrape") << *metrics;
  if (!std::filesystem::exists("/usr/bin/promtool")) GTEST_SKIP() << "promtool is not installed";
  const auto checked =
      RunToEnd({"/bin/sh",
                {"-c", "promtool check metrics <" + (site.folder() / "scrape").string()},
                {{"PATH", "/usr/bin:/bin"}},
                site.folder() / "promtool",
                {}},
               20);
  EXPECT_EQ(checked.ending.exit_code, 0) << checked.output;
}

TEST(Process, ReadinessIsTrueAsSoonAsTheSourceIsSynced) {
  Site site;
  site.StartDaemon();
  ASSERT_EQ(WaitUntil([&] { return site.Log().find("source is synced") != std::string::npos; }, 20),
            Waited::kReached);
  EXPECT_TRUE(site.Get(site.health_port(), "/readyz")) << "not at some later look";
}

// curl's answer, head first. Trusts `ca` alone.
std::string Scrape(const Site& site, const std::filesystem::path& ca, const std::string& options) {
  return RunToEnd({"/bin/sh",
                   {"-c", "curl -s -i --noproxy '*' --max-time 20 --cacert " + ca.string() + " " +
                              options + " https://127.0.0.1:" +
                              std::to_string(site.metrics_port()) + "/metrics"},
                   {{"PATH", "/usr/bin:/bin"}},
                   site.folder() / "curl",
                   {}},
                  30)
      .output;
}

TEST(Process, MetricsOverTlsAskForTheSecretThatSighupReplaces) {
  Site site;
  const TestAuthority authority;
  const auto identity = authority.Issue("IP:127.0.0.1");
  const auto file = [&](const char* name, const std::string& text) {
    std::ofstream(site.folder() / name) << text;
    return (site.folder() / name).string();
  };
  const auto ca = file("ca.pem", authority.ca_pem());
  site.flags().insert(site.flags().end(),
                      {"--metrics-tls-cert", file("cert.pem", identity.cert_pem),
                       "--metrics-tls-key", file("key.pem", identity.key_pem),
                       "--metrics-bearer-token-file", file("token", "first-secret\n")});
  site.StartDaemon();
  const auto with = [](const std::string& token) {
    return "-H 'Authorization: Bearer " + token + "'";
  };
  ASSERT_EQ(WaitUntil(
                [&] {
                  return Scrape(site, ca, with("first-secret")).find("instanced_build_info") !=
                         std::string::npos;
                },
                20),
            Waited::kReached);
  EXPECT_THAT(Scrape(site, ca, ""), HasSubstr("401"));
  EXPECT_THAT(Scrape(site, ca, with("wrong")), HasSubstr("401"));
  file("token", "second-secret\n");
  site.daemon().Signal(SIGHUP);
  EXPECT_EQ(WaitUntil(
                [&] {
                  return Scrape(site, ca, with("second-secret")).find("instanced_build_info") !=
                         std::string::npos;
                },
                20),
            Waited::kReached);
  EXPECT_THAT(Scrape(site, ca, with("first-secret")), HasSubstr("401"));
  EXPECT_THAT(site.Log(), Not(HasSubstr("-secret")));
}

TEST(Process, MetricsAreNotServedBeyondLoopbackWithoutASecret) {
  Site site;
  ProgramCall call = site.DaemonCall("open");
  call.arguments.insert(call.arguments.end(),
                        {"--metrics-address", ":0", "--health-address", "off"});
  const auto refused = RunToEnd(call, 20);
  EXPECT_EQ(refused.ending.exit_code, 2);
  EXPECT_THAT(refused.output, HasSubstr("--metrics-bearer-token-file"));
}

// The state file may not grow beyond a limit, as on a full disk.
TEST(Process, NothingIsCalledThatCouldNotBeRecorded) {
  Site site;
  std::vector<Json> manifests{OutboundBotManifest("robot")};
  site.manifests().Write(manifests[0]);
  site.StartDaemon();
  ExpectSettled(site, manifests);
  ASSERT_TRUE(site.StopDaemon());
  std::uint64_t used = std::filesystem::file_size(site.state_file());
  const auto before = site.LastCall();
  for (int number = 0; number < 60; ++number) {
    manifests.push_back(OutboundBotManifest("robot-" + std::to_string(number)));
    site.manifests().Write(manifests.back());
  }
  // Room to begin with, and not for all of it.
  site.StartDaemon(used + 150'000);
  EXPECT_EQ(WaitUntil(
                [&] {
                  return site.Get(site.health_port(), "/readyz", 503).has_value() &&
                         site.Log().find("cannot be written") != std::string::npos;
                },
                20),
            Waited::kReached);
  LetPass(1);
  // Each create that was sent had its intent in the state file.
  std::size_t intended = 0;
  for (const auto& object : RecordedObjects(site.state_file())) {
    intended += object.status.contains("intent") || !object.external_name().empty() ? 1 : 0;
  }
  EXPECT_LE(site.CountEffects("created", before) + 1, intended);
  const rlimit no_limit{RLIM_INFINITY, RLIM_INFINITY};
  ASSERT_EQ(prlimit(site.daemon().pid(), RLIMIT_FSIZE, &no_limit, nullptr), 0);
  ExpectSettled(site, manifests, 60);
  EXPECT_EQ(WaitUntil([&] { return site.Get(site.health_port(), "/readyz").has_value(); }, 10),
            Waited::kReached);
  EXPECT_EQ(site.OwnInstances().size(), manifests.size());
}

TEST(Process, NoSecretIsWrittenAnywhere) {
  Site site;
  std::vector<Json> manifests;
  for (int kind = 0; kind < 4; ++kind)
    manifests.push_back(ManifestOf(kind, "object" + std::to_string(kind)));
  for (const Json& manifest : manifests) site.manifests().Write(manifest);
  for (const char* action : {"expired-token", "5xx", "html-error", "malformed-body"}) {
    ASSERT_TRUE(site.clouds().AddFault({{"action", action}, {"nth", 2}, {"count", 1}}));
  }
  site.environment()["AWS_SESSION_TOKEN"] = "";
  site.StartDaemon();
  LetPass(2);
  site.clouds().ClearFaults();
  site.daemon().Signal(SIGHUP);
  ExpectSettled(site, manifests, 40);
  std::string all = site.Get(site.metrics_port(), "/metrics").value_or("");
  all += site.Instancectl({"get", "all", "-o", "json"}).output;
  all += site.Instancectl({"brakes", "-o", "json"}).output;
  ASSERT_TRUE(site.StopDaemon());
  all += site.Log() + ReadText(site.state_file()) + ReadText(site.state_file().string() + "-wal");
  ASSERT_GT(all.size(), 20'000u);
  for (const auto* account : {&AwsOne(), &AlibabaOne()}) {
    EXPECT_EQ(all.find(account->secret), std::string::npos);
  }
  for (const char* word : {"Signature=", "Credential=", "SecurityToken="}) {
    EXPECT_EQ(all.find(word), std::string::npos) << word;
  }
}

}  // namespace
}  // namespace instanced::e2e
