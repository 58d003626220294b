// The exposer over real sockets, asked by curl.
#include "controller/telemetry/metrics_exposer.h"

#include <array>
#include <cstdio>
#include <string>

#include <gmock/gmock.h>

namespace instanced {
namespace {

using ::testing::HasSubstr;

std::string Shell(const std::string& command) {
  std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  std::string output;
  std::array<char, 4096> chunk{};
  while (pipe != nullptr && std::fgets(chunk.data(), chunk.size(), pipe) != nullptr) {
    output += chunk.data();
  }
  if (pipe != nullptr) pclose(pipe);
  return output;
}

std::string Fetch(const MetricsExposer& exposer) {
  return Shell("curl -s -i --noproxy '*' --max-time 20 http://127.0.0.1:" +
               std::to_string(exposer.port()) + "/metrics");
}

class MetricsExposerTest : public ::testing::Test {
 protected:
  MetricsExposerTest() { metrics.Set(Metric::kBuildInfo, {"1.2.3", "g++"}, 1); }
  Metrics metrics;
};

TEST_F(MetricsExposerTest, AnswersAScrape) {
  const auto exposer = MetricsExposer::Start(metrics, {.address = "127.0.0.1:0"});
  ASSERT_TRUE(exposer) << exposer.error().message;
  const std::string answer = Fetch(**exposer);
  EXPECT_THAT(answer, HasSubstr("200 OK"));
  EXPECT_THAT(answer, HasSubstr("version=\"1.2.3\"} 1"));
}

TEST_F(MetricsExposerTest, AddressInUseIsAnErrorThatNamesIt) {
  const auto first = MetricsExposer::Start(metrics, {.address = "127.0.0.1:0"});
  ASSERT_TRUE(first);
  const std::string address = "127.0.0.1:" + std::to_string((*first)->port());
  const auto second = MetricsExposer::Start(metrics, {.address = address});
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr(address));
}

}  // namespace
}  // namespace instanced
