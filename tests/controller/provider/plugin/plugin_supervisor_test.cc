// Programs that the daemon starts, and plugins behind mutual TLS.
#include "controller/provider/plugin/plugin_supervisor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

#include "tests/controller/http/test_certificates.h"
#include "tests/controller/provider/plugin/plugin_rig.h"

namespace instanced::plugin {
namespace {

using std::chrono::milliseconds;
using test_plugin::TestPlugin;
using testing::Contains;
using testing::HasSubstr;

class PluginProgramTest : public testing::Test {
 protected:
  PluginSpec Program(std::vector<std::string> command) const {
    PluginSpec spec = SpecAt("boxes", "unix:" + folder_.path() + "/p.sock");
    spec.process = ProcessSpec{std::move(command), {}, {}};
    spec.process->environment["INSTANCED_PLUGIN_ADDRESS"] = spec.target.address;
    return spec;
  }
  static bool Runs(int pid) { return kill(pid, 0) == 0; }
  TempDirectory folder_;
};

TEST_F(PluginProgramTest, IsStartedHeardAndStoppedWithTheDaemon) {
  int pid = 0;
  {
    PluginRig rig({Program({TEST_PLUGIN_PROGRAM})});
    ASSERT_TRUE(rig.Until([&] { return rig.IsThere("boxes"); }));
    pid = rig.events.pid;
    EXPECT_TRUE(Runs(pid));
    ASSERT_TRUE(rig.Until([&] {
      const std::lock_guard lock(rig.events.mutex);
      return !rig.events.lines.empty();
    }));
    EXPECT_THAT(rig.events.lines, Contains(HasSubstr("listening on unix:")));
  }
  EXPECT_FALSE(Runs(pid));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/p.sock"));
}

TEST_F(PluginProgramTest, IsStartedAgainWhenItIsKilled) {
  PluginRig rig({Program({TEST_PLUGIN_PROGRAM})});
  ASSERT_TRUE(rig.Until([&] { return rig.IsThere("boxes"); }));
  kill(rig.events.pid, SIGKILL);
  ASSERT_TRUE(rig.Until([&] { return rig.events.started == 2 && rig.IsThere("boxes"); }));
  EXPECT_THAT(rig.events.last_ending, HasSubstr("signal 9"));
}

TEST_F(PluginProgramTest, ItsStatusTellsHowItRunsAndWhyNot) {
  PluginRig rig({Program({TEST_PLUGIN_PROGRAM, "--scope", "s3cret"}), SpecAt("far", "unix:/none")});
  rig.connector->Configure(
      {Program({TEST_PLUGIN_PROGRAM, "--scope", "s3cret"}), SpecAt("far", "unix:/none")});
  const auto first = rig.connector->Statuses();
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].state, PluginState::kConnecting);
  EXPECT_EQ(first[0].why, "it has not answered yet");
  ASSERT_TRUE(rig.Until([&] { return rig.IsThere("boxes") && rig.events.lost > 0; }));
  const auto up = rig.connector->Statuses();
  EXPECT_EQ(up[0].state, PluginState::kUp);
  EXPECT_EQ(up[0].pid, rig.events.pid);
  EXPECT_EQ(up[0].program, TEST_PLUGIN_PROGRAM);
  EXPECT_EQ(up[0].arguments, 2);
  EXPECT_EQ(up[0].restarts, 0);
  EXPECT_FALSE(up[0].last_failure) << "that it had to start is none";
  EXPECT_EQ(up[0].facts->greeting.scope, "s3cret");
  EXPECT_EQ(up[0].facts->schema->digest().size(), 64U);
  EXPECT_EQ(up[1].state, PluginState::kConnecting);
  EXPECT_EQ(up[1].why, "Unavailable: unix:/none: No such file or directory");
  EXPECT_EQ(up[1].program, "");

  kill(rig.events.pid, SIGKILL);
  ASSERT_TRUE(rig.Until([&] { return rig.events.started == 2 && rig.IsThere("boxes"); }));
  const auto again = rig.connector->Statuses()[0];
  EXPECT_EQ(again.restarts, 1);
  EXPECT_EQ(again.state, PluginState::kUp);
  EXPECT_GT(again.since, up[0].since);
  ASSERT_TRUE(again.last_failure) << "it is told when it is up again, too";
  EXPECT_EQ(again.last_failure->message, "its program: was killed by signal 9");
}

TEST_F(PluginProgramTest, ItsStatusTellsAPauseFromARefusal) {
  PluginRig rig({Program({"/bin/sh", "-c", "exit 3"})});
  ASSERT_TRUE(rig.Until([&] {
    return rig.events.ended >= 3 && rig.connector->Statuses()[0].state == PluginState::kBackingOff;
  }));
  const auto off = rig.connector->Statuses()[0];
  EXPECT_EQ(off.why, "its program: exited with code 3");
  EXPECT_EQ(off.pid, std::nullopt);
  EXPECT_GE(off.restarts, 2);
  rig.connector->Configure({Program({TEST_PLUGIN_PROGRAM, "--defect", "schema-keyword"})});
  ASSERT_TRUE(
      rig.Until([&] { return rig.connector->Statuses()[0].state == PluginState::kRefused; }));
  EXPECT_NE(rig.connector->Statuses()[0].pid, std::nullopt);
}

TEST_F(PluginProgramTest, ThatIsOfNoUseIsStartedAnew) {
  auto timings = PluginRig::Fast();
  timings.hopeless_after = milliseconds(400);
  timings.health_timeout = milliseconds(100);
  PluginRig rig({Program({TEST_PLUGIN_PROGRAM, "--defect", "hangs-at-all"})}, timings);
  EXPECT_TRUE(rig.Until([&] { return rig.events.started >= 2; }));
  EXPECT_GE(rig.events.hopeless, 1);
}

TEST_F(PluginProgramTest, ThatCannotBeStartedIsToldAndTriedAgain) {
  PluginRig rig({Program({"/no/such/program"})});
  ASSERT_TRUE(rig.Until([&] { return rig.events.ended >= 2; }));
  EXPECT_EQ(rig.events.started, 0);
  EXPECT_THAT(rig.events.last_ending, HasSubstr("cannot start /no/such/program: No such file"));
}

TEST_F(PluginProgramTest, LivesWithinItsLimitsAndWithoutOurEnvironment) {
  auto spec = Program({"/bin/sh", "-c", "ulimit -n; env | sort; exit 3"});
  spec.process->limits.open_files = 37;
  PluginRig rig({spec});
  ASSERT_TRUE(rig.Until([&] { return rig.events.ended >= 1; }));
  EXPECT_THAT(rig.events.last_ending, HasSubstr("code 3"));
  const std::lock_guard lock(rig.events.mutex);
  EXPECT_THAT(rig.events.lines, Contains("37"));
  EXPECT_THAT(rig.events.lines, Contains(HasSubstr("INSTANCED_PLUGIN_ADDRESS=unix:")));
  EXPECT_THAT(rig.events.lines, testing::Not(Contains(HasSubstr("USER="))));
}

TEST_F(PluginProgramTest, ThatTalksTooMuchIsCutShort) {
  PluginRig rig({Program({"/bin/sh", "-c",
                          "i=0; while [ $i -lt 2000 ]; do echo line; "
                          "i=$((i+1)); done"})});
  ASSERT_TRUE(rig.Until([&] { return rig.events.ended >= 1; }));
  const std::lock_guard lock(rig.events.mutex);
  EXPECT_LE(rig.events.lines.size(), 510U);
  EXPECT_THAT(rig.events.lines, Contains("1500 lines left out"));
}

// What SIGHUP does with another list.
using PluginListTest = PluginProgramTest;

TEST_F(PluginListTest, WhatIsTheSameGoesOnUntouched) {
  PluginRig rig({Program({TEST_PLUGIN_PROGRAM})});
  ASSERT_TRUE(rig.Until([&] { return rig.IsThere("boxes"); }));
  rig.connector->Configure({Program({TEST_PLUGIN_PROGRAM}), SpecAt("tapes", "unix:/nowhere.sock")});
  EXPECT_TRUE(rig.IsThere("boxes"));
  ASSERT_TRUE(rig.Until([&] { return rig.events.lost > 0; })) << "the new one is greeted";
  EXPECT_EQ(rig.events.started, 1);
  EXPECT_THAT(rig.connector->Names(), testing::ElementsAre("boxes", "tapes"));
}

TEST_F(PluginListTest, AChangedProgramStartsWhenTheOldOneHasEnded) {
  PluginRig rig({Program({TEST_PLUGIN_PROGRAM})});
  ASSERT_TRUE(rig.Until([&] { return rig.IsThere("boxes"); }));
  const int old = rig.events.pid;
  const auto provider = rig.Provider("boxes");
  rig.connector->Configure({Program({TEST_PLUGIN_PROGRAM, "--scope", "another"})});
  EXPECT_FALSE(rig.IsThere("boxes"));
  ASSERT_TRUE(rig.Until([&] { return rig.IsThere("boxes"); }));
  EXPECT_FALSE(Runs(old));
  EXPECT_EQ(rig.connector->Connect("boxes")->domain.region, "another");
  EXPECT_EQ(rig.events.ended, 0) << "it was stopped, it did not fail";
  // Whoever still has the old connection may use it: it fails or works, and harms nothing.
  (void)rig.Do(provider->Observe(rig.Context(), "box-1"));
  // Twice in a row, before anything could end.
  rig.connector->Configure({Program({TEST_PLUGIN_PROGRAM, "--scope", "third"})});
  rig.connector->Configure({Program({TEST_PLUGIN_PROGRAM, "--scope", "fourth"})});
  ASSERT_TRUE(rig.Until([&] { return rig.IsThere("boxes"); }));
  EXPECT_EQ(rig.connector->Connect("boxes")->domain.region, "fourth");
}

TEST_F(PluginListTest, OneThatLeftIsStoppedAndNamedAsUnknown) {
  PluginRig rig({Program({TEST_PLUGIN_PROGRAM})});
  ASSERT_TRUE(rig.Until([&] { return rig.IsThere("boxes"); }));
  const int pid = rig.events.pid;
  rig.connector->Configure({});
  EXPECT_THAT(rig.events.removed, testing::ElementsAre("boxes"));
  EXPECT_EQ(rig.connector->Connect("boxes").error().code, "NoSuchPlugin");
  EXPECT_TRUE(rig.Until([&] { return !Runs(pid); }));
  rig.connector->Configure({Program({TEST_PLUGIN_PROGRAM})});
  EXPECT_TRUE(rig.Until([&] { return rig.IsThere("boxes"); })) << "and comes again";
}

class PluginTlsTest : public testing::Test {
 protected:
  PluginTlsTest() : server_(authority_.Issue("DNS:plugin.test")) {
    test_plugin::TestPluginOptions options;
    options.address = "127.0.0.1:0";
    options.ca = authority_.ca_pem();
    options.certificate = server_.cert_pem;
    options.key = server_.key_pem;
    plugin_ = std::make_unique<TestPlugin>(options);
  }
  PluginSpec SpecWith(const TestAuthority& issuer) const {
    auto spec = SpecAt("boxes", "127.0.0.1:" + std::to_string(plugin_->port()));
    const auto us = issuer.Issue("DNS:daemon.test");
    spec.target.tls = ChannelTls{authority_.ca_pem(), us.cert_pem, us.key_pem, "plugin.test"};
    return spec;
  }
  TestAuthority authority_;
  Identity server_;
  std::unique_ptr<TestPlugin> plugin_;
};

TEST_F(PluginTlsTest, BothSidesProveWhoTheyAre) {
  PluginRig rig({SpecWith(authority_)});
  EXPECT_TRUE(rig.Until([&] { return rig.IsThere("boxes"); }));
}

TEST_F(PluginTlsTest, AStrangersCertificateOpensNothing) {
  const TestAuthority stranger;
  PluginRig rig({SpecWith(stranger)});
  ASSERT_TRUE(rig.Until([&] { return rig.events.lost > 0; }));
  EXPECT_FALSE(rig.IsThere("boxes"));
}

}  // namespace
}  // namespace instanced::plugin
