// The states that clouds, accounts and the daemon's own record bring about: what `instancectl
// explain` quotes for each, and that the step it names ends it.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>

#include "tests/e2e/explaining.h"

namespace instanced::e2e {
namespace {

constexpr const char* kReconcile = "instancectl reconcile ";

class ExplainCloud : public Explain {
 protected:
  using Explain::Explain;

  // A ProviderConfig of accounts that no other object of the test uses.
  Json OtherAccounts(const std::string& name) {
    const auto keys = site_.folder() / (name + "-keys");
    std::ofstream(keys) << "[default]\naws_access_key_id = " << AwsTwo().access_key
                        << "\naws_secret_access_key = " << AwsTwo().secret << "\n";
    Json config = ProviderConfigManifest(name, site_.url(), AwsTwo(), AlibabaOne());
    config["spec"]["aws"]["credentials"] = {{"file", {{"path", keys.string()}}}};
    return config;
  }
  void SetState(const Json& manifest, const std::string& state) {
    EXPECT_TRUE(site_.clouds().Drift(
        {{"service", ServiceOf(manifest)}, {"id", IdOf(manifest)}, {"state", state}}));
  }
  std::function<void(const std::string&)> CommandAfterState(const Json& manifest) {
    return CommandAfter([this, manifest] { SetState(manifest, ""); });
  }
  std::function<void(const std::string&)> CommandWithout(const std::string& fault) {
    return CommandAfter([this, fault] { EXPECT_TRUE(site_.clouds().RemoveFault(fault)); });
  }
  std::function<void(const std::string&)> Rewrite(const Json& manifest) {
    return [this, manifest](const std::string&) { Write(manifest); };
  }
  void Settle(const std::vector<Json>& manifests) {
    for (const Json& manifest : manifests) Write(manifest);
    ASSERT_EQ(WaitUntil([&] { return site_.AllReady(manifests); }, 30), Waited::kReached);
  }
};

TEST_F(ExplainCloud, WhatTheInstanceIsIn) {
  const auto stopped = CallCenterManifest("stopped");
  const auto odd = SupplyChainManifest("odd");
  const auto leaving = SupplyChainManifest("leaving");
  const auto fixed = ConnectManifest("fixed");
  auto flapping = SupplyChainManifest("flapping");
  auto busy = SupplyChainManifest("busy");
  const auto unread = SupplyChainManifest("unread");
  site_.StartDaemon();
  Settle({stopped, odd, leaving, fixed, flapping, busy, unread});
  SetState(stopped, "STOPPED");
  SetState(odd, "Hibernating");
  SetState(leaving, "Deleting");
  Fault({{"id", "flap"}, {"action", "changed-back"}, {"contains", "flapping words"}});
  Fault({{"id", "busy"}, {"action", "conflict"}, {"contains", "busy words"}});
  Fault({{"id", "unread"}, {"action", "5xx"}, {"kind", "reading"}, {"instance", IdOf(unread)}});
  flapping["spec"]["forProvider"]["instanceDescription"] = "flapping words";
  busy["spec"]["forProvider"]["instanceDescription"] = "busy words";
  auto moved = fixed;
  moved["spec"]["forProvider"]["instanceAlias"] = "another-alias";
  for (const Json& manifest : {flapping, busy, moved}) Write(manifest);
  ExpectEachIsExplainedAndLeft({
      {"Suspended", stopped, "command", kReconcile, CommandAfterState(stopped), "STOPPED"},
      {"UnknownState", odd, "command", kReconcile, CommandAfterState(odd), "Hibernating"},
      {"Progressing", leaving, "command", kReconcile, CommandAfterState(leaving), "Deleting"},
      {"ImmutableField", moved, "field", "spec.forProvider", Rewrite(fixed),
       "spec.replacePolicy is Hold"},
      {"FlappingDiff", flapping, "command", kReconcile, CommandWithout("flap"), "equal updates"},
      {"Busy", busy, "command", kReconcile, CommandWithout("busy"), "scn:UpdateInstance"},
      {"TransientError", unread, "command", kReconcile, CommandWithout("unread"), "scn:Observe"},
  });
}

TEST_F(ExplainCloud, WhatTheAccountIsIn) {
  auto wrong = OtherAccounts("astray");
  const auto right = wrong;
  wrong["spec"]["aws"]["endpoints"]["connect"] = site_.url() + "/typo";
  auto mute = ProviderConfigManifest("mute", site_.url(), AwsOne(), AlibabaOne());
  const auto heard = mute;
  mute["spec"]["aws"]["endpoints"]["sts"] = "http://127.0.0.1:" + std::to_string(FreePort());
  auto narrow = ProviderConfigManifest("default", site_.url(), AwsOne(), AlibabaOne());
  auto wide = narrow;
  wide["spec"]["budgets"]["outboundbot:CreateInstance"] = {{"perSecond", 500}, {"burst", 100}};
  narrow["spec"]["budgets"]["outboundbot:CreateInstance"] = {{"perSecond", 0.001}, {"burst", 1}};
  auto astray = ConnectManifest("astray");
  astray["spec"]["providerConfigRef"] = "astray";
  auto unverified = SupplyChainManifest("unverified");
  unverified["spec"]["providerConfigRef"] = "mute";
  const auto throttled = SupplyChainManifest("throttled");
  Fault({{"id", "slow"}, {"action", "throttle"}, {"kind", "mutating"}, {"contains", "throttled"}});
  for (const Json& manifest : {wrong, mute, narrow, astray, unverified, throttled}) Write(manifest);
  site_.StartDaemon();
  Settle({OutboundBotManifest("first")});
  // One in about twenty seconds is the least a rate falls to; the last waits its turn behind three.
  const auto last = OutboundBotManifest("z-last");
  for (const Json& manifest : {OutboundBotManifest("second"), OutboundBotManifest("third"),
                               OutboundBotManifest("u-fourth"), last}) {
    Write(manifest);
  }
  ExpectEachIsExplainedAndLeft({
      {"WaitingForBudget", last, "field", "ProviderConfig spec.budgets", Rewrite(wide),
       "outboundbot:CreateInstance"},
      {"TerminalError", astray, "field", "ProviderConfig spec", Rewrite(right),
       "UnknownOperationException"},
      {"AccountUnverified", unverified, "field", "ProviderConfig spec.*.endpoints.sts",
       Rewrite(heard), "GetCallerIdentity"},
      {"Throttled", throttled, "command", kReconcile, CommandWithout("slow"), "scn:CreateInstance"},
  });
}

// Its create is cut off before the cloud has done anything, and somebody else takes the alias.
TEST_F(ExplainCloud, WhatDoesNotFitTogether) {
  const auto torn = ConnectManifest("torn");
  for (const char* action : {"hold", "reset-before-effect"}) {
    Fault({{"action", action}, {"kind", "mutating"}, {"contains", "torn-alias"}, {"count", 1}});
  }
  Write(torn);
  site_.StartDaemon();
  cloudsim::CallFilter held;
  held.phase = "held";
  ASSERT_TRUE(site_.clouds().Wait(held, 20'000));
  const auto id = Foreign({{"service", "connect"},
                           {"account", AwsOne().account},
                           {"fields", {{"InstanceAlias", "torn-alias"}}}});
  site_.clouds().Release();
  ExpectEachIsExplainedAndLeft({
      {"Contradiction", torn, "field", "spec.externalName", Edit(torn, "/spec/externalName", id),
       "attempt 1 with token"},
  });
}

class ExplainWaits : public ExplainCloud {
 protected:
  ExplainWaits() : ExplainCloud({.flags = {"--poll-in-transition", "60s"}}) {}
};

// Nothing looks again for a minute, so that it is the step that ends each state.
TEST_F(ExplainWaits, WhatGoesOnByItself) {
  const auto created = ConnectManifest("created");
  auto replaced = ConnectManifest("replaced");
  replaced["spec"]["replacePolicy"] = "Recreate";
  auto updated = SupplyChainManifest("updated");
  const auto removed = SupplyChainManifest("removed");
  const auto spare = SupplyChainManifest("spare");
  for (const Json& manifest : {replaced, updated, removed, spare}) Write(manifest);
  site_.StartDaemon();
  for (const Json& manifest : {replaced, updated, removed, spare}) {
    ASSERT_TRUE(Becomes(manifest, "Creating"));
    LetPass(0.3);
    Obey(site_, kReconcile + KeyOf(manifest));
    ASSERT_TRUE(Becomes(manifest, "Available"));
  }
  replaced["spec"]["forProvider"]["instanceAlias"] = "newer-alias";
  updated["spec"]["forProvider"]["instanceDescription"] = "newer words";
  for (const Json& manifest : {replaced, updated, created}) Write(manifest);
  site_.manifests().Remove(removed);
  ASSERT_EQ(WaitUntil([&] { return site_.CountEffects("deleted") == 2; }, 30), Waited::kReached);
  LetPass(0.3);
  ExpectEachIsExplainedAndLeft({
      {"Creating", created, "command", kReconcile, Command(), "Creating"},
      {"Updating", updated, "command", kReconcile, Command(), "Update"},
      {"Replacing", replaced, "command", kReconcile, Command(), "Replace, recorded"},
      {"Deleting", removed, "command", kReconcile, Command(), "Deleting"},
  });
}

class ExplainSlowClouds : public ExplainCloud {
 protected:
  ExplainSlowClouds() : ExplainCloud({.flags = {"--consistency-window", "40s"}}) {}
};

TEST_F(ExplainSlowClouds, WhatIsNotKnownYetAndWhatCouldNotBeDeleted) {
  const auto stuck = SupplyChainManifest("stuck");
  const auto other = SupplyChainManifest("other");
  const auto doubtful = OutboundBotManifest("doubtful");
  site_.StartDaemon();
  Settle({stuck, other});
  ASSERT_TRUE(site_.clouds().ChangeSettings({{"list_lag_ms", 600'000}}));
  Fault({{"action", "timeout-after-effect"}, {"contains", "doubtful"}, {"kind", "mutating"}});
  Fault({{"id", "stuck"}, {"action", "delete-fails"}, {"kind", "mutating"}, {"message", "in use"}});
  Write(doubtful);
  site_.manifests().Remove(stuck);
  ASSERT_EQ(WaitUntil([&] { return site_.OwnInstances("outboundbot").size() == 1; }, 20),
            Waited::kReached);
  const auto id = site_.OwnInstances("outboundbot")[0].value("id", "");
  ExpectEachIsExplainedAndLeft({
      {"DeleteFailed", stuck, "command", kReconcile, CommandWithout("stuck"), "DeleteFailed"},
      {"InDoubt", doubtful, "field", "spec.externalName", Edit(doubtful, "/spec/externalName", id),
       "attempt 1 with token"},
  });
}

class ExplainOneAtATime : public ExplainCloud {
 protected:
  ExplainOneAtATime() : ExplainCloud({.flags = {"--max-in-flight", "1"}}) {}
};

// Whoever asks for an object has it looked at before the others.
TEST_F(ExplainOneAtATime, WhatWasNotLookedAtYetAndWhatIsOnlyLookedAt) {
  auto watched = ConnectManifest("watched");
  watched["spec"]["externalName"] = Foreign({{"service", "connect"},
                                             {"account", AwsOne().account},
                                             {"fields", {{"InstanceAlias", "watched-alias"}}}});
  auto managed = watched;
  watched["spec"]["managementPolicies"] = {"Observe"};
  managed["spec"]["managementPolicies"] = {"Observe", "Create", "Update", "Delete"};
  Write(watched);
  site_.StartDaemon();
  ExpectEachIsExplainedAndLeft({
      {"ObserveOnly", watched, "field", "spec.managementPolicies",
       [&](const std::string&) { Write(managed); }, "spec.managementPolicies: [Observe]"},
  });
  ASSERT_EQ(WaitUntil([&] { return site_.AllReady({managed}); }, 20), Waited::kReached);

  const auto first = OutboundBotManifest("first");
  Fault({{"action", "hold"}, {"kind", "mutating"}, {"contains", "first"}, {"count", 1}});
  Write(first);
  cloudsim::CallFilter held;
  held.phase = "held";
  ASSERT_TRUE(site_.clouds().Wait(held, 20'000));
  const auto next = SupplyChainManifest("next");
  Write(next);
  ExpectEachIsExplainedAndLeft({
      {"Pending", next, "command", kReconcile,
       [&](const std::string& command) {
         Obey(site_, command);
         EXPECT_GE(site_.clouds().Release(), 1u);
       },
       "no pass has decided anything yet"},
  });
}

class ExplainChurn : public ExplainCloud {
 protected:
  ExplainChurn() : ExplainCloud({.flags = {"--churn-limit", "2"}}) {}
};

TEST_F(ExplainChurn, WhatTheLedgerRefuses) {
  site_.StartDaemon();
  Settle({ConnectManifest("first")});
  const auto refused = ConnectManifest("refused");
  Write(refused);
  ExpectEachIsExplainedAndLeft({
      {"ChurnBudget", refused, "field", "spec.externalName",
       [&](const std::string&) {
         const auto id = Foreign({{"service", "connect"},
                                  {"account", AwsOne().account},
                                  {"fields", {{"InstanceAlias", "refused-alias"}}}});
         Edit(refused, "/spec/externalName", id)("");
       },
       "ledger of creates and deletes"},
  });
  EXPECT_EQ(WaitUntil([&] { return site_.AllReady({refused}); }, 20), Waited::kReached);
  EXPECT_EQ(site_.OwnInstances("connect").size(), 1u);
}

// The state file may not grow beyond a limit, as on a full disk.
TEST_F(ExplainCloud, WhatCannotBeRecorded) {
  const auto robot = OutboundBotManifest("robot");
  site_.StartDaemon();
  Settle({robot});
  ASSERT_TRUE(site_.StopDaemon());
  site_.StartDaemon(std::filesystem::file_size(site_.state_file()) + 60'000);
  for (int number = 0; number < 40; ++number) {
    Write(OutboundBotManifest("filler-" + std::to_string(number)));
  }
  ExpectEachIsExplainedAndLeft({
      {"StoreUnavailable", robot, "command", kReconcile, CommandAfter([&] {
         const rlimit no_limit{RLIM_INFINITY, RLIM_INFINITY};
         ASSERT_EQ(prlimit(site_.daemon().pid(), RLIMIT_FSIZE, &no_limit, nullptr), 0);
       }),
       "the state file"},
  });
}

}  // namespace
}  // namespace instanced::e2e
