// Faults that strike a deletion: the class each is given, what the object shows meanwhile, and that
// in the end its instance is gone and nothing else is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/e2e/reasons_seen.h"
#include "tests/e2e/site.h"

namespace instanced::e2e {
namespace {

struct DeleteFault {
  const char* name;  // of the object
  int kind;          // see ManifestOf
  Json rule;
  const char* error;  // the class in the history
  const char* shown;  // how the decision meanwhile begins
};

constexpr int kConnect = 0, kScn = 1, kCcc = 2, kBot = 3;

std::vector<DeleteFault> Faults() {
  return {
      {"throttle-a", kConnect, {{"action", "throttle"}}, "Throttled", "Wait Throttled"},
      {"throttle-b", kBot, {{"action", "throttle"}}, "Throttled", "Wait Throttled"},
      {"conflict-a", kScn, {{"action", "conflict"}}, "Busy", "Wait Busy"},
      {"error5xx-a", kConnect, {{"action", "5xx"}}, "InDoubt", "Wait InDoubt"},
      {"error5xx-b", kCcc, {{"action", "5xx"}, {"effect", "after"}}, "InDoubt", "Wait InDoubt"},
      {"error5xx-c", kScn, {{"action", "5xx"}, {"effect", "after"}}, "InDoubt", "Wait InDoubt"},
      {"html-a", kBot, {{"action", "html-error"}, {"status", 503}}, "InDoubt", "Wait InDoubt"},
      {"malformed-a", kCcc, {{"action", "malformed-body"}}, "InDoubt", "Wait InDoubt"},
      {"timeout-a", kConnect, {{"action", "timeout-after-effect"}}, "InDoubt", "Wait InDoubt"},
      {"timeout-b", kBot, {{"action", "timeout-after-effect"}}, "InDoubt", "Wait InDoubt"},
      {"resetbefore-a", kScn, {{"action", "reset-before-effect"}}, "InDoubt", "Wait InDoubt"},
      {"resetbefore-b", kCcc, {{"action", "reset-before-effect"}}, "InDoubt", "Wait InDoubt"},
      {"resetafter-a", kConnect, {{"action", "reset-after-effect"}}, "InDoubt", "Wait InDoubt"},
      {"resetafter-b", kBot, {{"action", "reset-after-effect"}}, "InDoubt", "Wait InDoubt"},
  };
}

bool Seen(const std::vector<Json>& history, const std::string& key, const char* member,
          const std::string& begin) {
  return std::ranges::any_of(history, [&](const Json& entry) {
    return entry.value("object", "") == key && entry.value(member, "").starts_with(begin);
  });
}

std::string Told(const std::vector<Json>& history, const std::string& key) {
  std::string text;
  for (const Json& entry : history) {
    if (entry.value("object", "") != key) continue;
    text += "  " + entry.value("operation", "") + " " + entry.value("result", "") + " " +
            entry.value("code", "") + " " + entry.value("message", "") + "\n";
  }
  return text;
}

TEST(DeleteFaults, AreNamedAndOvercomeAndDeleteNothingElse) {
  SiteOptions options;
  options.flags = {"--brake-count", "1000"};  // what leaves here is meant
  Site site(options);
  const auto faults = Faults();
  std::vector<Json> leaving, staying;
  for (int kind = 0; kind < 4; ++kind) {
    staying.push_back(ManifestOf(kind, "stay-" + std::to_string(kind)));
  }
  for (const auto& fault : faults) leaving.push_back(ManifestOf(fault.kind, fault.name));
  auto all = staying;
  all.insert(all.end(), leaving.begin(), leaving.end());
  for (const Json& manifest : all) site.manifests().Write(manifest);
  site.StartDaemon();
  ExpectSettled(site, all, 60);
  for (std::size_t at = 0; at < faults.size(); ++at) {
    Json rule = faults[at].rule;
    rule["operation"] = "DeleteInstance";
    rule["contains"] = site.Object(leaving[at])->external_name();
    rule["count"] = 1;
    const auto added = site.clouds().AddFault(rule);
    ASSERT_TRUE(added) << added.error();
  }
  for (const Json& manifest : leaving) site.manifests().Remove(manifest);
  ReasonsSeen reasons;
  const auto gone = [&] {
    reasons.Look(site);
    return std::ranges::none_of(
        leaving, [&](const Json& manifest) { return site.Object(manifest).has_value(); });
  };
  ASSERT_EQ(WaitUntil(gone, 90), Waited::kReached);
  ExpectSettled(site, staying);
  EXPECT_EQ(site.OwnInstances().size(), staying.size());
  const auto history = site.History();
  for (std::size_t at = 0; at < faults.size(); ++at) {
    const auto key = KeyOf(leaving[at]);
    reasons.Expect(key, std::string(faults[at].shown).substr(5));
    EXPECT_TRUE(Seen(history, key, "result", faults[at].error) &&
                Seen(history, key, "message", faults[at].shown))
        << faults[at].name << " never was " << faults[at].error << " and " << faults[at].shown
        << ":\n"
        << Told(history, key);
  }
  reasons.ExpectEachSeen();
}

}  // namespace
}  // namespace instanced::e2e
