#include "controller/operator/removal_watch.h"

#include <algorithm>

#include "tests/controller/operator/operator_fixture.h"

namespace instanced {
namespace {

using nlohmann::json;

constexpr const char* kCrd =
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/connectinstances.instanced.dev";
constexpr const char* kSpace = "/api/v1/namespaces/team";

class RemovalWatchTest : public OperatorTest {
 protected:
  RemovalWatchTest() {
    Store(kCrd, "");
    Store(kSpace, "");
  }
  void Store(const char* path, const std::string& deleted) {
    json meta{{"name", "x"}, {"finalizers", {"kubernetes"}}};
    if (!deleted.empty()) meta["deletionTimestamp"] = deleted;
    server_.StoreRaw(path, {{"metadata", std::move(meta)}});
  }
  // What a pass would be told now; the deletion is wanted.
  std::string Verdict(const ObjectKey& key) {
    if (watch_.JudgeAfter(*Instance(key))) return "waits";
    const Instant at{clock().Now(), clock().WallNow()};
    const auto verdict = brakes_.Ask({key}, at);
    const auto* held = std::get_if<DeletionHeld>(&verdict);
    return held ? std::string(ToString(held->cause)) : "goes on";
  }

  BrakeBook brakes_;
  std::vector<ObjectKey> woken_;
  std::vector<std::string> troubles_;
  RemovalWatch watch_{{client_, clock(), brakes_, Spawn(), [] {},
                       [this](const ObjectKey& key) { woken_.push_back(key); },
                       [this](const std::string& path, const Error&) { troubles_.push_back(path); },
                       stop_.token()}};
};

TEST_F(RemovalWatchTest, ADeletionIsJudgedOnlyWhenBothHaveAnswered) {
  EXPECT_EQ(Verdict(Desk()), "waits");
  Idle();
  EXPECT_EQ(woken_, std::vector<ObjectKey>{Desk()});
  EXPECT_EQ(Verdict(Desk()), "goes on");
  EXPECT_TRUE(brakes_.List().empty());
}

TEST_F(RemovalWatchTest, WhatGoesWithItsCrdIsHeldUntilTheCrdIsThereAgain) {
  Store(kCrd, "2026-01-01T00:00:00Z");
  Verdict(Desk());
  Idle();
  EXPECT_EQ(Verdict(Desk()), "CrdRemoved");
  watch_.OnChange(Remove(Instance(Desk())));
  Store(kCrd, "");
  Verdict(Desk("another"));
  Idle();
  EXPECT_EQ(Verdict(Desk("another")), "goes on");
}

TEST_F(RemovalWatchTest, WhatGoesWithItsNamespaceIsHeldAndOthersAreNot) {
  const ObjectKey elsewhere{Kind::kConnectInstance, "other", "desk"};
  Store("/api/v1/namespaces/other", "");
  Store(kSpace, "2026-01-01T00:00:00Z");
  Verdict(Desk());
  Verdict(elsewhere);
  Idle();
  EXPECT_EQ(Verdict(Desk()), "NamespaceRemoved");
  EXPECT_EQ(Verdict(elsewhere), "goes on");
}

TEST_F(RemovalWatchTest, AServerThatDoesNotAnswerLetsNothingGo) {
  server_.AnswerNext(HttpMethod::kGet, {503, {}, ""});
  server_.AnswerNext(HttpMethod::kGet, {503, {}, ""});
  EXPECT_EQ(Verdict(Desk()), "waits");
  Idle();
  EXPECT_EQ(Verdict(Desk()), "waits");
  EXPECT_EQ(troubles_.size(), 2u);
  Pass(std::chrono::seconds(2));
  EXPECT_EQ(Verdict(Desk()), "goes on");
}

TEST_F(RemovalWatchTest, ItAsksAgainWhenTheServerSaysSo) {
  server_.AnswerNext(HttpMethod::kGet, {429, {{"Retry-After", "20"}}, ""});
  EXPECT_EQ(Verdict(Desk()), "waits");
  Idle();
  const auto asked = server_.requests().size();
  Pass(std::chrono::seconds(19));
  EXPECT_EQ(server_.requests().size(), asked);
  Pass(std::chrono::seconds(2));
  EXPECT_GT(server_.requests().size(), asked);
}

TEST_F(RemovalWatchTest, WhereReadingIsForbiddenTheBrakeIsMissingAndThatIsToldOnce) {
  const json forbidden{{"kind", "Status"}, {"reason", "Forbidden"}, {"message", "no"}};
  for (const char* name : {"a", "b"}) {
    server_.AnswerNext(HttpMethod::kGet, {403, {}, forbidden.dump()});
    server_.AnswerNext(HttpMethod::kGet, {403, {}, forbidden.dump()});
    Verdict(Desk(name));
    Idle();
    EXPECT_EQ(Verdict(Desk(name)), "goes on");
  }
  EXPECT_EQ(troubles_.size(), 2u);
}

TEST_F(RemovalWatchTest, ManyDeletionsShareTheReads) {
  for (int i = 0; i < 100; ++i) Verdict(Desk("desk-" + std::to_string(i)));
  Idle();
  EXPECT_LE(server_.requests().size(), 4u);
  EXPECT_EQ(woken_.size(), 100u);
}

}  // namespace
}  // namespace instanced
