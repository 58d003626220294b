// Servers that mean harm: what they send is an answer or an error, never followed, never inflated,
// and never more than its bounds.
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "tests/controller/http/client_fixture.h"
#include "tests/controller/http/raw_server.h"

namespace instanced {
namespace {

using std::chrono::milliseconds;

RawServer::Script Answering(std::string answer) {
  return [answer](RawConnection& connection) {
    while (!connection.ReadRequest().empty()) connection.Write(answer);
  };
}

// A gzip header, and after it what would be gigabytes: a run of one deflate block.
std::string Bomb(std::size_t size) { return "\x1f\x8b\x08" + std::string(size - 3, '\x01'); }

TEST_F(HttpClientTest, RedirectToAnotherHostReachesNobodyAndCarriesNothing) {
  RawServer elsewhere(Answering(PlainAnswer("secrets, please")));
  const std::string location =
      "http://127.0.0.1:" + std::to_string(elsewhere.origin().port) + "/path?q=1";
  for (const char* status : {"301 Moved", "302 Found", "303 Other", "307 Away", "308 Gone"}) {
    RawServer server(Answering("HTTP/1.1 " + std::string(status) + "\r\nLocation: " + location +
                               "\r\nContent-Length: 0\r\n\r\n"));
    HttpRequest request = Request(server.origin(), HttpMethod::kPost, "body");
    request.headers = {{"Authorization", "Bearer hunter2"}};

    const auto outcome = Send(std::move(request));

    ASSERT_TRUE(outcome) << status;
    EXPECT_EQ(outcome->status / 100, 3);
    EXPECT_EQ(server.requests().size(), 1u);
  }
  EXPECT_EQ(elsewhere.connections(), 0);
}

TEST_F(HttpClientTest, CompressionIsNotAskedForAndNotUndone) {
  const std::string bomb = Bomb(5000);
  RawServer server(Answering("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " +
                             std::to_string(bomb.size()) + "\r\n\r\n" + bomb));

  const auto outcome = Get(server.origin());

  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->body, bomb);
  EXPECT_FALSE(server.requests().front().contains("Accept-Encoding"));
}

TEST_F(HttpClientTest, ACodingNobodyKnowsIsNoBody) {
  RawServer server(Answering(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"));

  const auto outcome = Get(server.origin());

  // As it came, or refused: never inflated.
  if (outcome) {
    EXPECT_EQ(outcome->body, "abc");
  } else {
    EXPECT_EQ(outcome.error().failure, HttpFailure::kMalformed);
  }
}

TEST_F(HttpClientTest, HeaderThatDripsEndsAtTheDeadline) {
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    bool open = connection.Write("HTTP/1.1 200 OK\r\n");
    while (open) {
      std::this_thread::sleep_for(milliseconds(5));
      open = connection.Write("X: y\r\n");
    }
  });

  const auto outcome = Get(server.origin(), milliseconds(60));

  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().failure, HttpFailure::kDeadline);
  EXPECT_EQ(outcome.error().reach, Reach::kUnknown);
}

TEST_F(HttpClientTest, ChunksThatDripEndAtTheDeadline) {
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    bool open = connection.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (open) {
      std::this_thread::sleep_for(milliseconds(5));
      open = connection.Write("1\r\nx\r\n");
    }
  });

  EXPECT_EQ(Get(server.origin(), milliseconds(60)).error().failure, HttpFailure::kDeadline);
}

TEST_F(HttpClientTest, HugeHeadersOfEveryShapeAreBounded) {
  HttpClientOptions options;
  options.header_bytes_max = 4096;
  Configure(options);
  const std::string huge(1 << 20, 'x');
  for (const auto& answer :
       {"HTTP/1.1 200 " + huge + "\r\n\r\n", "HTTP/1.1 200 OK\r\n" + huge + ": y\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: " + huge + "\r\n\r\n", huge}) {
    RawServer server(Answering(answer));
    const auto outcome = Get(server.origin());
    ASSERT_FALSE(outcome) << answer.substr(0, 40);
    EXPECT_EQ(outcome.error().reach, Reach::kUnknown);
  }
}

TEST_F(HttpClientTest, ChunkSizesThatOverflowAreMalformed) {
  for (const char* size :
       {"ffffffffffffffff", "fffffffffffffffff", "8000000000000000", "-1", "0x3", "3 3", ""}) {
    RawServer server([size](RawConnection& connection) {
      connection.ReadRequest();
      connection.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(size) +
                       "\r\nabc\r\n0\r\n\r\n");
    });
    const auto outcome = Get(server.origin());
    ASSERT_FALSE(outcome) << size;
    EXPECT_EQ(outcome.error().reach, Reach::kUnknown);
  }
}

TEST_F(HttpClientTest, AnswerThatWasNotAskedForSpoilsItsConnectionOnly) {
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    connection.Write(PlainAnswer("mine") + PlainAnswer("smuggled"));
    connection.ReadRequest();
    connection.Write(PlainAnswer("second"));
    connection.AwaitClose();
  });

  EXPECT_EQ(Get(server.origin())->body, "mine");
  const auto second = Get(server.origin());
  if (second) {
    EXPECT_NE(second->body, "smuggled");
  }
}

}  // namespace
}  // namespace instanced
