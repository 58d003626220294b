// A kubeconfig's program as the source of tokens: when it is asked, and what its answers mean.
#include "controller/kube/exec_token.h"

#include <gtest/gtest.h>

#include <deque>
#include <optional>

#include "controller/clock/clock.h"
#include "controller/kube/program_runner.h"
#include "controller/task/loop.h"
#include "tests/fakes/loop_inbox/loop_inbox.h"

namespace instanced {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* kVersion = "client.authentication.k8s.io/v1";

class ExecTokenTest : public testing::Test {
 protected:
  std::string Answer(const std::string& token, std::optional<Duration> life = {}) {
    std::string status = R"("token":")" + token + R"(")";
    if (life) {
      const auto end =
          loop_.executor().clock().WallNow() + std::chrono::floor<std::chrono::milliseconds>(*life);
      status += R"(,"expirationTimestamp":")" + FormatRfc3339(end) + R"(")";
    }
    return std::string(R"({"apiVersion":")") + kVersion +
           R"(","kind":"ExecCredential","status":{)" + status + "}}";
  }
  Result<std::string> Get() { return loop_.Await(token_.Get()); }
  std::string Token() { return Get().value_or("none"); }

  LoopInbox loop_;
  std::deque<Result<std::string>> answers_;
  std::vector<ProgramCall> calls_;
  ExecToken token_{{.command = {"login"}, .api_version = kVersion, .install_hint = "get it there"},
                   loop_.executor().clock(),
                   [this](ProgramCall call) -> Task<Result<std::string>> {
                     calls_.push_back(std::move(call));
                     auto answer = std::move(answers_.front());
                     answers_.pop_front();
                     return Ready(std::move(answer));
                   }};

 private:
  static Task<Result<std::string>> Ready(Result<std::string> answer) { co_return answer; }
};

TEST_F(ExecTokenTest, ATokenIsKeptForSevenEighthsOfItsLife) {
  answers_ = {Answer("one", minutes(8)), Answer("two")};
  EXPECT_EQ(Token(), "one");
  loop_.executor().Advance(minutes(7) - seconds(2));
  EXPECT_EQ(Token(), "one");
  loop_.executor().Advance(seconds(3));
  EXPECT_EQ(Token(), "two");
  loop_.executor().Advance(std::chrono::hours(1000));
  EXPECT_EQ(Token(), "two") << "one without an end has none";
  ASSERT_EQ(calls_.size(), 2u);
  EXPECT_TRUE(calls_[0].environment.contains("KUBERNETES_EXEC_INFO"));
}

TEST_F(ExecTokenTest, ARefusedTokenIsAskedForAgain) {
  answers_ = {Answer("one"), Answer("two")};
  EXPECT_EQ(Token(), "one");
  EXPECT_TRUE(token_.Refuse("one"));
  EXPECT_EQ(Token(), "two");
  token_.Refuse("one");
  EXPECT_EQ(Token(), "two") << "another call's older token says nothing about this one";
}

TEST_F(ExecTokenTest, AFailureKeepsTheOldTokenToItsEndAndIsNotRepeatedAtOnce) {
  const auto failure = [] { return Fail(ErrorClass::kAuth, "ExecFailed", "cannot run login"); };
  answers_ = {Answer("one", minutes(8)), failure(), failure(), Answer("two")};
  EXPECT_EQ(Token(), "one");
  loop_.executor().Advance(minutes(7) + seconds(30));
  EXPECT_EQ(Token(), "one");
  EXPECT_EQ(Token(), "one");
  EXPECT_EQ(calls_.size(), 2u);
  loop_.executor().Advance(minutes(1));
  const auto ended = Get();
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().error_class, ErrorClass::kAuth);
  EXPECT_NE(ended.error().message.find("get it there"), std::string::npos);
  loop_.executor().Advance(ExecToken::kRetry);
  EXPECT_EQ(Token(), "two");
}

TEST_F(ExecTokenTest, WhatIsNoTokenIsRefusedWithoutBeingQuoted) {
  for (const std::string answer :
       {"s3cret", R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1",
                      "status":{"token":"s3cret"}})",
        R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1"})",
        R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1",
            "status":{"clientCertificateData":"s3cret"}})"}) {
    answers_ = {answer};
    const auto refused = Get();
    ASSERT_FALSE(refused) << answer;
    EXPECT_EQ(refused.error().message.find("s3cret"), std::string::npos);
    loop_.executor().Advance(ExecToken::kRetry);
  }
}

class ProgramRunnerTest : public testing::Test {
 protected:
  Result<std::string> Run(const std::string& script, seconds longest = seconds(20)) {
    ProgramRunner runner(
        {[this](std::function<void()> work) { loop_.PostFromAnyThread(std::move(work)); },
         {{"HERE", "given"}},
         longest});
    return RunBlocking(loop_, runner.Run({{"/bin/sh", "-c", script}, {{"MORE", "added"}}}));
  }
  SystemClock clock_;
  Loop loop_{clock_};
};

TEST_F(ProgramRunnerTest, StandardOutputIsTheAnswer) {
  EXPECT_EQ(Run("echo $HERE $MORE $HOME; cat"), "given added\n");
}

TEST_F(ProgramRunnerTest, AProgramSeesNoFileOfOurs) {
  // Its own listing's one and the three standard ones.
  EXPECT_EQ(Run("ls /proc/self/fd | wc -l"), "4\n");
}

TEST_F(ProgramRunnerTest, FailuresNameTheProgramAndItsLastWords) {
  const auto failed = Run("echo first >&2; echo last words >&2; exit 3");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "cannot run /bin/sh: exit code 3, last words");
  EXPECT_EQ(failed.error().error_class, ErrorClass::kAuth);
  EXPECT_EQ(Run("kill -9 $$").error().message, "cannot run /bin/sh: killed by signal 9");
  ProgramRunner runner(
      {[this](std::function<void()> work) { loop_.PostFromAnyThread(std::move(work)); }, {}});
  const auto absent = RunBlocking(loop_, runner.Run({{"/no/such/program"}, {}}));
  EXPECT_EQ(absent.error().message, "cannot run /no/such/program: No such file or directory");
}

TEST_F(ProgramRunnerTest, OneThatTakesTooLongOrSaysTooMuchIsEnded) {
  EXPECT_EQ(Run("sleep 60", seconds(1)).error().message, "cannot run /bin/sh: it took too long");
  EXPECT_EQ(Run("cat /dev/zero").error().message, "cannot run /bin/sh: it wrote more than 1 MiB");
  EXPECT_EQ(Run("sleep 60 & echo done"), "done\n") << "its children are not waited for";
}

}  // namespace
}  // namespace instanced
