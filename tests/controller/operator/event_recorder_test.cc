#include "controller/operator/event_recorder.h"

#include <algorithm>

#include "tests/controller/operator/operator_fixture.h"

namespace instanced {
namespace {

using nlohmann::json;

class EventRecorderTest : public OperatorTest {
 protected:
  HistoryEntry Failed(const std::string& message, const std::string& request = "r-1") {
    HistoryEntry entry;
    entry.key = Desk();
    entry.uid = "uid-of-desk";
    entry.kind = HistoryKind::kFailure;
    entry.operation = "connect:CreateInstance";
    entry.code = "ThrottlingException";
    entry.message = message;
    entry.request_id = request;
    return entry;
  }
  void Say(const std::string& message, const std::string& request = "r-1") {
    recorder_.CallRecorded(Failed(message, request));
    Idle();
  }
  std::vector<json> Events() {
    const auto body =
        loop_.Await(client_.ListPage({"events.k8s.io", "v1", "events", "team"}, {}, {}));
    return json::parse(*body)["items"].get<std::vector<json>>();
  }

  EventRecorder::Deps Deps(Random& random) {
    return {client_,
            clock(),
            random,
            cache_,
            "me",
            Spawn(),
            [this](const auto&, const auto&) { ++troubles_; },
            stop_.token()};
  }

  int troubles_ = 0;
  SeededRandom random_{1};
  EventRecorder recorder_{Deps(random_)};
};

TEST_F(EventRecorderTest, AFailedCallIsAWarningAboutItsObject) {
  Say("Rate exceeded");
  ASSERT_EQ(Events().size(), 1u);
  const auto event = Events()[0];
  EXPECT_EQ(event["type"], "Warning");
  EXPECT_EQ(event["reason"], "CallFailed");
  EXPECT_EQ(event["action"], "connect:CreateInstance");
  EXPECT_EQ(event["regarding"]["uid"], "uid-of-desk");
  EXPECT_EQ(event["note"],
            "connect:CreateInstance failed: ThrottlingException: Rate exceeded (request r-1)");
  EXPECT_EQ(event["eventTime"].get<std::string>().size(), 27u) << event["eventTime"];
}

TEST_F(EventRecorderTest, NothingIsToldAboutAnObjectThatIsGone) {
  auto entry = Failed("Rate exceeded");
  entry.uid.clear();
  recorder_.CallRecorded(entry);
  Idle();
  EXPECT_TRUE(Events().empty());
}

TEST_F(EventRecorderTest, TheSameAgainCountsUpOneSeries) {
  Say("Rate exceeded", "r-1");
  Say("Rate exceeded", "r-2");
  Say("Rate exceeded", "r-3");
  ASSERT_EQ(Events().size(), 1u);
  EXPECT_EQ(Events()[0]["series"]["count"], 3);
  Pass(std::chrono::minutes(11));
  Say("Rate exceeded", "r-4");
  EXPECT_EQ(Events().size(), 2u) << "a new series after ten quiet minutes";
}

TEST_F(EventRecorderTest, TheSameFromTheNextProcessIsAnEventOfItsOwn) {
  Say("Rate exceeded");
  SeededRandom random(2);
  EventRecorder next(Deps(random));
  next.CallRecorded(Failed("Rate exceeded"));
  Idle();
  EXPECT_EQ(Events().size(), 2u);
  EXPECT_EQ(troubles_, 0);
}

TEST_F(EventRecorderTest, OneObjectCannotFloodTheServer) {
  for (int i = 0; i < 40; ++i) Say("message " + std::to_string(i));
  EXPECT_EQ(Events().size(), 10u);
  Pass(std::chrono::minutes(1));
  for (int i = 40; i < 80; ++i) Say("message " + std::to_string(i));
  EXPECT_EQ(Events().size(), 12u);
}

TEST_F(EventRecorderTest, OnlyDecisionsThatAskForAttentionOrEndSomethingAreTold) {
  const auto object = Instance(Desk());
  const Decision quiet[] = {Observe{}, LookUp{}, AddFinalizer{}, Done{},
                            Wait{Reason::kCreating, "the cloud is creating it", {}}};
  for (const auto& decision : quiet) recorder_.DecisionChanged(*object, decision);
  Idle();
  EXPECT_TRUE(Events().empty());
  recorder_.DecisionChanged(*object, Hold{Reason::kNameTaken, "taken", {}});
  recorder_.DecisionChanged(*object, RemoveFinalizer{FinalizerExit::kDeleted, "gone"});
  Idle();
  ASSERT_EQ(Events().size(), 2u);
  const auto events = Events();
  EXPECT_EQ(std::ranges::count_if(events,
                                  [](const json& event) {
                                    return event["type"] == "Warning" &&
                                           event["reason"] == "NameTaken";
                                  }),
            1);
}

TEST_F(EventRecorderTest, WhatCannotBeWrittenIsDroppedAndHoldsNobody) {
  server_.AnswerNext(HttpMethod::kPost, {403, {}, ""});
  Say("first");
  EXPECT_EQ(troubles_, 1);
  Say("second");
  EXPECT_EQ(Events().size(), 1u);
}

TEST_F(EventRecorderTest, AServerThatAsksForAPauseGetsOne) {
  server_.AnswerNext(HttpMethod::kPost, {429, {{"Retry-After", "5"}}, ""});
  Say("first");
  Say("second");
  EXPECT_TRUE(Events().empty());
  Pass(std::chrono::seconds(6));
  EXPECT_EQ(Events().size(), 1u);
}

}  // namespace
}  // namespace instanced
