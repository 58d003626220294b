// The page over a backend that may say anything, names included: more than a daemon's own schema
// would let through. And the accessibility check itself, on pages with one fault each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "controller/page/page_server.h"
#include "tests/controller/admin/fake_backend.h"
#include "tests/e2e/accessibility.h"
#include "tests/e2e/page_site.h"
#include "tests/e2e/waiting.h"

namespace instanced::e2e {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const std::string kHostile =
    R"(</td><svg onload="window.pwned=1">"'`&amp;<script>window.pwned=1</script>)"
    "\u202e javascript:window.pwned=1";

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "page-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  // A browser's helpers may write for a moment after it was ended.
  ~TemporaryFolder() {
    const auto removed = [&] {
      std::error_code error;
      std::filesystem::remove_all(path_, error);
      return !error && !std::filesystem::exists(path_, error);
    };
    EXPECT_EQ(WaitUntil(removed, 10), Waited::kReached) << path_;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class PageOverAnything : public ::testing::Test {
 protected:
  void Look() {
    auto started = PageServer::Start({"127.0.0.1", 0}, backend_);
    ASSERT_TRUE(started) << started.error().message;
    server_ = *std::move(started);
    address_ = "http://127.0.0.1:" + std::to_string(server_->port()) + "/";
    tab_.Open(address_);
  }

  TemporaryFolder folder_;
  FakeBackend backend_;
  std::unique_ptr<PageServer> server_;
  std::string address_;
  Browser browser_{folder_.path()};
  Tab tab_{browser_};
};

TEST_F(PageOverAnything, HostileNamesReasonsAndMessagesStayText) {
  auto object = SampleInstance(kHostile, kHostile);
  object.meta.labels = {{kHostile, kHostile}};
  object.spec.for_provider = Json{{kHostile, kHostile}, {"__proto__", {{"polluted", 1}}}}.dump();
  object.status.at_provider = Json{{kHostile, "other"}, {"constructor", kHostile}}.dump();
  object.status.external_name = kHostile;
  object.status.conditions.Mark({.type = ConditionType::kStalled,
                                 .status = ConditionStatus::kTrue,
                                 .reason = Reason::kNameTaken,
                                 .message = kHostile,
                                 .observed_generation = 2,
                                 .last_transition_time = {}},
                                "2026-01-15T12:01:00Z");
  const auto key = object.meta.key;
  backend_.Declare(ReportOf(std::move(object)));
  ObjectFacts facts;
  facts.differences = {{kHostile, kHostile, kHostile, kHostile, Mutability::kMutable, kHostile}};
  backend_.Know(facts);
  HistoryEntry entry;
  entry.key = key;
  entry.operation = entry.result = entry.code = entry.request_id = entry.message = kHostile;
  backend_.Record(entry);
  auto brake = SampleBrake(kHostile);
  brake.message = brake.cause = kHostile;
  brake.held = {key};
  backend_.Hold(brake);
  BudgetsReport budgets;
  budgets.lines.push_back({kHostile, kHostile, kHostile, kHostile, kHostile, 1, 1, 5, 3, 0, {}});
  budgets.churn_remaining = {{kHostile, 41}};
  budgets.churn_limit = 60;
  backend_.Know(budgets);
  auto plugins = SamplePlugins();
  plugins[0].name = plugins[0].calls_itself = plugins[1].why = kHostile;
  backend_.Know(plugins);
  Look();
  ASSERT_TRUE(tab_.Becomes(Count("#rows a") + " === 1")) << tab_.Text("body");
  tab_.Click("#rows a");
  ASSERT_TRUE(tab_.Becomes("!document.getElementById('known').hidden")) << tab_.Text("body");
  tab_.Value(kOpenDetails);
  for (const char* where :
       {"#rows", "#brakes", "#detail-title", "#conditions", "#differences", "#declared",
        "#observed", "#timeline", "#churn", "#budgets", "#plugins", "#facts"}) {
    EXPECT_THAT(tab_.Text(where), HasSubstr("<script>window.pwned=1</script>")) << where;
  }
  EXPECT_EQ(tab_.Value("window.pwned ?? null"), nullptr);
  EXPECT_EQ(tab_.Value("({}).polluted ?? null"), nullptr);
  EXPECT_EQ(tab_.Value(Count("svg") + " + " + Count("script") + " - 1"), 0);
  EXPECT_EQ(tab_.Value("[...document.links].every((link) => link.protocol === 'http:')"), true);
  EXPECT_THAT(tab_.Complaints(), IsEmpty());
  EXPECT_THAT(tab_.Requested(), Each(StartsWith(address_)));
  // A place that somebody else's link leads to.
  tab_.Open("about:blank");
  tab_.Open(address_ + "#/<img src=x onerror=window.pwned=1>/%3Cb%3E/%ff");
  EXPECT_TRUE(tab_.Becomes("!document.getElementById('gone').hidden")) << tab_.Text("body");
  EXPECT_EQ(tab_.Value("window.pwned ?? null"), nullptr);
}

// Or the rows would slip away from under the pointer.
TEST_F(PageOverAnything, ABrakeIsThereAsSoonAsTheRowsBelowIt) {
  Look();
  tab_.Value(R"(void (() => {
    const read = window.fetch;
    window.released = new Promise((release) => { window.release = release; });
    window.fetch = async (...request) => {
      if (request[0].endsWith("/objects")) {
        window.waiting = true;
        await window.released;
      }
      return read(...request);
    };
    new MutationObserver(() => {
      window.told ??= !document.getElementById("braking").hidden;
    }).observe(document.getElementById("rows"), {childList: true});
  })())");
  ASSERT_TRUE(tab_.Becomes("window.waiting"));
  backend_.Hold(SampleBrake("brake-1"));
  backend_.Declare(ReportOf(SampleInstance("one")));
  tab_.Value("window.release()");
  ASSERT_TRUE(tab_.Becomes(Count("#rows a") + " === 1")) << tab_.Text("body");
  EXPECT_EQ(tab_.Value("window.told"), true);
}

TEST_F(PageOverAnything, ManyObjectsAreAllListedAndFound) {
  for (int i = 0; i < 1200; ++i) {
    backend_.Declare(ReportOf(SampleInstance("desk-" + std::to_string(10000 + i))));
  }
  Look();
  EXPECT_TRUE(tab_.Becomes(Shows("#count", "1200 of 1200"), 30)) << tab_.Text("#count");
  tab_.Click("#filter");
  tab_.Type("desk-11199");
  EXPECT_TRUE(tab_.Becomes(Shows("#count", "1 of 1200"))) << tab_.Text("#count");
}

// Each fault is found, and a page without it is clean.
TEST_F(PageOverAnything, TheAccessibilityCheckFindsWhatIsWrong) {
  const std::string sound =
      "<header><h1>One</h1></header><main><h2>Two</h2><p>Text</p>"
      "<label for=a>Name</label> <input id=a> <button>Go</button>"
      "<ul><li>item</li></ul><table><caption>C</caption><thead><tr><th scope=col>Head</th></tr>"
      "</thead><tbody><tr><td>cell</td></tr></tbody></table></main>";
  const auto faults_of = [&](std::string body, const std::string& from, const std::string& to,
                             const std::string& html = "lang=en") {
    if (const auto at = body.find(from); at != std::string::npos) {
      body.replace(at, from.size(), to);
    }
    const std::string page =
        "<!doctype html><html " + html +
        "><head><title>T</title><meta name=viewport content='width=device-width'><style>input, "
        "button { border: 1px solid #555; min-height: 30px; outline-color: #06c } :focus-visible { "
        "outline: 3px solid #06c }</style></head><body>" +
        body + "</body></html>";
    tab_.Open("about:blank");
    tab_.Value("document.open(), document.write(" + Json(page).dump() + "), document.close()");
    return AccessibilityFaults(tab_);
  };
  EXPECT_THAT(faults_of(sound, "", ""), IsEmpty());
  EXPECT_THAT(faults_of(sound, "", "", ""), Contains(StartsWith("language")));
  const std::vector<std::array<std::string, 3>> harms{
      {"<label for=a>Name</label>", "Name", "name: a textbox"},
      {"<button>Go</button>", "<button></button>", "name: a button"},
      {"<label for=a>", "<label for=b>", "references"},
      {"<button>", "<button id=a>", "unique ids"},
      {"<h2>Two</h2>", "<h4>Two</h4>", "headings"},
      {"<header><h1>One</h1></header>", "<header><p>One</p></header>", "landmarks"},
      {"<header><h1>One</h1></header>", "<div><h1>One</h1></div>", "landmarks"},
      {"<caption>C</caption>", "", "tables"},
      {"<th scope=col>", "<th>", "tables"},
      {"<ul><li>item</li></ul>", "<div><li>item</li></div>", "lists"},
      {"<p>Text</p>", "<p style='color: #999'>Text</p>", "contrast"},
      {"<p>Text</p>", "<p style='width: 3000px; background: #fff'>Text</p>", "reflow"},
      {"<input id=a>", "<input id=a style='border-color: #ddd'>", "contrast: the edge"},
      {"<button>Go</button>", "<button style='outline: none'>Go</button>", "focus shown: not on"},
      {"<button>Go</button>", "<button style='outline-color: #eee'>Go</button>",
       "focus shown: too"},
      {"<button>Go</button>", "<button tabindex=1>Go</button>", "focus order"},
      {"<button>Go</button>", "<button tabindex=-1>Go</button>", "focus order: not every"},
      {"<p>Text</p>",
       "<button style='all: unset; font-size: 9px'>a</button><button style='all: unset; font-size: "
       "9px'>b</button>",
       "target size"}};
  for (const auto& [from, to, rule] : harms) {
    EXPECT_THAT(faults_of(sound, from, to), Contains(StartsWith(rule))) << to;
  }
}

}  // namespace
}  // namespace instanced::e2e
