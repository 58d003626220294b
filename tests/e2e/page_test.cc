// The page of a real daemon, in a real Chromium: what it shows, how it is used, and that nothing a
// cloud says becomes more than text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/controller/http/test_certificates.h"
#include "tests/e2e/page_site.h"

namespace instanced::e2e {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr const char* kHostileName =
    "<img src=x onerror=\"window.pwned=1\"><script>window.pwned=1</script>";

class PageInChromium : public ::testing::Test {
 protected:
  void TearDown() override {
    if (!site_.DaemonRuns()) return;
    EXPECT_THAT(tab_.Complaints(), IsEmpty());
    EXPECT_THAT(tab_.Requested(), Each(StartsWith(site_.page()))) << "nothing from elsewhere";
  }
  void Declare(const std::vector<Json>& manifests) {
    for (const Json& manifest : manifests) site_.manifests().Write(manifest);
  }
  // Declared, settled and looked at.
  void Settle(const std::vector<Json>& manifests) {
    Declare(manifests);
    site_.StartDaemon();
    ExpectSettled(site_, manifests);
    Look(manifests.size());
  }
  void Look(std::size_t objects) {
    tab_.Open(site_.page());
    ASSERT_TRUE(tab_.Becomes(Count("#rows tr") + " >= " + std::to_string(objects)))
        << tab_.Text("body");
  }
  void Choose(const Json& manifest) {
    tab_.Click(RowOf(manifest));
    ASSERT_TRUE(tab_.Becomes(Shows("#detail-title", manifest["metadata"]["name"]) +
                             " && !document.getElementById('known').hidden"))
        << tab_.Text("body");
  }
  // Those of README and docs/page.md, where PICTURES names a folder.
  void Picture(const char* name) {
    const char* folder = std::getenv("PICTURES");
    if (folder != nullptr) tab_.Picture(std::filesystem::path(folder) / name);
  }

  PageSite site_;
  Browser browser_{site_.folder() / "browser"};
  Tab tab_{browser_};
};

const std::vector<Json>& OneOfEach() {
  static const std::vector<Json> kManifests{
      ConnectManifest("front-desk"), SupplyChainManifest("warehouse"),
      CallCenterManifest("hotline"), OutboundBotManifest("reminder-calls")};
  return kManifests;
}

TEST_F(PageInChromium, InstancesAreListedSearchedFilteredAndExplained) {
  auto odd = ConnectManifest("odd-one");
  odd["spec"]["providerConfigRef"] = "absent";
  Declare({odd});
  Settle(OneOfEach());
  EXPECT_THAT(tab_.Text("#rows"), AllOf(HasSubstr("front-desk"), HasSubstr("OutboundBotInstance"),
                                        HasSubstr("in line"), HasSubstr("ProviderConfigMissing")));
  EXPECT_EQ(tab_.Text("#count"), "5 of 5");

  tab_.Click("#filter");
  tab_.Type("outboundbot reminder");
  EXPECT_TRUE(tab_.Becomes(Count("#rows tr") + " === 1")) << tab_.Text("#rows");
  EXPECT_EQ(tab_.Text("#count"), "1 of 5");
  tab_.Value("document.getElementById('filter').select()");
  tab_.Type("nothing like it");
  EXPECT_TRUE(tab_.Becomes("!document.getElementById('nothing').hidden"));
  tab_.Open(site_.page());
  ASSERT_TRUE(tab_.Becomes(Count("#rows tr") + " === 5"));
  tab_.Click("#filter");
  tab_.Press("Tab");
  tab_.Type("n");
  EXPECT_TRUE(tab_.Becomes(Shows("#count", "1 of 5"))) << tab_.Text("#count");
  EXPECT_THAT(tab_.Text("#rows"), HasSubstr("odd-one"));

  tab_.Open(site_.page());
  ASSERT_TRUE(tab_.Becomes(Count("#rows tr") + " === 5"));
  Choose(OneOfEach()[0]);
  EXPECT_EQ(tab_.Text("#detail-title"), "front-desk");
  EXPECT_THAT(tab_.Text("#facts"), AllOf(HasSubstr("ACTIVE"), HasSubstr("Last decision")));
  EXPECT_THAT(tab_.Text("#meaning"), HasSubstr("can be used"));
  EXPECT_THAT(tab_.Text("#compared"), HasSubstr("Nothing"));
  tab_.Value(kOpenDetails);
  EXPECT_THAT(tab_.Text("#declared"),
              AllOf(HasSubstr("instanceAlias"), HasSubstr("front-desk-alias")));
  EXPECT_THAT(tab_.Text("#observed"), AllOf(HasSubstr("instanceStatus"), HasSubstr("ACTIVE")));
  EXPECT_THAT(tab_.Text("#timeline"),
              AllOf(HasSubstr("connect:CreateInstance"), HasSubstr("request "), HasSubstr(" ms")));
  EXPECT_THAT(tab_.Text("#churn"), HasSubstr("94 creates left, limit 100"));
  EXPECT_EQ(tab_.Value("document.querySelector('#churn meter').max"), 100);
  EXPECT_THAT(tab_.Text("#budgets"),
              AllOf(HasSubstr("connect/123456789012/us-east-1"), HasSubstr("DescribeInstance")));
  tab_.Click("#close");
  EXPECT_TRUE(tab_.Becomes("document.getElementById('detail').hidden"));
}

TEST_F(PageInChromium, WhatChangesIsShownWithoutReloading) {
  const auto calls = CallCenterManifest("hotline");
  const auto desk = ConnectManifest("front-desk");
  Settle({calls});
  tab_.Value("window.kept = true");
  Choose(calls);
  site_.manifests().Write(desk);
  EXPECT_TRUE(tab_.Becomes(Shows("#rows", "front-desk")));
  EXPECT_TRUE(
      tab_.Becomes("[...document.querySelectorAll('#rows tr')].every((row) => "
                   "row.innerText.includes('Ready'))"));
  // Nothing repairs this one: the difference stays to be looked at.
  ASSERT_TRUE(site_.clouds().Drift({{"service", "ccc"},
                                    {"id", site_.Object(calls)->external_name()},
                                    {"fields", {{"Name", "meddled"}}}}));
  EXPECT_TRUE(tab_.Becomes(Count("#differences tr") + " === 1"));
  EXPECT_THAT(tab_.Text("#differences"),
              AllOf(HasSubstr("hotline"), HasSubstr("meddled"), HasSubstr("no call")));
  EXPECT_TRUE(tab_.Becomes(Shows("#facts", "ImmutableField"))) << tab_.Text("#facts");
  EXPECT_THAT(tab_.Text("#steps"), HasSubstr("replacePolicy"));
  EXPECT_THAT(tab_.Text("#rows .bad"), HasSubstr("ImmutableField"));
  site_.manifests().Remove(desk);
  EXPECT_TRUE(tab_.Becomes(Count("#rows tr") + " === 1"));
  EXPECT_EQ(tab_.Value("window.kept"), true) << "the page was loaded again";
}

TEST_F(PageInChromium, ABrakeThatWaitsNamesTheCommandThatAnswersIt) {
  std::vector<Json> manifests;
  for (const char* name : {"one", "two", "three"}) manifests.push_back(OutboundBotManifest(name));
  auto all = manifests;
  all.push_back(ConnectManifest("front-desk"));
  Settle(all);
  EXPECT_EQ(tab_.Value("document.getElementById('braking').hidden"), true);
  for (const Json& manifest : manifests) site_.manifests().Remove(manifest);
  ASSERT_TRUE(tab_.Becomes("!document.getElementById('braking').hidden"));
  ASSERT_TRUE(tab_.Becomes(Shows("#brakes", "default/three")));
  EXPECT_THAT(tab_.Text("#brakes"), HasSubstr("MassDeletion"));
  EXPECT_THAT(AccessibilityFaults(tab_), IsEmpty());
  const auto command = tab_.Text("#brakes code");
  ASSERT_THAT(command, StartsWith("instancectl approve "));
  ASSERT_EQ(site_.Instancectl({"approve", command.substr(20)}).ending.exit_code, 0);
  EXPECT_TRUE(tab_.Becomes("document.getElementById('braking').hidden"));
  EXPECT_TRUE(tab_.Becomes(Count("#rows tr") + " === 1"));
}

TEST_F(PageInChromium, TheKeyboardAloneIsEnough) {
  Settle(OneOfEach());
  const auto focused = [&](const std::string& selector) {
    return tab_.Becomes("document.activeElement.matches(" + Json(selector).dump() + ")", 5);
  };
  tab_.Press("Tab");
  EXPECT_TRUE(focused("a.skip"));
  EXPECT_EQ(tab_.Value("document.activeElement.getBoundingClientRect().left >= 0"), true);
  tab_.Press("Enter");
  EXPECT_TRUE(focused("#instances"));
  tab_.Press("Tab");
  ASSERT_TRUE(focused("#filter"));
  tab_.Type("ware");
  EXPECT_TRUE(tab_.Becomes(Count("#rows tr") + " === 1"));
  tab_.Press("Tab");
  EXPECT_TRUE(focused("#only"));
  tab_.Press("Tab");
  ASSERT_TRUE(focused("#rows a"));
  tab_.Press("Enter");
  ASSERT_TRUE(focused("#detail-title"));
  EXPECT_EQ(tab_.Text("#detail-title"), "warehouse");
  tab_.Press("Tab");
  ASSERT_TRUE(focused("#close"));
  tab_.Press(" ");
  EXPECT_TRUE(focused(RowOf(OneOfEach()[1]))) << "where it was before";
  tab_.Press("Enter");
  ASSERT_TRUE(focused("#detail-title"));
  tab_.Press("Escape");
  EXPECT_TRUE(focused(RowOf(OneOfEach()[1])));
  tab_.Press("Shift+Tab");
  tab_.Press("Shift+Tab");
  EXPECT_TRUE(focused("#filter"));
}

TEST_F(PageInChromium, ItIsAccessibleInBothSchemesFromTheDeskToAPhone) {
  auto odd = ConnectManifest("odd-one");
  odd["spec"]["providerConfigRef"] = "absent";
  Declare({odd});
  const auto plugins = site_.File("plugins.yaml",
                                  "plugins:\n  - {name: off, command: [/bin/false]}\n"
                                  "  - {name: far, address: \"unix:/nowhere/far.sock\"}\n");
  site_.flags().insert(site_.flags().end(), {"--plugins", plugins});
  Settle(OneOfEach());
  ASSERT_TRUE(tab_.Becomes(Shows("#plugins", "Backing off"))) << tab_.Text("body");
  EXPECT_THAT(tab_.Text("#plugins"),
              AllOf(HasSubstr("its program: exited with code 1"),
                    HasSubstr("unix:/nowhere/far.sock: No such file or directory")));
  const std::vector<std::pair<int, int>> windows{{1280, 900}, {640, 450}, {360, 740}, {320, 256}};
  for (const auto scheme : {Scheme::kLight, Scheme::kDark}) {
    tab_.Prefer(scheme);
    for (const auto& [width, height] : windows) {
      SCOPED_TRACE(std::to_string(width) + (scheme == Scheme::kDark ? " dark" : " light"));
      tab_.Resize(width, height);
      EXPECT_THAT(AccessibilityFaults(tab_), IsEmpty());
      Choose(OneOfEach()[0]);
      EXPECT_THAT(AccessibilityFaults(tab_), IsEmpty());
      if (width == 1280 && scheme == Scheme::kLight) Picture("page.png");
      if (width == 360 && scheme == Scheme::kDark) Picture("page-phone-dark.png");
      tab_.Press("Escape");
      ASSERT_TRUE(tab_.Becomes("document.getElementById('detail').hidden"));
    }
    const auto paper = tab_.Value("getComputedStyle(document.body).backgroundColor");
    EXPECT_EQ(paper == "rgb(255, 255, 255)", scheme == Scheme::kLight) << paper;
  }
}

TEST_F(PageInChromium, ADaemonOrNetworkThatIsAwayIsSaidAndWhatIsShownStays) {
  Settle(OneOfEach());
  ASSERT_TRUE(tab_.Becomes(Shows("#link", "live")));
  tab_.Set(Network::kGone);
  EXPECT_TRUE(tab_.Becomes(Shows("#link", "what is shown is old")));
  EXPECT_EQ(tab_.Value(Count("#rows tr")), 4);
  EXPECT_THAT(AccessibilityFaults(tab_), IsEmpty());
  tab_.Set(Network::kThere);
  EXPECT_TRUE(tab_.Becomes(Shows("#link", "live")));
  ASSERT_EQ(site_.StopDaemon(), (Ending{0, 0}));
  EXPECT_TRUE(tab_.Becomes(Shows("#link", "what is shown is old")));
  site_.StartDaemon();
  EXPECT_TRUE(tab_.Becomes(Shows("#link", "live"), 30));
}

TEST_F(PageInChromium, WhatManifestsAndCloudsSayStaysText) {
  auto robot = OutboundBotManifest("reminder-calls");
  robot["spec"]["forProvider"]["instanceDescription"] = kHostileName;
  robot["metadata"]["annotations"] = {{"example.org/note", kHostileName}};
  const auto calls = CallCenterManifest("hotline");
  const auto desk = ConnectManifest("front-desk");
  Settle({robot, calls});
  Choose(robot);
  tab_.Value(kOpenDetails);
  EXPECT_THAT(tab_.Text("#declared"), HasSubstr(kHostileName));
  EXPECT_THAT(tab_.Text("#observed"), HasSubstr(kHostileName));
  EXPECT_EQ(tab_.Value(Count("#differences tr")), 0) << "the mark is no drift";
  ASSERT_TRUE(site_.clouds().Drift({{"service", "ccc"},
                                    {"id", site_.Object(calls)->external_name()},
                                    {"fields", {{"Name", kHostileName}}}}));
  Choose(calls);
  EXPECT_TRUE(tab_.Becomes(Shows("#differences", kHostileName))) << tab_.Text("#differences");
  ASSERT_TRUE(site_.clouds().AddFault({{"action", "error-with-code"},
                                       {"service", "connect"},
                                       {"operation", "CreateInstance"},
                                       {"status", 400},
                                       {"code", "InvalidParameterException"},
                                       {"message", kHostileName}}));
  site_.manifests().Write(desk);
  ASSERT_TRUE(tab_.Becomes(Shows("#rows", "front-desk")));
  Choose(desk);
  EXPECT_TRUE(tab_.Becomes(Shows("#timeline", kHostileName))) << tab_.Text("#detail");
  EXPECT_TRUE(tab_.Becomes(Shows("#conditions", "<img"))) << tab_.Text("#conditions");
  EXPECT_EQ(tab_.Value("window.pwned ?? null"), nullptr);
  EXPECT_EQ(tab_.Value(Count("img") + " + " + Count("script") + " - 1"), 0);
}

TEST_F(PageInChromium, CodeThatGotInWouldNotRunAndThisTestWouldSeeIt) {
  Settle({OutboundBotManifest("reminder-calls")});
  tab_.Value("document.body.insertAdjacentHTML('beforeend', " + Json(kHostileName).dump() + ")");
  tab_.Value(
      "document.body.append(Object.assign(document.createElement('script'), {textContent: "
      "'window.pwned = 1'}), Object.assign(document.createElement('script'), {src: "
      "'data:text/javascript,window.pwned=1'}))");
  EXPECT_TRUE(WaitUntil([&] { return tab_.Complaints().size() >= 3; }, 10) == Waited::kReached);
  EXPECT_THAT(tab_.Complaints(), Each(HasSubstr("Content Security Policy")));
  EXPECT_EQ(tab_.Value("window.pwned ?? null"), nullptr);
  tab_.Open(site_.page());
}

TEST_F(PageInChromium, OverTlsWithAPasswordItAsksFirst) {
  const TestAuthority authority;
  const auto identity = authority.Issue("IP:127.0.0.1");
  site_.flags().insert(site_.flags().end(),
                       {"--page-tls-cert", site_.File("cert.pem", identity.cert_pem),
                        "--page-tls-key", site_.File("key.pem", identity.key_pem),
                        "--page-basic-auth-file", site_.File("password", "ada:first-secret\n")});
  Declare({OutboundBotManifest("reminder-calls")});
  site_.StartDaemon();
  const auto status = [&](const std::string& user) {
    const auto ran = RunToEnd(
        {"/usr/bin/curl",
         {"-s", "--cacert", site_.File("ca.pem", authority.ca_pem()), "-D", "-", "-o", "/dev/null",
          "-u", user, "https://127.0.0.1:" + std::to_string(site_.page_port()) + "/api/v1/objects"},
         {},
         site_.folder() / "curl",
         {}},
        20);
    return ran.output;
  };
  ASSERT_EQ(WaitUntil([&] { return status("ada:first-secret").contains(" 200 "); }, 20),
            Waited::kReached)
      << site_.Log();
  EXPECT_THAT(status("ada:wrong"),
              AllOf(HasSubstr(" 401 "), HasSubstr("Basic realm"), HasSubstr("default-src 'none'")));
  EXPECT_THAT(status("eve:first-secret"), HasSubstr(" 401 "));
  const auto at = "127.0.0.1:" + std::to_string(site_.page_port());
  tab_.Open("https://ada:first-secret@" + at + "/");
  EXPECT_TRUE(tab_.Becomes(Shows("#link", "live"))) << tab_.Text("body");
  EXPECT_TRUE(tab_.Becomes(Shows("#rows", "reminder-calls")));
  EXPECT_THAT(tab_.Complaints(), IsEmpty());
  site_.File("password", "ada:second-secret\n");
  site_.daemon().Signal(SIGHUP);
  EXPECT_EQ(WaitUntil([&] { return status("ada:second-secret").contains(" 200 "); }, 20),
            Waited::kReached);
  EXPECT_THAT(status("ada:first-secret"), HasSubstr(" 401 "));
  EXPECT_THAT(site_.Log(), Not(HasSubstr("-secret")));
  tab_.Open("about:blank");
  ASSERT_EQ(site_.StopDaemon(), (Ending{0, 0}));
}

TEST(PageAddress, BeyondLoopbackIsRefusedWithoutTlsAndASecret) {
  Site site;
  const auto refusal = [&](std::vector<std::string> flags) {
    ProgramCall call = site.DaemonCall("open");
    call.arguments.insert(call.arguments.end(), {"--page-address", ":0"});
    call.arguments.insert(call.arguments.end(), flags.begin(), flags.end());
    const auto ran = RunToEnd(call, 20);
    EXPECT_EQ(ran.ending.exit_code, 2);
    return ran.output;
  };
  EXPECT_THAT(refusal({}), HasSubstr("give --page-tls-cert, --page-tls-key and"));
  EXPECT_THAT(refusal({"--page-basic-auth-file", "password"}), HasSubstr("--page-tls-cert"));
  EXPECT_THAT(refusal({"--page-tls-cert", "c", "--page-tls-key", "k"}),
              HasSubstr("--page-bearer-token-file"));
}

}  // namespace
}  // namespace instanced::e2e
