// `instancectl explain` of objects that are not in line: the reason, what stands behind it, and
// that the step it names, once taken, changes the state.
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>

#include "tests/e2e/explaining.h"

namespace instanced::e2e {
namespace {

TEST_F(Explain, WhatTheManifestDecides) {
  const auto taken = ConnectManifest("taken");
  const auto taken_id = Foreign({{"service", "connect"},
                                 {"account", AwsOne().account},
                                 {"fields", {{"InstanceAlias", "taken-alias"}}}});
  const auto holder = ConnectManifest("holder");
  auto second = ConnectManifest("second");
  second["spec"]["forProvider"]["instanceAlias"] = "holder-alias";
  auto nowhere = SupplyChainManifest("nowhere");
  nowhere["spec"]["externalName"] = "0b1f3a52-6d3f-4b0e-9a51-0d9a6a2f6a10";
  auto unconfigured = SupplyChainManifest("unconfigured");
  unconfigured["spec"]["providerConfigRef"] = "absent";
  auto misconfigured = SupplyChainManifest("misconfigured");
  misconfigured["spec"]["providerConfigRef"] = "half";
  auto half = ProviderConfigManifest("half", site_.url(), AwsOne(), AlibabaOne());
  half["spec"].erase("aws");
  for (const Json& manifest : {taken, holder, second, nowhere, unconfigured, misconfigured, half}) {
    Write(manifest);
  }
  site_.StartDaemon();
  const auto give = [this](const char* name) {
    return [this, name](const std::string&) {
      Write(ProviderConfigManifest(name, site_.url(), AwsOne(), AlibabaOne()));
    };
  };
  Json found = nowhere;
  found["spec"].erase("externalName");
  ExpectEachIsExplainedAndLeft({
      {"NameTaken", taken, "field", "spec.forProvider",
       Edit(taken, "/spec/externalName", taken_id)},
      {"AlreadyClaimed", second, "field", "spec.forProvider",
       Edit(second, "/spec/forProvider/instanceAlias", "second-alias")},
      {"NotFound", nowhere, "field", "spec.externalName",
       [this, found](const std::string&) { Write(found); }},
      {"ProviderConfigMissing", unconfigured, "field", "spec.providerConfigRef", give("absent")},
      {"ProviderConfigInvalid", misconfigured, "field", "ProviderConfig spec", give("half")},
  });
}

TEST_F(Explain, WhatThePersonDecides) {
  const auto foreign = ConnectManifest("foreign");
  Foreign({{"service", "connect"},
           {"account", AwsOne().account},
           {"fields", {{"InstanceAlias", "foreign-alias"}}},
           {"tags",
            {{"instanced.dev/owner", "others/ConnectInstance/default/foreign"},
             {"instanced.dev/uid", "0b1f3a52-6d3f-5b0e-9a51-0d9a6a2f6a10"}}}});
  auto elsewhere = SupplyChainManifest("elsewhere");
  elsewhere["spec"]["providerConfigRef"] = "other";
  const auto paused = SupplyChainManifest("paused");
  auto kept = CallCenterManifest("kept");
  kept["spec"]["preventDestroy"] = true;
  const std::vector<Json> bots{OutboundBotManifest("bot-a"), OutboundBotManifest("bot-b")};
  for (const Json& manifest : {foreign, elsewhere, paused, kept, bots[0], bots[1]}) Write(manifest);
  Write(ProviderConfigManifest("other", site_.url(), AwsTwo(), AlibabaOne()));
  site_.StartDaemon();
  ExpectSettled(site_, {paused, kept, bots[0], bots[1]});
  Obey(site_, "instancectl pause " + KeyOf(paused));
  for (const Json& manifest : {kept, bots[0], bots[1]}) site_.manifests().Remove(manifest);
  ExpectEachIsExplainedAndLeft({
      {"ForeignOwner", foreign, "command", "instancectl approve ", Command()},
      {"AccountMismatch", elsewhere, "command", "instancectl approve ", Command()},
      {"Paused", paused, "command", "instancectl resume ", Command()},
      {"PreventDestroy", kept, "field", "spec.preventDestroy: false",
       Edit(kept, "/spec/preventDestroy", false)},
      {"AwaitingApproval", bots[0], "command", "instancectl approve ", Command()},
  });
  EXPECT_EQ(WaitUntil([&] { return !site_.Object(bots[0]) && !site_.Object(bots[1]); }, 20),
            Waited::kReached);
}

TEST_F(Explain, WhatTheCloudSays) {
  const auto keys = site_.folder() / "keys";
  const auto write_keys = [keys](const std::string& secret) {
    std::ofstream(keys) << "[default]\naws_access_key_id = " << AwsOne().access_key
                        << "\naws_secret_access_key = " << secret << "\n";
  };
  write_keys("not-the-secret");
  Json config = ProviderConfigManifest("keys", site_.url(), AwsOne(), AlibabaOne());
  config["spec"]["aws"]["credentials"] = {{"file", {{"path", keys.string()}}}};
  Write(config);
  auto refused = SupplyChainManifest("refused");
  refused["spec"]["providerConfigRef"] = "keys";
  const auto missing = SupplyChainManifest("missing");
  const auto failing = ConnectManifest("failing");
  const auto full = SupplyChainManifest("full");
  auto wrong = SupplyChainManifest("wrong");
  wrong["spec"]["forProvider"]["instanceDescription"] = "badword";
  const auto closed = CallCenterManifest("closed");
  auto numbers = CallCenterManifest("numbers");
  numbers["spec"]["forProvider"]["phoneNumbers"] = {"01012345678"};
  const auto edited = OutboundBotManifest("edited");
  const auto closed_id = Foreign({{"service", "ccc"},
                                  {"account", AlibabaOne().account},
                                  {"fields",
                                   {{"Name", "closed"},
                                    {"DomainName", "made-in-the-console"},
                                    {"StorageMaxDays", 30},
                                    {"StorageMaxSize", 100}}}});
  const auto strike = [this](const char* name, Json rule) {
    rule.update({{"kind", "mutating"}, {"contains", name}});
    Fault(rule);
  };
  strike("failing", {{"action", "create-fails"}, {"count", 1}, {"message", "no room"}});
  strike(
      "full",
      {{"action", "error-with-code"}, {"status", 402}, {"code", "ServiceQuotaExceededException"}});
  strike("badword",
         {{"action", "error-with-code"}, {"status", 400}, {"code", "ValidationException"}});
  strike("closed-domain",
         {{"action", "error-with-code"}, {"status", 404}, {"code", "InvalidAction.NotFound"}});
  strike("numbers", {{"action", "partial-create"}});
  for (const Json& manifest : {refused, missing, failing, full, wrong, closed, numbers, edited}) {
    Write(manifest);
  }
  site_.StartDaemon();
  ASSERT_EQ(WaitUntil([&] { return site_.AllReady({missing, edited}); }, 30), Waited::kReached);
  ASSERT_TRUE(site_.clouds().Vanish("scn", site_.Object(missing)->external_name()));
  Json declared = numbers;
  declared["spec"]["forProvider"].erase("phoneNumbers");
  ExpectEachIsExplainedAndLeft({
      {"AuthFailed", refused, "command", "instancectl reconcile ",
       [&](const std::string& command) {
         write_keys(AwsOne().secret);
         site_.daemon().Signal(SIGHUP);
         Obey(site_, command);
       }},
      {"Missing", missing, "field", "spec.onMissing: Recreate",
       Edit(missing, "/spec/onMissing", "Recreate")},
      {"CreateFailed", failing, "field", "spec.onCreateFailed: Recreate",
       Edit(failing, "/spec/onCreateFailed", "Recreate")},
      {"Invalid", wrong, "field", "spec.forProvider",
       Edit(wrong, "/spec/forProvider/instanceDescription", "good words")},
      {"NotOffered", closed, "field", "spec.externalName",
       Edit(closed, "/spec/externalName", closed_id)},
      {"DriftNotRepairable", numbers, "field", "spec.forProvider",
       [this, declared](const std::string&) { Write(declared); }},
      {"QuotaExceeded", full, "command", "instancectl reconcile ",
       [this](const std::string& command) {
         ASSERT_TRUE(site_.clouds().ClearFaults());
         Obey(site_, command);
       }},
  });
}

}  // namespace
}  // namespace instanced::e2e
