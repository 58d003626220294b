// The promise that matters most: whatever happens to a connection, one Send is one request.
#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "tests/controller/http/client_fixture.h"
#include "tests/controller/http/raw_server.h"

namespace instanced {
namespace {

class AtMostOnce : public HttpClientTest,
                   public ::testing::WithParamInterface<std::tuple<HttpMethod, std::string>> {};

TEST_P(AtMostOnce, EffectOnAReusedConnectionThatThenClosesIsOneRequest) {
  // given: a server that answers the first request of a connection, and performs the second
  // without an answer
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    connection.Write(PlainAnswer("first"));
    connection.ReadRequest();
  });
  ASSERT_TRUE(Get(server.origin()));

  // when
  const auto [method, body] = GetParam();
  const auto outcome = Send(Request(server.origin(), method, body));

  // then
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().failure, HttpFailure::kClosed);
  EXPECT_EQ(outcome.error().reach, Reach::kUnknown);
  EXPECT_EQ(server.requests().size(), 2u);
  EXPECT_EQ(server.connections(), 1);
}

TEST_P(AtMostOnce, EffectOnAReusedConnectionThatIsThenResetIsOneRequest) {
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    connection.Write(PlainAnswer("first"));
    connection.ReadRequest();
    connection.Reset();
  });
  ASSERT_TRUE(Get(server.origin()));

  const auto [method, body] = GetParam();
  const auto outcome = Send(Request(server.origin(), method, body));

  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().failure, HttpFailure::kClosed);
  EXPECT_EQ(outcome.error().reach, Reach::kUnknown);
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST_P(AtMostOnce, RedirectIsAnAnswerAndIsNotFollowed) {
  RawServer server([](RawConnection& connection) {
    while (!connection.ReadRequest().empty())
      connection.Write("HTTP/1.1 307 Away\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
  });

  const auto [method, body] = GetParam();
  const auto outcome = Send(Request(server.origin(), method, body));

  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->status, 307);
  EXPECT_EQ(FindHeader(outcome->headers, "location"), "/elsewhere");
  EXPECT_EQ(server.requests().size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Methods, AtMostOnce,
                         ::testing::Combine(::testing::Values(HttpMethod::kGet, HttpMethod::kPut,
                                                              HttpMethod::kPost, HttpMethod::kPatch,
                                                              HttpMethod::kDelete,
                                                              HttpMethod::kHead),
                                            ::testing::Values(std::string(), std::string("body"),
                                                              std::string(100'000, 'x'))),
                         [](const auto& sample) {
                           return std::string(ToString(std::get<0>(sample.param))) + "With" +
                                  std::to_string(std::get<1>(sample.param).size()) + "Bytes";
                         });

TEST_F(HttpClientTest, IdleConnectionThatTheServerClosedIsNotUsed) {
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    connection.Write(PlainAnswer("once"));
  });
  ASSERT_TRUE(Get(server.origin()));
  server.AwaitClosed(1);

  const auto second = Send(Request(server.origin(), HttpMethod::kPost, "body"));

  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(server.requests().size(), 2u);
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(HttpClientTest, ConnectionWithUnaskedBytesBehindTheAnswerIsNotUsed) {
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    connection.Write(PlainAnswer("mine") + PlainAnswer("not mine"));
    connection.AwaitClose();
  });
  ASSERT_EQ(Get(server.origin())->body, "mine");

  EXPECT_EQ(Get(server.origin())->body, "mine");
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(HttpClientTest, RequestsInARowShareOneConnection) {
  RawServer server([](RawConnection& connection) {
    while (!connection.ReadRequest().empty()) connection.Write(PlainAnswer("again"));
  });

  for (int i = 0; i < 10; ++i) ASSERT_EQ(Get(server.origin())->body, "again");

  EXPECT_EQ(server.requests().size(), 10u);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClientTest, ConnectionCloseIsHeeded) {
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    connection.Write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    connection.AwaitClose();
  });

  ASSERT_TRUE(Get(server.origin()));
  ASSERT_TRUE(Get(server.origin()));

  EXPECT_EQ(server.connections(), 2);
}

TEST_F(HttpClientTest, RequestGoesOverTheWireAsGiven) {
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    connection.Write(PlainAnswer(""));
    connection.AwaitClose();
  });

  ASSERT_TRUE(Send(Request(server.origin(), HttpMethod::kPut, "body")));

  EXPECT_EQ(server.requests().at(0),
            "PUT /path?q=1 HTTP/1.1\r\nHost: " + HostHeader(server.origin()) +
                "\r\nX-Test: yes\r\nContent-Length: 4\r\n\r\nbody");
}

}  // namespace
}  // namespace instanced
