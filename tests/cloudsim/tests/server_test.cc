// The program over real sockets: transport faults, hold points, restart and kill.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "controller/clock/clock.h"
#include "tests/cloudsim/client.h"
#include "tests/cloudsim/tests/signing.h"

namespace instanced::cloudsim {
namespace {

using End = RawAnswer::End;

std::string CreateBody(const std::string& alias) {
  return nlohmann::json{{"IdentityManagementType", "SAML"},
                        {"InboundCallsEnabled", true},
                        {"OutboundCallsEnabled", true},
                        {"InstanceAlias", alias}}
      .dump();
}

CallFilter At(const std::string& phase, const std::string& service) {
  CallFilter filter;
  filter.phase = phase;
  filter.service = service;
  return filter;
}

class ServerTest : public testing::Test {
 protected:
  ServerTest()
      : state_(std::filesystem::temp_directory_path() /
               ("cloudsim-test-" + std::to_string(getpid()) + ".state")) {
    std::filesystem::remove(state_);
    Start();
  }
  ~ServerTest() override {
    process_.reset();
    std::filesystem::remove(state_);
  }
  void Start() {
    process_.reset();
    auto started = CloudsimProcess::Start(
        CLOUDSIM_PROGRAM, {"--state", state_.string(), "--no-rates", "--no-quotas"});
    ASSERT_TRUE(started) << started.error();
    process_.emplace(*std::move(started));
  }
  RawAnswer Send(const std::string& method, const std::string& target, const std::string& body,
                 int timeout_ms = 5000) {
    const long long now = SystemClock().WallNow().time_since_epoch().count();
    return SendRaw(process_->port(), Wire(SignedAws({}, "connect", method, target, body, now)),
                   timeout_ms);
  }
  RawAnswer Create(const std::string& alias, int timeout_ms = 5000) {
    return Send("PUT", "/instance", CreateBody(alias), timeout_ms);
  }
  std::size_t Count() { return process_->control().Instances("connect").size(); }
  void Fault(const nlohmann::json& rule) {
    ASSERT_TRUE(process_->control().ClearFaults());
    ASSERT_TRUE(process_->control().AddFault(rule));
  }

  std::filesystem::path state_;
  std::optional<CloudsimProcess> process_;
};

TEST_F(ServerTest, SignedCallIsAnsweredOverTheSocket) {
  const RawAnswer answer = Create("demo");
  EXPECT_TRUE(answer.bytes.starts_with("HTTP/1.1 200 OK")) << answer.bytes;
  EXPECT_EQ(Count(), 1u);
  const auto calls = process_->control().Calls();
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].ending, "answered");
  EXPECT_GT(calls[0].answered_real, 0);
}

TEST_F(ServerTest, ResetBeforeTheEffectLeavesNothing) {
  Fault({{"action", "reset-before-effect"}});
  const RawAnswer answer = Create("demo");
  EXPECT_EQ(answer.end, End::kReset);
  EXPECT_EQ(answer.bytes, "");
  EXPECT_EQ(Count(), 0u);
}

TEST_F(ServerTest, ResetAfterTheEffectLeavesAnInstance) {
  Fault({{"action", "reset-after-effect"}});
  const RawAnswer answer = Create("demo");
  EXPECT_EQ(answer.end, End::kReset);
  EXPECT_EQ(answer.bytes, "");
  EXPECT_EQ(Count(), 1u);
}

TEST_F(ServerTest, TimeoutAfterTheEffectKeepsSilent) {
  Fault({{"action", "timeout-after-effect"}});
  const RawAnswer answer = Create("demo", 300);
  EXPECT_EQ(answer.end, End::kTimedOut);
  EXPECT_EQ(answer.bytes, "");
  EXPECT_EQ(Count(), 1u);
}

TEST_F(ServerTest, CutAnswersEndTheConnectionEarly) {
  Fault({{"action", "close-mid-headers"}});
  EXPECT_EQ(Create("one").bytes.find("\r\n\r\n"), std::string::npos);
  Fault({{"action", "truncated-body"}});
  const RawAnswer cut = Create("two");
  EXPECT_NE(cut.bytes.find("\r\n\r\n"), std::string::npos);
  EXPECT_FALSE(cut.bytes.ends_with("}"));
  EXPECT_EQ(Count(), 2u);
}

TEST_F(ServerTest, SlowAnswerArrivesWholeInTheEnd) {
  Fault({{"action", "slow"}, {"milliseconds", 5}});
  EXPECT_TRUE(Create("demo").bytes.ends_with("}"));
}

TEST_F(ServerTest, HeldCallHasNoEffectUntilReleased) {
  Fault({{"action", "hold"}, {"phase", "received"}, {"operation", "CreateInstance"}});
  auto answer = std::async(std::launch::async, [this] { return Create("demo"); });
  const auto held = process_->control().Wait(At("held", "connect"), 5000);
  ASSERT_TRUE(held);
  EXPECT_EQ(held->held, "received");
  EXPECT_EQ(Count(), 0u);
  EXPECT_EQ(process_->control().Release(held->seq), 1u);
  EXPECT_TRUE(answer.get().bytes.starts_with("HTTP/1.1 200"));
  EXPECT_EQ(Count(), 1u);
}

TEST_F(ServerTest, CallHeldAfterItsEffectSurvivesAKill) {
  Fault({{"action", "hold"}, {"phase", "effect"}});
  auto answer = std::async(std::launch::async, [this] { return Create("demo"); });
  const auto held = process_->control().Wait(At("effect", "connect"), 5000);
  ASSERT_TRUE(held);
  process_->Kill();
  EXPECT_EQ(answer.get().bytes, "");
  Start();
  const auto instances = process_->control().Instances("connect");
  ASSERT_EQ(instances.size(), 1u);
  EXPECT_EQ(instances[0]["id"], held->instance);
}

TEST_F(ServerTest, TornLastLineOfTheStateFileIsIgnored) {
  Create("demo");
  process_->Kill();
  std::ofstream(state_, std::ios::app) << "{\"put\":{\"ser";
  Start();
  EXPECT_EQ(Count(), 1u);
}

TEST_F(ServerTest, WaitEndsEmptyWhenNothingMatches) {
  EXPECT_FALSE(process_->control().Wait(At("answered", "ccc"), 50));
}

TEST_F(ServerTest, StopOfTheControlEndpointEndsTheProgram) {
  EXPECT_TRUE(process_->control().Stop());
  process_->Stop();
  EXPECT_EQ(Create("demo").end, End::kNotConnected);
}

}  // namespace
}  // namespace instanced::cloudsim
