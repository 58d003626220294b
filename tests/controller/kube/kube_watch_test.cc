// Watches over a real socket: what a server does below HTTP.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "controller/http/beast_http_client.h"
#include "controller/kube/kube_client.h"
#include "tests/controller/http/raw_server.h"

namespace instanced {
namespace {

constexpr char kHead[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

class KubeWatchTest : public testing::Test {
 protected:
  static Task<void> Count(Task<Result<std::string>> calling, int* answered) {
    const auto answer = co_await calling;
    if (answer) ++*answered;
  }
  Result<std::unique_ptr<KubeWatch>> Open(const RawServer& server) {
    http_ = std::move(*BeastHttpClient::Create(loop_, {}));
    KubeConfig config;
    config.server.origin = server.origin();
    KubeClientOptions options;
    options.watch_idle_max = idle_max_;
    client_ = std::make_unique<KubeClient>(*http_, *http_, clock_, config, ReadSmallFile, options,
                                           nullptr);
    return RunBlocking(loop_, client_->Watch({"", "v1", "pods", ""}, {"7", 60, ""}, {}));
  }
  Result<std::optional<std::string>> Next(KubeWatch& watch) {
    return RunBlocking(loop_, watch.Next());
  }
  std::chrono::milliseconds idle_max_ = std::chrono::seconds(20);
  SystemClock clock_;
  Loop loop_{clock_};
  std::unique_ptr<BeastHttpClient> http_;
  std::unique_ptr<KubeClient> client_;
};

TEST_F(KubeWatchTest, CallsInALineShareItsFewConnections) {
  RawServer server([](RawConnection& connection) {
    while (!connection.ReadRequest().empty()) connection.Write(PlainAnswer("{}"));
  });
  http_ = std::move(*BeastHttpClient::Create(loop_, {}));
  KubeConfig config;
  config.server.origin = server.origin();
  CallLine line(clock_, 3);
  KubeClientOptions options;
  options.line = &line;
  KubeClient client(*http_, *http_, clock_, config, ReadSmallFile, options, nullptr);
  int answered = 0;
  {
    TaskGroup calls(loop_);
    for (int i = 0; i < 40; ++i) {
      calls.Spawn(Count(client.Get({{"", "v1", "pods", "x"}, "p", ""}, {}), &answered));
    }
    loop_.RunUntil([&] { return calls.size() == 0; });
  }
  EXPECT_EQ(answered, 40);
  EXPECT_EQ(server.requests().size(), 40u);
  EXPECT_EQ(server.connections(), 3);
}

TEST_F(KubeWatchTest, LinesAreWholeHoweverTheyWereCut) {
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    connection.Write(std::string(kHead) + "5\r\n{\"a\":\r\n");
    connection.Write("9\r\n1}\n{\"b\":2\r\n2\r\n}\n\r\n0\r\n\r\n");
    connection.AwaitClose();
  });
  auto watch = Open(server);
  ASSERT_TRUE(watch) << watch.error().message;
  EXPECT_EQ(**Next(**watch), "{\"a\":1}");
  EXPECT_EQ(**Next(**watch), "{\"b\":2}");
  EXPECT_EQ(*Next(**watch), std::nullopt) << "ended in order";
}

TEST_F(KubeWatchTest, ACutStreamIsTransientAndNotAnEnd) {
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    connection.Write(std::string(kHead) + "5\r\n{\"a\":\r\n");
  });
  auto watch = Open(server);
  const auto next = Next(**watch);
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().error_class, ErrorClass::kTransient);
}

TEST_F(KubeWatchTest, ASilentServerIsGivenUp) {
  idle_max_ = std::chrono::milliseconds(50);
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    connection.Write(kHead);
    connection.AwaitClose();
  });
  auto watch = Open(server);
  EXPECT_EQ(Next(**watch).error().error_class, ErrorClass::kTransient);
}

TEST_F(KubeWatchTest, AnEventCutAtAnyByteIsNeitherAnEventNorAnEnd) {
  const std::string whole =
      std::string(kHead) + "8\r\n{\"a\":1}\n\r\n8\r\n{\"b\":2}\n\r\n0\r\n\r\n";
  for (std::size_t size = sizeof kHead - 1; size < whole.size(); ++size) {
    RawServer server([&](RawConnection& connection) {
      connection.ReadRequest();
      connection.Write(whole.substr(0, size));
    });
    SCOPED_TRACE(whole.substr(0, size));
    auto watch = Open(server);
    ASSERT_TRUE(watch) << watch.error().message;
    auto next = Next(**watch);
    for (; next && *next; next = Next(**watch)) {
      EXPECT_TRUE(**next == "{\"a\":1}" || **next == "{\"b\":2}") << **next;
    }
    ASSERT_FALSE(next) << "ended as if in order";
    EXPECT_EQ(next.error().error_class, ErrorClass::kTransient);
  }
}

TEST_F(KubeWatchTest, ALineWithoutEndIsGivenUp) {
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    const std::string piece = "100000\r\n" + std::string(0x100000, 'x') + "\r\n";
    bool open = connection.Write(kHead);
    while (open) open = connection.Write(piece);
  });
  auto watch = Open(server);
  const auto next = Next(**watch);
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, "TooLarge");
}

TEST_F(KubeWatchTest, ARedirectIsARefusalAndTakesNoTokenAlong) {
  RawServer elsewhere([](RawConnection& connection) { connection.ReadRequest(); });
  RawServer server([&](RawConnection& connection) {
    connection.ReadRequest();
    connection.Write("HTTP/1.1 307 Away\r\nLocation: http://127.0.0.1:" +
                     std::to_string(elsewhere.origin().port) + "/x\r\nContent-Length: 0\r\n\r\n");
    connection.AwaitClose();
  });
  const auto watch = Open(server);
  ASSERT_FALSE(watch);
  EXPECT_EQ(watch.error().http_status, 307);
  EXPECT_EQ(elsewhere.connections(), 0);
}

TEST_F(KubeWatchTest, ARefusalWithoutEndIsCutShort) {
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    bool open = connection.Write("HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (open) open = connection.Write("400\r\n" + std::string(0x400, 'x') + "\r\n");
  });
  const auto watch = Open(server);
  ASSERT_FALSE(watch);
  EXPECT_EQ(watch.error().http_status, 500);
  EXPECT_LT(watch.error().message.size(), 4096u);
}

}  // namespace
}  // namespace instanced
