// Every fault the simulated clouds can make: the class it is given, what the object's decision
// and conditions say meanwhile, and that in the end there is exactly one instance as declared.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>

#include "tests/e2e/reasons_seen.h"
#include "tests/e2e/site.h"

namespace instanced::e2e {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

struct FaultRow {
  const char* name;  // of the object, so that the rule strikes its create alone
  int kind;          // see ManifestOf
  Json rule;
  const char* error;  // the class in the history; empty: nothing fails
  const char* shown;  // how the decision meanwhile begins
};

constexpr int kConnect = 0, kScn = 1, kCcc = 2, kBot = 3;

// Recovery comes by itself.
std::vector<FaultRow> PassingFaults() {
  return {
      {"throttle-a",
       kConnect,
       {{"action", "throttle"}, {"count", 2}},
       "Throttled",
       "Wait Throttled"},
      {"throttle-b", kCcc, {{"action", "throttle"}, {"count", 2}}, "Throttled", "Wait Throttled"},
      {"error5xx-a", kConnect, {{"action", "5xx"}}, "InDoubt", "Wait InDoubt"},
      {"error5xx-b", kScn, {{"action", "5xx"}, {"effect", "after"}}, "InDoubt", "Wait InDoubt"},
      {"error5xx-c", kCcc, {{"action", "5xx"}, {"effect", "after"}}, "InDoubt", "Wait InDoubt"},
      {"error5xx-d", kBot, {{"action", "5xx"}}, "InDoubt", "Wait InDoubt"},
      {"inside200-a",
       kCcc,
       {{"action", "http200-with-error"}, {"code", "InternalError"}},
       "InDoubt",
       "Wait InDoubt"},
      {"html-a", kScn, {{"action", "html-error"}, {"status", 503}}, "InDoubt", "Wait InDoubt"},
      {"html-b",
       kBot,
       {{"action", "html-error"}, {"status", 502}, {"effect", "after"}},
       "InDoubt",
       "Wait InDoubt"},
      {"xml-a", kConnect, {{"action", "xml-error"}, {"status", 500}}, "InDoubt", "Wait InDoubt"},
      {"xml-b", kCcc, {{"action", "xml-error"}, {"status", 500}}, "InDoubt", "Wait InDoubt"},
      {"malformed-a", kConnect, {{"action", "malformed-body"}}, "InDoubt", "Wait InDoubt"},
      {"malformed-b", kBot, {{"action", "malformed-body"}}, "InDoubt", "Wait InDoubt"},
      {"resetbefore-a", kConnect, {{"action", "reset-before-effect"}}, "InDoubt", "Wait InDoubt"},
      {"resetbefore-b", kCcc, {{"action", "reset-before-effect"}}, "InDoubt", "Wait InDoubt"},
      {"resetafter-a", kScn, {{"action", "reset-after-effect"}}, "InDoubt", "Wait InDoubt"},
      {"resetafter-b", kBot, {{"action", "reset-after-effect"}}, "InDoubt", "Wait InDoubt"},
      {"timeout-a", kConnect, {{"action", "timeout-after-effect"}}, "InDoubt", "Wait InDoubt"},
      {"timeout-b", kCcc, {{"action", "timeout-after-effect"}}, "InDoubt", "Wait InDoubt"},
      {"cuthead-a", kScn, {{"action", "close-mid-headers"}}, "InDoubt", "Wait InDoubt"},
      {"cutbody-a", kBot, {{"action", "truncated-body"}}, "InDoubt", "Wait InDoubt"},
      {"latency-a", kConnect, {{"action", "latency"}, {"milliseconds", 700}}, "", "Wait Creating"},
      {"slow-a", kScn, {{"action", "slow"}, {"milliseconds", 20}}, "", "Wait Creating"},
      {"strings-a", kBot, {{"action", "strings-for-scalars"}}, "", "Wait Creating"},
  };
}

// Stalled, until the cause is gone and somebody asks for another look.
std::vector<FaultRow> StallingFaults() {
  return {
      {"taken-a", kCcc, {{"action", "conflict"}}, "Taken", "Hold NameTaken"},
      {"taken-c", kScn, {{"action", "conflict"}}, "Taken", "Hold NameTaken"},
      {"taken-b", kBot, {{"action", "conflict"}}, "Taken", "Hold NameTaken"},
      {"quota-a",
       kScn,
       {{"action", "error-with-code"}, {"status", 402}, {"code", "ServiceQuotaExceededException"}},
       "Quota",
       "Hold QuotaExceeded"},
      {"invalid-a",
       kScn,
       {{"action", "error-with-code"}, {"status", 400}, {"code", "ValidationException"}},
       "Validation",
       "Hold Invalid"},
      {"unknown-a",
       kConnect,
       {{"action", "error-with-code"}, {"status", 400}, {"code", "NeverHeardOfException"}},
       "Terminal",
       "Hold TerminalError"},
      {"notoffered-a",
       kCcc,
       {{"action", "error-with-code"}, {"status", 404}, {"code", "InvalidAction.NotFound"}},
       "NotOffered",
       "Hold NotOffered"},
  };
}

Json ManifestFor(const FaultRow& row) { return ManifestOf(row.kind, row.name); }

void Arrange(const Site& site, const FaultRow& row, int count) {
  Json rule = row.rule;
  rule["id"] = row.name;
  rule["kind"] = "mutating";
  rule["contains"] = row.name;
  if (!rule.contains("count")) rule["count"] = count;
  const auto added = site.clouds().AddFault(rule);
  ASSERT_TRUE(added) << added.error();
  site.manifests().Write(ManifestFor(row));
}

bool Seen(const std::vector<Json>& history, const std::string& key, const char* member,
          const std::string& begin) {
  return std::ranges::any_of(history, [&](const Json& entry) {
    return entry.value("object", "") == key && entry.value(member, "").starts_with(begin);
  });
}

// A fault that never struck proves nothing.
std::vector<std::string> NotStruck(const Site& site) {
  const auto answer = site.clouds().Call("GET", "/control/faults");
  if (!answer || answer->value("faults", Json()).empty()) return {"there are no faults"};
  std::vector<std::string> names;
  for (const Json& rule : answer->at("faults")) {
    if (rule.value("struck", 0) == 0) names.push_back(rule.value("id", ""));
  }
  return names;
}

void ExpectRow(const std::vector<Json>& history, const FaultRow& row) {
  const auto key = KeyOf(ManifestFor(row));
  EXPECT_TRUE(Seen(history, key, "message", row.shown))
      << row.name << " never showed " << row.shown;
  if (*row.error == '\0') return;
  const bool classed = Seen(history, key, "result", row.error);
  EXPECT_TRUE(classed) << row.name << " has no failed call of class " << row.error;
  if (classed && Seen(history, key, "message", row.shown)) return;
  for (const Json& entry : history) {
    if (entry.value("object", "") == key) {
      std::cerr << "  " << entry.value("operation", "") << " " << entry.value("result", "") << " "
                << entry.value("code", "") << " " << entry.value("message", "") << "\n";
    }
  }
}

std::vector<Json> ManifestsOf(const std::vector<FaultRow>& rows) {
  std::vector<Json> manifests;
  for (const auto& row : rows) manifests.push_back(ManifestFor(row));
  return manifests;
}

TEST(Faults, PassingOnesAreNamedAndOvercomeWithOneInstanceEach) {
  Site site;
  const auto rows = PassingFaults();
  for (const auto& row : rows) Arrange(site, row, 1);
  site.StartDaemon();
  ReasonsSeen reasons;
  const auto settled = [&] {
    reasons.Look(site);
    return site.AllReady(ManifestsOf(rows));
  };
  EXPECT_EQ(WaitUntil(settled, 60), Waited::kReached);
  ExpectSettled(site, ManifestsOf(rows), 60);
  EXPECT_THAT(NotStruck(site), IsEmpty());
  const auto history = site.History();
  for (const auto& row : rows) {
    ExpectRow(history, row);
    reasons.Expect(KeyOf(ManifestFor(row)), std::string(row.shown).substr(5));
  }
  reasons.ExpectEachSeen();
  const auto metrics = site.Get(site.metrics_port(), "/metrics").value_or("");
  for (const char* result : {"Throttled", "InDoubt", "Success"}) {
    EXPECT_THAT(metrics, HasSubstr("class=\"" + std::string(result) + "\"")) << result;
  }
}

TEST(Faults, StallingOnesAreShownAndHealWhenTheCauseIsGone) {
  Site site;
  const auto rows = StallingFaults();
  for (const auto& row : rows) Arrange(site, row, 0);
  site.StartDaemon();
  const auto all_stalled = [&] {
    return std::ranges::all_of(rows, [&](const FaultRow& row) {
      const auto object = site.Object(ManifestFor(row));
      return object && object->Is("Stalled");
    });
  };
  EXPECT_EQ(WaitUntil(all_stalled, 20), Waited::kReached);
  EXPECT_THAT(NotStruck(site), IsEmpty());
  const auto history = site.History();
  for (const auto& row : rows) {
    ExpectRow(history, row);
    const auto reason = std::string(row.shown).substr(5);
    EXPECT_EQ(site.Object(ManifestFor(row))->ReasonOf("Stalled"), reason) << row.name;
  }
  EXPECT_EQ(site.CountEffects("created"), 0u);
  ASSERT_TRUE(site.clouds().ClearFaults());
  site.daemon().Signal(SIGHUP);
  ExpectSettled(site, ManifestsOf(rows), 30);
}

TEST(Faults, RefusedCredentialStallsAndHealsWithANewOne) {
  Site site;
  const auto manifest = ConnectManifest("desk");
  const auto other = OutboundBotManifest("robot");
  site.manifests().Write(manifest);
  site.manifests().Write(other);
  ASSERT_TRUE(site.clouds().AddFault({{"action", "expired-token"}, {"service", "connect"}}));
  site.StartDaemon();
  EXPECT_EQ(WaitUntil(
                [&] {
                  const auto object = site.Object(manifest);
                  return object && object->ReasonOf("Stalled") == "AuthFailed";
                },
                20),
            Waited::kReached);
  ExpectSettled(site, {other}, 20);
  const auto calls = site.LastCall();
  LetPass(1);
  EXPECT_LT(site.LastCall() - calls, 10) << "a refused credential is asked again and again";
  ASSERT_TRUE(site.clouds().ClearFaults());
  site.daemon().Signal(SIGHUP);
  ExpectSettled(site, {manifest, other});
}

TEST(Faults, BusyInstanceIsUpdatedWhenTheCloudAllowsIt) {
  Site site;
  auto manifest = SupplyChainManifest("stock");
  site.manifests().Write(manifest);
  site.StartDaemon();
  ExpectSettled(site, {manifest});
  ASSERT_TRUE(site.clouds().AddFault(
      {{"action", "conflict"}, {"service", "scn"}, {"kind", "mutating"}, {"count", 2}}));
  manifest["spec"]["forProvider"]["instanceDescription"] = "second words";
  site.manifests().Write(manifest);
  ExpectSettled(site, {manifest}, 40);
  const auto history = site.History();
  EXPECT_TRUE(Seen(history, KeyOf(manifest), "result", "Busy"));
  EXPECT_TRUE(Seen(history, KeyOf(manifest), "message", "Wait Busy"));
}

TEST(Faults, StateNobodyKnowsIsShownAsUnknown) {
  Site site;
  const auto manifest = SupplyChainManifest("stock");
  site.manifests().Write(manifest);
  site.StartDaemon();
  ExpectSettled(site, {manifest});
  ASSERT_TRUE(site.clouds().AddFault(
      {{"action", "wrong-state"}, {"service", "scn"}, {"state", "Hibernating"}}));
  EXPECT_EQ(
      WaitUntil([&] { return site.Object(manifest)->ReasonOf("Ready") == "UnknownState"; }, 20),
      Waited::kReached)
      << site.Object(manifest)->status;
  ASSERT_TRUE(site.clouds().ClearFaults());
  ExpectSettled(site, {manifest});
  EXPECT_EQ(site.Effects().size(), 1u);
}

TEST(Faults, FailedCreationIsReportedAndMadeAnewOnlyWhenAsked) {
  Site site;
  const auto alert = ConnectManifest("failing-a");
  auto recreate = SupplyChainManifest("failing-b");
  recreate["spec"]["onCreateFailed"] = "Recreate";
  for (const Json& manifest : {alert, recreate}) {
    ASSERT_TRUE(site.clouds().AddFault({{"action", "create-fails"},
                                        {"kind", "mutating"},
                                        {"count", 1},
                                        {"message", "no room"},
                                        {"service", ServiceOf(manifest)}}));
    site.manifests().Write(manifest);
  }
  site.StartDaemon();
  EXPECT_EQ(WaitUntil([&] { return site.AllReady({recreate}); }, 40), Waited::kReached);
  const auto failed = site.Object(alert);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->ReasonOf("Ready"), "CreateFailed");
  EXPECT_EQ(failed->ReasonOf("Stalled"), "CreateFailed");
  EXPECT_THAT(failed->MessageOf("Ready"), HasSubstr("no room"));
  EXPECT_EQ(site.OwnInstances("connect").size(), 1u);
}

TEST(Faults, NumberThatWasNotAttachedIsShownUntilSomebodyAttachesIt) {
  Site site;
  auto manifest = CallCenterManifest("calls");
  manifest["spec"]["forProvider"]["phoneNumbers"] = {"01012345678", "01012345679"};
  site.manifests().Write(manifest);
  ASSERT_TRUE(site.clouds().AddFault({{"action", "partial-create"}, {"kind", "mutating"}}));
  site.StartDaemon();
  const auto stalled = [&] {
    const auto object = site.Object(manifest);
    return object && object->ReasonOf("Stalled") == "DriftNotRepairable";
  };
  ASSERT_EQ(WaitUntil(stalled, 20), Waited::kReached) << site.Object(manifest)->status;
  LetPass(1.5);  // further looks do not forget it
  ASSERT_TRUE(stalled());
  const auto object = site.Object(manifest);
  EXPECT_TRUE(object->Is("Ready"));
  EXPECT_THAT(object->MessageOf("Stalled"), HasSubstr("01012345678"));
  const auto seen = object->status["atProvider"];
  ASSERT_EQ(seen["phoneNumbers"].size(), 1u) << seen;
  EXPECT_EQ(seen["phoneNumbers"][0].value("number", ""), "01012345679");
  EXPECT_EQ(seen["createWarnings"]["failPhoneNumbers"][0].value("number", ""), "01012345678");
  EXPECT_TRUE(Seen(site.History(), KeyOf(manifest), "message", "Hold DriftNotRepairable"));
  ASSERT_TRUE(
      site.clouds().Drift({{"service", "ccc"},
                           {"id", object->external_name()},
                           {"fields", {{"PhoneNumbers", {"01012345679", "01012345678"}}}}}));
  // Who added it in the console need not wait for the next look.
  EXPECT_EQ(site.Instancectl({"reconcile", KeyOf(manifest)}).ending.exit_code, 0);
  ExpectSettled(site, {manifest});
  EXPECT_FALSE(site.Object(manifest)->status["atProvider"].contains("createWarnings"));
  EXPECT_EQ(site.Effects().size(), 1u);
}

TEST(Faults, FailedDeletionIsReported) {
  Site site;
  const auto manifest = SupplyChainManifest("stock");
  const auto other = SupplyChainManifest("stock2");
  site.manifests().Write(manifest);
  site.manifests().Write(other);
  site.StartDaemon();
  ExpectSettled(site, {manifest, other});
  ASSERT_TRUE(site.clouds().AddFault(
      {{"action", "delete-fails"}, {"kind", "mutating"}, {"count", 1}, {"message", "in use"}}));
  site.manifests().Remove(manifest);
  EXPECT_EQ(WaitUntil(
                [&] {
                  const auto object = site.Object(manifest);
                  return object && object->ReasonOf("Ready") == "DeleteFailed";
                },
                20),
            Waited::kReached);
  EXPECT_EQ(site.OwnInstances("scn").size(), 2u);
  // It was struck once; the next try succeeds.
  ExpectSettled(site, {other}, 60);
  EXPECT_EQ(site.OwnInstances("scn").size(), 1u);
}

// Reads of objects that are ready. What cannot be seen is neither gone nor different.
std::vector<FaultRow> ReadingFaults() {
  return {
      {"r-throttle", kConnect, {{"action", "throttle"}}, "Throttled", ""},
      {"r-error5xx-a", kConnect, {{"action", "5xx"}}, "Transient", ""},
      {"r-error5xx-b", kScn, {{"action", "5xx"}}, "Transient", ""},
      {"r-html", kScn, {{"action", "html-error"}, {"status", 503}}, "Transient", ""},
      {"r-xml", kConnect, {{"action", "xml-error"}, {"status", 500}}, "Transient", ""},
      {"r-malformed", kScn, {{"action", "malformed-body"}}, "Transient", ""},
      {"r-reset", kConnect, {{"action", "reset-before-effect"}}, "Transient", ""},
      {"r-timeout", kScn, {{"action", "timeout-after-effect"}}, "Transient", ""},
      {"r-cuthead", kConnect, {{"action", "close-mid-headers"}}, "Transient", ""},
      {"r-cutbody", kScn, {{"action", "truncated-body"}}, "Transient", ""},
      {"r-unknown",
       kScn,
       {{"action", "error-with-code"}, {"status", 404}, {"code", "UnknownOperationException"}},
       "Terminal",
       ""},
      {"r-slow", kConnect, {{"action", "slow"}, {"milliseconds", 20}}, "", ""},
  };
}

TEST(Faults, OfReadsChangeNothingAndPass) {
  Site site;
  const auto rows = ReadingFaults();
  for (const auto& row : rows) site.manifests().Write(ManifestFor(row));
  site.StartDaemon();
  ExpectSettled(site, ManifestsOf(rows), 60);
  const auto calls = site.LastCall();
  std::map<std::string, std::string> bound;
  for (const auto& row : rows) {
    Json rule = row.rule;
    bound[row.name] = site.Object(ManifestFor(row))->external_name();
    rule.update(
        {{"id", row.name}, {"kind", "reading"}, {"contains", bound[row.name]}, {"count", 2}});
    ASSERT_TRUE(site.clouds().AddFault(rule));
  }
  const auto unclassed = [&] {
    std::vector<std::string> names;
    const auto history = site.History();
    for (const auto& row : rows) {
      const bool fails = *row.error != '\0';
      if (fails && !Seen(history, KeyOf(ManifestFor(row)), "result", row.error)) {
        names.push_back(row.name);
      }
    }
    return names;
  };
  WaitUntil([&] { return NotStruck(site).empty() && unclassed().empty(); }, 60);
  EXPECT_THAT(NotStruck(site), IsEmpty());
  EXPECT_THAT(unclassed(), IsEmpty());
  ASSERT_TRUE(site.clouds().ClearFaults());
  site.daemon().Signal(SIGHUP);
  ExpectSettled(site, ManifestsOf(rows), 60);
  EXPECT_THAT(site.Effects(calls), IsEmpty());
  for (const auto& row : rows) {
    EXPECT_EQ(site.Object(ManifestFor(row))->external_name(), bound[row.name]) << row.name;
  }
}

// Lists stand in for reads where they say as much.
TEST(Faults, OfListsChangeNothingAndPass) {
  Site site;
  const std::vector<Json> manifests{CallCenterManifest("calls"), OutboundBotManifest("robot")};
  for (const Json& manifest : manifests) site.manifests().Write(manifest);
  site.StartDaemon();
  ExpectSettled(site, manifests);
  const auto calls = site.LastCall();
  for (const char* action : {"5xx", "throttle", "malformed-body", "reset-before-effect"}) {
    SCOPED_TRACE(action);
    for (const char* service : {"ccc", "outboundbot"}) {
      ASSERT_TRUE(site.clouds().AddFault({{"id", service},
                                          {"action", action},
                                          {"kind", "reading"},
                                          {"service", service},
                                          {"contains", "ListInstances"},
                                          {"count", 2}}));
    }
    EXPECT_EQ(WaitUntil([&] { return NotStruck(site).empty(); }, 60), Waited::kReached)
        << testing::PrintToString(NotStruck(site));
    ASSERT_TRUE(site.clouds().ClearFaults());
    ExpectSettled(site, manifests, 60);
  }
  EXPECT_THAT(site.Effects(calls), IsEmpty());
  const auto history = site.History();
  for (const Json& manifest : manifests) {
    EXPECT_TRUE(Seen(history, KeyOf(manifest), "operation", ServiceOf(manifest) + ":ListInstances"))
        << KeyOf(manifest);
    EXPECT_TRUE(Seen(history, KeyOf(manifest), "result", "Throttled")) << KeyOf(manifest);
    EXPECT_TRUE(Seen(history, KeyOf(manifest), "result", "Transient")) << KeyOf(manifest);
  }
}

// Two accounts; the one that the cloud throttles must not slow the other.
TEST(Faults, ThrottlingSlowsOnlyTheAccountThatIsThrottled) {
  Site site;
  std::ofstream(site.folder() / "second")
      << "[default]\naws_access_key_id = " << AwsTwo().access_key
      << "\naws_secret_access_key = " << AwsTwo().secret << "\n";
  Json second = ProviderConfigManifest("second", site.url(), AwsTwo(), AlibabaTwo());
  second["spec"]["aws"]["credentials"] = {
      {"file", {{"path", (site.folder() / "second").string()}}}};
  site.manifests().Write(second);
  std::vector<Json> slow, fast;
  for (int number = 0; number < 5; ++number) {
    slow.push_back(ConnectManifest("slow" + std::to_string(number)));
    fast.push_back(ConnectManifest("fast" + std::to_string(number)));
    fast.back()["spec"]["providerConfigRef"] = "second";
    site.manifests().Write(slow.back());
    site.manifests().Write(fast.back());
  }
  ASSERT_TRUE(site.clouds().AddFault(
      {{"action", "throttle"}, {"service", "connect"}, {"account", AwsOne().account}}));
  site.StartDaemon();
  EXPECT_EQ(WaitUntil([&] { return site.AllReady(fast); }, 15), Waited::kReached);
  EXPECT_FALSE(site.AllReady({slow[0]}));
  ASSERT_TRUE(site.clouds().ClearFaults());
  auto all = slow;
  all.insert(all.end(), fast.begin(), fast.end());
  ExpectSettled(site, all, 60);
  for (const auto& call : site.clouds().Calls()) {
    EXPECT_FALSE(call.account == AwsTwo().account && call.status == 429) << call.operation;
  }
}

}  // namespace
}  // namespace instanced::e2e
