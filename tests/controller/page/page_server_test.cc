#include "controller/page/page_server.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/controller/admin/fake_backend.h"
#include "tests/controller/http/client_fixture.h"

namespace instanced {
namespace {

class PageServerTest : public HttpClientTest {
 protected:
  void SetUp() override {
    backend_.Declare(ReportOf(SampleInstance("desk")));
    auto started = PageServer::Start({"127.0.0.1", 0}, backend_);
    ASSERT_TRUE(started) << started.error().message;
    server_ = *std::move(started);
  }
  Outcome Ask(HttpMethod method, std::string target, std::string body = {}) {
    HttpRequest request = Request({Scheme::kHttp, "127.0.0.1", server_->port()}, method, body);
    request.target = std::move(target);
    return Send(std::move(request));
  }

  FakeBackend backend_;
  std::unique_ptr<PageServer> server_;
};

TEST_F(PageServerTest, PageAndDataArriveOverHttpWithTheirHeaders) {
  const auto page = Ask(HttpMethod::kGet, "/");
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->status, 200);
  EXPECT_EQ(FindHeader(page->headers, "Content-Type"), "text/html; charset=utf-8");
  EXPECT_TRUE(
      FindHeader(page->headers, "Content-Security-Policy").starts_with("default-src 'none'"));
  const auto data = Ask(HttpMethod::kGet, "/api/v1/objects?pageToken=ConnectInstance%2Fa%2Fb");
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(nlohmann::json::parse(data->body)["objects"][0]["object"]["name"], "desk");
  EXPECT_EQ(Ask(HttpMethod::kGet, "/api/v1/objects/ConnectInstance/default/%3Cb%3E")->status, 404);
}

TEST_F(PageServerTest, OnlyReadingIsAnswered) {
  EXPECT_EQ(Ask(HttpMethod::kHead, "/")->body, "");
  EXPECT_EQ(Ask(HttpMethod::kPost, "/api/v1/objects", "{}")->status, 405);
  EXPECT_EQ(Ask(HttpMethod::kDelete, "/api/v1/objects/ConnectInstance/default/desk")->status, 405);
}

TEST_F(PageServerTest, ClosedServerAnswersNobody) {
  server_->Close();
  EXPECT_FALSE(Ask(HttpMethod::kGet, "/"));
}

}  // namespace
}  // namespace instanced
