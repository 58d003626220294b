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
  Result<std::unique_ptr<KubeWatch>> Open(const RawServer& server) {
    http_ = std::move(*BeastHttpClient::Create(loop_, {}));
    KubeConfig config;
    config.server.origin = server.origin();
    KubeClientOptions options;
    options.watch_idle_max = std::chrono::milliseconds(50);
    client_ = std::make_unique<KubeClient>(*http_, *http_, clock_, config, ReadSmallFile, options,
                                           nullptr);
    return RunBlocking(loop_, client_->Watch({"", "v1", "pods", ""}, {"7", 60, ""}, {}));
  }
  Result<std::optional<std::string>> Next(KubeWatch& watch) {
    return RunBlocking(loop_, watch.Next());
  }
  SystemClock clock_;
  Loop loop_{clock_};
  std::unique_ptr<BeastHttpClient> http_;
  std::unique_ptr<KubeClient> client_;
};

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
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    connection.Write(kHead);
    connection.AwaitClose();
  });
  auto watch = Open(server);
  EXPECT_EQ(Next(**watch).error().error_class, ErrorClass::kTransient);
}

}  // namespace
}  // namespace instanced
