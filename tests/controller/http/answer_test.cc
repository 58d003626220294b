// What the client makes of answers: sound ones, hostile ones, and ones that never end.
#include <gmock/gmock.h>
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

RawServer::Script AnsweringThenClosing(std::string answer) {
  return [answer](RawConnection& connection) {
    connection.ReadRequest();
    connection.Write(answer);
  };
}

RawServer::Script DrippingForever(std::string start, std::string drop) {
  return [start, drop](RawConnection& connection) {
    connection.ReadRequest();
    bool open = connection.Write(start);
    while (open) open = connection.Write(drop);
  };
}

void ExpectFailure(const std::expected<HttpResponse, HttpError>& outcome, HttpFailure failure,
                   Reach reach) {
  ASSERT_FALSE(outcome);
  EXPECT_EQ(ToString(outcome.error().failure), ToString(failure)) << outcome.error().message;
  EXPECT_EQ(outcome.error().reach, reach);
  EXPECT_NE(outcome.error().message, "");
}

TEST_F(HttpClientTest, ChunkedBodyIsJoined) {
  RawServer server(Answering(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"));

  EXPECT_EQ(Get(server.origin())->body, "abcde");
  EXPECT_EQ(Get(server.origin())->body, "abcde");
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClientTest, BodyWithoutALengthEndsWithTheConnection) {
  RawServer server(AnsweringThenClosing("HTTP/1.1 200 OK\r\n\r\nall of it"));

  EXPECT_EQ(Get(server.origin())->body, "all of it");
}

TEST_F(HttpClientTest, AnswersWithoutABodyLeaveTheConnectionUsable) {
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    connection.Write("HTTP/1.1 204 None\r\n\r\n");
    connection.ReadRequest();
    connection.Write("HTTP/1.1 304 Same\r\nContent-Length: 7\r\n\r\n");
    connection.ReadRequest();
    connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n");
    connection.ReadRequest();
    connection.Write(PlainAnswer("last"));
    connection.AwaitClose();
  });

  EXPECT_EQ(Get(server.origin())->status, 204);
  EXPECT_EQ(Get(server.origin())->status, 304);
  const auto head = Send(Request(server.origin(), HttpMethod::kHead));
  EXPECT_EQ(FindHeader(head->headers, "Content-Length"), "7");
  EXPECT_EQ(head->body, "");
  EXPECT_EQ(Get(server.origin())->body, "last");
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClientTest, InterimAnswersAreSkipped) {
  RawServer server(Answering("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" +
                             PlainAnswer("real")));

  const auto outcome = Get(server.origin());

  EXPECT_EQ(outcome->body, "real");
  EXPECT_EQ(FindHeader(outcome->headers, "Link"), "");
}

TEST_F(HttpClientTest, InterimAnswersWithoutEndAreMalformed) {
  RawServer server(DrippingForever("", "HTTP/1.1 100 Continue\r\n\r\n"));

  ExpectFailure(Get(server.origin()), HttpFailure::kMalformed, Reach::kUnknown);
}

TEST_F(HttpClientTest, RepeatedHeadersKeepTheirOrder) {
  RawServer server(
      Answering("HTTP/1.1 200 OK\r\nA: 1\r\nB: x\r\nA: 2\r\nContent-Length: 0\r\n\r\n"));

  const auto outcome = Get(server.origin());

  EXPECT_EQ(outcome->headers,
            (HttpHeaders{{"A", "1"}, {"A", "2"}, {"B", "x"}, {"Content-Length", "0"}}));
}

TEST_F(HttpClientTest, AnswerCutAtAnyByteIsClosed) {
  for (const std::string& answer :
       {PlainAnswer("abc"), std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                        "3\r\nabc\r\n0\r\n\r\n")}) {
    for (std::size_t size = 0; size < answer.size(); ++size) {
      RawServer server(AnsweringThenClosing(answer.substr(0, size)));
      SCOPED_TRACE(answer.substr(0, size));
      ExpectFailure(Get(server.origin()), HttpFailure::kClosed, Reach::kUnknown);
    }
  }
}

TEST_F(HttpClientTest, WhatIsNotHttpIsMalformed) {
  for (const char* answer : {"SSH-2.0-server\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
                             "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n",
                             "HTTP/1.1 101 Switch\r\n\r\n"}) {
    RawServer server(Answering(answer));
    SCOPED_TRACE(answer);
    ExpectFailure(Get(server.origin()), HttpFailure::kMalformed, Reach::kUnknown);
  }
}

TEST_F(HttpClientTest, AnswersOverTheirBoundsAreTooLarge) {
  HttpClientOptions options;
  options.header_bytes_max = 4096;
  options.body_bytes_max = 10'000;
  Configure(options);
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string thousand = "3e8\r\n" + std::string(1000, 'x') + "\r\n";
  for (const auto& script :
       {DrippingForever("HTTP/1.1 200 OK\r\nX: ", "xxxxxxxx"),
        DrippingForever("HTTP/1.1 200 OK\r\n", "X: y\r\n"), DrippingForever("", "HTTP/1.1 2"),
        Answering("HTTP/1.1 200 OK\r\nContent-Length: 10001\r\n\r\n"),
        DrippingForever("HTTP/1.1 200 OK\r\n\r\n", "endless"), DrippingForever(chunked, thousand),
        DrippingForever(chunked + "3;", "extension"),
        DrippingForever(chunked + "0\r\n", "Trailer: x\r\n")}) {
    RawServer server(script);
    const auto outcome = Get(server.origin());
    ASSERT_FALSE(outcome);
    EXPECT_THAT(outcome.error().failure,
                ::testing::AnyOf(HttpFailure::kTooLarge, HttpFailure::kMalformed));
    EXPECT_EQ(outcome.error().reach, Reach::kUnknown);
  }
}

TEST_F(HttpClientTest, BodyAtItsBoundIsTaken) {
  HttpClientOptions options;
  options.body_bytes_max = 10'000;
  Configure(options);
  RawServer server(Answering(PlainAnswer(std::string(10'000, 'x'))));

  EXPECT_EQ(Get(server.origin())->body.size(), 10'000u);
}

TEST_F(HttpClientTest, SlowAnswersEndAtTheDeadline) {
  for (const std::string start :
       {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"}) {
    RawServer server([start](RawConnection& connection) {
      connection.ReadRequest();
      connection.Write(start);
      connection.AwaitClose();
    });
    ExpectFailure(Get(server.origin(), milliseconds(50)), HttpFailure::kDeadline, Reach::kUnknown);
  }
}

TEST_F(HttpClientTest, DripsDoNotProlongTheDeadline) {
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    bool open = connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n");
    while (open) {
      std::this_thread::sleep_for(milliseconds(5));
      open = connection.Write("x");
    }
  });

  ExpectFailure(Get(server.origin(), milliseconds(50)), HttpFailure::kDeadline, Reach::kUnknown);
}

TEST_F(HttpClientTest, ServerThatDoesNotReadEndsAtTheDeadline) {
  RawServer server([](RawConnection& connection) {
    connection.ReadHead();
    std::this_thread::sleep_for(milliseconds(200));
  });

  const auto outcome = Send(Request(server.origin(), HttpMethod::kPost, std::string(32 << 20, 'x')),
                            milliseconds(50));

  ExpectFailure(outcome, HttpFailure::kDeadline, Reach::kUnknown);
}

}  // namespace
}  // namespace instanced
