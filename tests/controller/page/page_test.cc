#include "controller/page/page.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/controller/admin/fake_backend.h"

namespace instanced {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kHostile = R"(<script>alert("1")</script>'&)";

ServerRequest To(std::string path, std::string query = "") {
  return {HttpMethod::kGet, std::move(path), std::move(query), {{"Host", "127.0.0.1:8082"}}, ""};
}

class PageTest : public testing::Test {
 protected:
  HttpResponse Ask(const std::string& path, const std::string& query = "") const {
    return page_.Answer(To(path, query));
  }
  nlohmann::json Json(const std::string& path, int status = 200) const {
    const auto answer = Ask(path);
    EXPECT_EQ(answer.status, status) << path;
    EXPECT_EQ(FindHeader(answer.headers, "Content-Type"), "application/json") << path;
    return nlohmann::json::parse(answer.body);
  }

  FakeBackend backend_;
  const Page page_{backend_};
};

TEST_F(PageTest, ObjectsAreListedWithTheirConditionsAndWithoutDocuments) {
  backend_.Declare(ReportOf(SampleInstance("desk")));
  const auto answer = Json("/api/v1/objects");
  ASSERT_EQ(answer["objects"].size(), 1u) << answer;
  const auto& object = answer["objects"][0];
  EXPECT_EQ(object["object"]["name"], "desk");
  EXPECT_EQ(object["conditions"][0]["status"], "True");
  EXPECT_EQ(object["document"], "");
  EXPECT_EQ(answer["nextPageToken"], "");
  EXPECT_EQ(object["drift"], "DRIFT_UNKNOWN");
  auto report = ReportOf(SampleInstance("desk"));
  report.drift = Drift::kFound;
  backend_.Declare(report);
  EXPECT_EQ(Json("/api/v1/objects")["objects"][0]["drift"], "DRIFT_FOUND");
}

TEST_F(PageTest, ManyObjectsComeInPagesThatFollowOneAnother) {
  for (int i = 0; i < 501; ++i) {
    backend_.Declare(ReportOf(SampleInstance("desk-" + std::to_string(1000 + i))));
  }
  const auto first = Json("/api/v1/objects");
  EXPECT_EQ(first["objects"].size(), 500u);
  EXPECT_EQ(first["nextPageToken"], "ConnectInstance/default/desk-1499");
  const auto rest = Ask("/api/v1/objects", "pageToken=ConnectInstance%2Fdefault%2Fdesk-1499");
  const auto last = nlohmann::json::parse(rest.body);
  ASSERT_EQ(last["objects"].size(), 1u);
  EXPECT_EQ(last["objects"][0]["object"]["name"], "desk-1500");
  EXPECT_EQ(Ask("/api/v1/objects", "pageToken=nonsense").status, 400);
  EXPECT_EQ(Ask("/api/v1/objects", "limit=5").status, 400);
}

TEST_F(PageTest, OneObjectIsExplainedAndCarriesItsDocument) {
  backend_.Declare(ReportOf(SampleInstance("desk")));
  ObjectFacts facts;
  facts.report = ReportOf(SampleInstance("desk"));
  facts.differences = {{"tags", "team", "care", "\"<b>\"", Mutability::kMutable, "TagResource"}};
  backend_.Know(facts);
  const auto answer = Json("/api/v1/objects/ConnectInstance/default/desk");
  ASSERT_EQ(answer["differences"].size(), 1u) << answer;
  EXPECT_EQ(answer["differences"][0]["field"], "tags.team");
  EXPECT_EQ(answer["differences"][0]["declared"], "\"care\"");
  EXPECT_EQ(answer["differences"][0]["repairedBy"], "TagResource");
  EXPECT_EQ(answer["condition"]["type"], "Ready");
  EXPECT_EQ(answer["meaning"], std::string(MeaningOf(Reason::kAvailable)));
  const auto document = nlohmann::json::parse(answer["object"]["document"].get<std::string>());
  EXPECT_EQ(document["spec"]["forProvider"]["inboundCallsEnabled"], true);
}

TEST_F(PageTest, HistoryTellsCallsWithRequestIdsAndDurations) {
  HistoryEntry entry;
  entry.key = {Kind::kConnectInstance, "default", "desk"};
  entry.operation = "connect:CreateInstance";
  entry.request_id = "r-1";
  entry.duration_ms = 41;
  entry.message = kHostile;
  backend_.Record(entry);
  const auto answer = Json("/api/v1/objects/ConnectInstance/default/desk/history");
  ASSERT_EQ(answer["entries"].size(), 1u) << answer;
  EXPECT_EQ(answer["entries"][0]["requestId"], "r-1");
  EXPECT_EQ(answer["entries"][0]["durationMs"], "41");
  EXPECT_EQ(answer["entries"][0]["message"], kHostile);
}

TEST_F(PageTest, BudgetsBrakesAndVersionAreTold) {
  BudgetsReport budgets;
  budgets.lines.push_back({.service = "connect",
                           .account = "1",
                           .region = "eu-central-1",
                           .operation = "CreateInstance",
                           .origin = "published",
                           .rate = 2,
                           .ceiling = 2,
                           .capacity = 5,
                           .available = 3,
                           .parked = 4,
                           .blocked_for = {}});
  budgets.churn_remaining = {{"connect/1/eu-central-1", 41}};
  budgets.churn_limit = 60;
  backend_.Know(budgets);
  backend_.Hold(SampleBrake("b-2"));
  backend_.Hold(SampleBrake("b-1"));
  EXPECT_EQ(Json("/api/v1/budgets")["lines"][0]["available"], 3);
  EXPECT_EQ(Json("/api/v1/budgets")["churn"][0]["remaining"], 41);
  EXPECT_EQ(Json("/api/v1/budgets")["churn"][0]["limit"], 60);
  EXPECT_TRUE(Json("/api/v1/plugins")["plugins"].empty());
  backend_.Know(SamplePlugins());
  const auto plugins = Json("/api/v1/plugins")["plugins"];
  ASSERT_EQ(plugins.size(), 4u);
  EXPECT_EQ(plugins[0]["state"], "STATE_UP");
  EXPECT_EQ(plugins[3]["message"],
            "BrokenAnswer: Handshake: protocol_version is 7, and only 1 was offered");
  const auto brakes = Json("/api/v1/brakes")["brakes"];
  ASSERT_EQ(brakes.size(), 2u);
  EXPECT_EQ(brakes[0]["id"], "b-1");
  EXPECT_EQ(brakes[0]["state"], "BRAKE_STATE_HOLDING");
  EXPECT_EQ(Json("/api/v1/version")["version"], "9.8.7");
}

// Whatever a name or a cloud says stays inside a JSON string, and no tag leaves it.
TEST_F(PageTest, HostileTextsStayStrings) {
  auto object = SampleInstance(kHostile);
  object.meta.labels = {{"team", kHostile}};
  backend_.Declare(ReportOf(std::move(object)));
  const auto answer = Ask("/api/v1/objects");
  EXPECT_THAT(answer.body, Not(HasSubstr("<script")));
  const auto listed = nlohmann::json::parse(answer.body)["objects"][0];
  EXPECT_EQ(listed["object"]["name"], kHostile);
  EXPECT_EQ(listed["labels"]["team"], kHostile);
  const auto missing =
      Json("/api/v1/objects/%3Cscript%3E/default/%22x%22", 404)["message"].get<std::string>();
  EXPECT_EQ(missing, "there is no kind <script>");
}

TEST_F(PageTest, EveryAnswerForbidsForeignContentSniffingAndCaching) {
  for (const char* path : {"/", "/page.css", "/page.js", "/icon.svg", "/api/v1/version", "/none"}) {
    const auto headers = Ask(path).headers;
    EXPECT_EQ(FindHeader(headers, "Content-Security-Policy"),
              "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
              "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    EXPECT_EQ(FindHeader(headers, "X-Content-Type-Options"), "nosniff") << path;
    EXPECT_EQ(FindHeader(headers, "Cache-Control"), "no-store") << path;
  }
}

TEST_F(PageTest, ThePageIsFilesOfItsOwnWithoutInlineCodeOrMarkupFromText) {
  const auto page = Ask("/");
  EXPECT_EQ(FindHeader(page.headers, "Content-Type"), "text/html; charset=utf-8");
  EXPECT_THAT(page.body, AllOf(HasSubstr("<html lang=\"en\">"), Not(HasSubstr("style=")),
                               Not(HasSubstr("onclick")), Not(HasSubstr("://"))));
  const auto script = Ask("/page.js");
  EXPECT_EQ(FindHeader(script.headers, "Content-Type"), "text/javascript; charset=utf-8");
  for (const char* word :
       {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("}) {
    EXPECT_THAT(script.body, Not(HasSubstr(word)));
  }
}

TEST_F(PageTest, OnlyLoopbackNamesAreAnswered) {
  for (const char* host : {"localhost", "LocalHost:8082", "127.0.0.1", "127.9.8.7:80", "[::1]:1"}) {
    EXPECT_TRUE(NamesLoopback(host)) << host;
  }
  for (const char* host : {"", "evil.example", "127.0.0.1.evil.example", "127.evil", "10.0.0.1:80",
                           "localhost.evil.example:8082", "[::2]", "::1"}) {
    auto request = To("/api/v1/version");
    request.headers = {{"Host", host}};
    EXPECT_EQ(page_.Answer(request).status, 403) << host;
  }
}

TEST_F(PageTest, WithAGateTheSecretDecidesAndNotTheName) {
  const Page gated(backend_, [](const ServerRequest& request) -> std::optional<HttpResponse> {
    if (FindHeader(request.headers, "Authorization") == "Bearer good") return std::nullopt;
    return HttpResponse{401, {{"WWW-Authenticate", "Bearer realm=\"instanced\""}}, "who asks?\n"};
  });
  for (const char* path : {"/", "/page.js", "/api/v1/objects", "/none"}) {
    auto request = To(path);
    request.headers = {{"Host", "instanced.example"}};
    const auto refused = gated.Answer(request);
    EXPECT_EQ(refused.status, 401) << path;
    EXPECT_EQ(FindHeader(refused.headers, "WWW-Authenticate"), "Bearer realm=\"instanced\"");
    EXPECT_EQ(FindHeader(refused.headers, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(nlohmann::json::parse(refused.body)["code"], 401);
  }
  auto request = To("/api/v1/version");
  request.headers = {{"Host", "instanced.example"}, {"Authorization", "Bearer good"}};
  EXPECT_EQ(gated.Answer(request).status, 200);
}

TEST_F(PageTest, AnythingButReadingIsRefused) {
  for (const auto method :
       {HttpMethod::kPost, HttpMethod::kPut, HttpMethod::kPatch, HttpMethod::kDelete}) {
    auto request = To("/api/v1/objects");
    request.method = method;
    const auto answer = page_.Answer(request);
    EXPECT_EQ(answer.status, 405);
    EXPECT_EQ(FindHeader(answer.headers, "Allow"), "GET, HEAD");
  }
}

TEST_F(PageTest, UnknownPathsAndFailuresAreJsonErrors) {
  for (const char* path :
       {"/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/objects/ConnectInstance",
        "/api/v1/objects/ConnectInstance/default/none/logs", "/api/v2/objects", "/../etc/passwd"}) {
    EXPECT_EQ(Json(path, 404)["code"], 404) << path;
  }
  Error stopping;
  stopping.error_class = ErrorClass::kCancelled;
  stopping.message = "stopping";
  backend_.Break(std::move(stopping));
  EXPECT_EQ(Json("/api/v1/brakes", 503)["message"], "stopping");
}

TEST(PercentDecoded, KeepsWhatIsNoEscape) {
  EXPECT_EQ(PercentDecoded("a%2Fb%20c"), "a/b c");
  EXPECT_EQ(PercentDecoded("%"), "%");
  EXPECT_EQ(PercentDecoded("%zz%4"), "%zz%4");
  EXPECT_EQ(PercentDecoded("%+1"), "%+1");
}

}  // namespace
}  // namespace instanced
