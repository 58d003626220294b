// A create that is on its way while its process dies: it may arrive when another process has long
// settled its intent. It makes no second instance, and is no call without an intent.
#include <utility>

#include <gtest/gtest.h>

#include "tests/simulation/checks.h"

namespace instanced {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// One object, and a daemon that crashes as its first create leaves it.
class LateCreate {
 public:
  LateCreate(Kind kind, Bug bug) : world_(7, 400), people_(world_, 0), checks_(world_, people_) {
    world_.bugs.on = bug;
    wish_ = people_.Add(kind, "name");
    world_.cloud.options().provision_time = seconds(5);
    world_.cloud.latency = [this]() -> Duration {
      return std::exchange(delays_next_, false) ? seconds(8) : milliseconds(5);
    };
    judge_ = std::exchange(world_.cloud.on_sending, [this](const FakeCall& call) { Sends(call); });
  }

  // What broke by then; empty when all was well.
  std::string RunFor(Duration span) {
    if (!wish_->declared) {
      world_.Start();
      people_.Declare(*wish_);
    }
    world_.Run(span);
    return Broken();
  }
  std::string RunToTheEnd() {
    world_.Run(hours(2));
    if (world_.violations().empty()) checks_.AtTheEnd();
    return Broken();
  }
  int sent() const { return sent_; }
  int arrived() const { return world_.cloud.CountCalls("Create"); }
  int made() const { return world_.cloud.CountEffects("Create"); }
  InstanceStatus Status() const { return world_.objects.Instance(wish_->key)->status; }

 private:
  void Sends(const FakeCall& call) {
    judge_(call);
    if (call.operation != "Create" || ++sent_ > 1) return;
    delays_next_ = true;
    world_.CrashSoon(1, milliseconds(500));
  }
  std::string Broken() const {
    return world_.violations().empty() ? "" : world_.violations().front().what;
  }

  SimWorld world_;
  People people_;
  Checks checks_;
  Wish* wish_ = nullptr;
  std::function<void(const FakeCall&)> judge_;
  bool delays_next_ = false;
  int sent_ = 0;
};

class LateCalls : public testing::TestWithParam<Kind> {};
INSTANTIATE_TEST_SUITE_P(Kinds, LateCalls,
                         testing::Values(Kind::kConnectInstance, Kind::kSupplyChainInstance,
                                         Kind::kCloudCallCenterInstance,
                                         Kind::kOutboundBotInstance),
                         [](const auto& kind) { return std::string(ToString(kind.param)); });

TEST_P(LateCalls, ACreateOfADeadProcessMakesOneInstanceHoweverLateItArrives) {
  LateCreate late(GetParam(), Bug::kNone);
  ASSERT_EQ(late.RunFor(minutes(20)), "");
  EXPECT_EQ(late.RunToTheEnd(), "");
  EXPECT_EQ(late.made(), 1);
}

TEST_P(LateCalls, ACreateThatLeavesWithoutAnIntentIsSeenBeforeItArrives) {
  LateCreate late(GetParam(), Bug::kIntentNotWritten);
  EXPECT_NE(late.RunFor(seconds(5)).find("without a durable intent"), std::string::npos);
  EXPECT_EQ(late.sent(), 1);
  EXPECT_EQ(late.arrived(), 0);
}

TEST(LateCallsOfOneToken, ArriveWhenTheSameRequestWasSentAgainAndItsIntentIsClosed) {
  LateCreate late(Kind::kConnectInstance, Bug::kNone);
  ASSERT_EQ(late.RunFor(seconds(5)), "");
  ASSERT_EQ(late.sent(), 2);
  ASSERT_EQ(late.arrived(), 1);
  ASSERT_FALSE(late.Status().intent);
  const auto bound = late.Status().external_name;
  EXPECT_EQ(late.RunFor(seconds(10)), "");
  EXPECT_EQ(late.arrived(), 2);
  EXPECT_EQ(late.made(), 1);
  EXPECT_EQ(late.Status().external_name, bound);
}

}  // namespace
}  // namespace instanced
