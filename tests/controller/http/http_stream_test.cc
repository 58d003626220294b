#include "controller/http/http_stream.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/controller/http/client_fixture.h"
#include "tests/controller/http/raw_server.h"

namespace instanced {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr char kChunkedHead[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

class HttpStreamTest : public HttpClientTest {
 protected:
  std::expected<std::unique_ptr<HttpStream>, HttpError> Open(const HttpOrigin& origin,
                                                             Duration read_idle_max = seconds(20),
                                                             StopToken stop = {}) {
    if (!client_) Configure({});
    const HttpStreamLimits limits{loop_.Now() + seconds(20), read_idle_max};
    return RunBlocking(loop_, client_->Open(Request(origin), limits, stop));
  }
  std::expected<std::string, HttpError> Read(HttpStream& stream) {
    return RunBlocking(loop_, stream.Read());
  }
  // Reads until `size` bytes have come.
  std::string ReadBytes(HttpStream& stream, std::size_t size) {
    std::string bytes;
    while (bytes.size() < size) {
      const auto chunk = Read(stream);
      if (!chunk || chunk->empty()) break;
      bytes += *chunk;
    }
    return bytes;
  }
};

TEST_F(HttpStreamTest, ChunksArriveBeforeTheBodyEnds) {
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    connection.Write(std::string(kChunkedHead) + "3\r\none\r\n");
    connection.AwaitClose();
  });
  auto stream = Open(server.origin());
  ASSERT_TRUE(stream);

  EXPECT_EQ((*stream)->head().status, 200);
  EXPECT_EQ(FindHeader((*stream)->head().headers, "transfer-encoding"), "chunked");
  EXPECT_EQ(ReadBytes(**stream, 3), "one");
}

TEST_F(HttpStreamTest, EmptyReadMarksTheEnd) {
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    connection.Write(std::string(kChunkedHead) + "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n");
    connection.AwaitClose();
  });
  auto stream = Open(server.origin());

  EXPECT_EQ(ReadBytes(**stream, 6), "onetwo");
  EXPECT_EQ(Read(**stream), "");
}

TEST_F(HttpStreamTest, BodyHasNoBound) {
  HttpClientOptions options;
  options.body_bytes_max = 10;
  Configure(options);
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    connection.Write(PlainAnswer(std::string(100'000, 'x')));
    connection.AwaitClose();
  });
  auto stream = Open(server.origin());

  EXPECT_EQ(ReadBytes(**stream, 100'000).size(), 100'000u);
  EXPECT_EQ(Read(**stream), "");
}

TEST_F(HttpStreamTest, SilenceEndsAtTheIdleDeadline) {
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    connection.Write(kChunkedHead);
    connection.AwaitClose();
  });
  auto stream = Open(server.origin(), milliseconds(30));

  const auto read = Read(**stream);

  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().failure, HttpFailure::kDeadline);
}

TEST_F(HttpStreamTest, CutBodyIsClosed) {
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    connection.Write(std::string(kChunkedHead) + "3\r\none\r\n");
  });
  auto stream = Open(server.origin());
  ASSERT_EQ(ReadBytes(**stream, 3), "one");

  const auto read = Read(**stream);

  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().failure, HttpFailure::kClosed);
}

TEST_F(HttpStreamTest, StopEndsAReadThatWaits) {
  StopSource stop;
  RawServer server([&](RawConnection& connection) {
    connection.ReadRequest();
    connection.Write(kChunkedHead);
    connection.AwaitClose();
  });
  auto stream = Open(server.origin(), hours(1), stop.token());
  loop_.PostFromAnyThread([&] { stop.RequestStop(); });

  const auto read = Read(**stream);

  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().failure, HttpFailure::kStopped);
}

TEST_F(HttpStreamTest, DestroyedStreamClosesItsConnection) {
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    connection.Write(kChunkedHead);
    connection.AwaitClose();
  });
  {
    auto stream = Open(server.origin());
    ASSERT_TRUE(stream);
  }

  server.AwaitClosed(1);

  EXPECT_EQ(server.requests().size(), 1u);
}

}  // namespace
}  // namespace instanced
