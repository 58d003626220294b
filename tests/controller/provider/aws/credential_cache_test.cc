#include "controller/provider/aws/credentials/credential_cache.h"

#include <gtest/gtest.h>

#include "tests/controller/provider/aws/aws_fixtures.h"

namespace instanced::aws {
namespace {

using namespace std::chrono_literals;

// Gives key-1, key-2, ... that live for `life`; waits for Release() when held.
class ScriptedFetcher final : public CredentialFetcher {
 public:
  explicit ScriptedFetcher(const Clock& clock) : clock_(clock) {}
  Task<Result<AwsCredentials>> Fetch(CallContext) override {
    ++fetches;
    if (hold) {
      Completion<std::monostate> released;
      held = released;
      co_await released;
    }
    if (failure) co_return std::unexpected(*failure);
    AwsCredentials keys{.access_key_id = "key-" + std::to_string(fetches),
                        .secret_access_key = "s",
                        .session_token = {},
                        .expires_at = {}};
    if (life) keys.expires_at = clock_.WallNow() + *life;
    co_return keys;
  }
  int fetches = 0;
  bool hold = false;
  std::optional<Completion<std::monostate>> held;
  std::optional<Error> failure;
  std::optional<std::chrono::milliseconds> life = 1h;

 private:
  const Clock& clock_;
};

class CredentialCacheTest : public testing::Test {
 protected:
  Result<AwsCredentials> Get() { return Complete(executor_, cache_.Get(FarContext(executor_))); }
  std::string Key() {
    const auto keys = Get();
    return keys ? keys->access_key_id : keys.error().code;
  }

  ManualExecutor executor_;
  ScriptedFetcher* fetcher_ = new ScriptedFetcher(executor_.clock());
  CredentialCache cache_{std::unique_ptr<CredentialFetcher>(fetcher_), executor_.clock()};
  const Error outage_ = Fail(ErrorClass::kTransient, "Outage", "no answer").error();
};

TEST_F(CredentialCacheTest, KeepsOneCredentialUntilTheAdvisoryWindow) {
  EXPECT_EQ(Key(), "key-1");
  executor_.Advance(44min);
  EXPECT_EQ(Key(), "key-1");
  executor_.Advance(1min);
  EXPECT_EQ(Key(), "key-2");
}

TEST_F(CredentialCacheTest, AdvisoryFailureKeepsTheOldOneAndWaitsAMinute) {
  EXPECT_EQ(Key(), "key-1");
  fetcher_->failure = outage_;
  executor_.Advance(46min);
  EXPECT_EQ(Key(), "key-1");
  EXPECT_EQ(Key(), "key-1");
  EXPECT_EQ(fetcher_->fetches, 2);
  executor_.Advance(1min);
  EXPECT_EQ(Key(), "key-1");
  EXPECT_EQ(fetcher_->fetches, 3);
}

TEST_F(CredentialCacheTest, MandatoryFailureIsToldAndAnswersForItselfAWhile) {
  EXPECT_EQ(Key(), "key-1");
  fetcher_->failure = outage_;
  executor_.Advance(51min);
  EXPECT_EQ(Key(), "Outage");
  EXPECT_EQ(Key(), "Outage");
  EXPECT_EQ(fetcher_->fetches, 2);
  fetcher_->failure.reset();
  executor_.Advance(10s);
  EXPECT_EQ(Key(), "key-3");
}

TEST_F(CredentialCacheTest, ShortLivedOnesAreNotFetchedForEveryUse) {
  fetcher_->life = 5min;
  EXPECT_EQ(Key(), "key-1");
  EXPECT_EQ(Key(), "key-1");
  executor_.Advance(150s);
  EXPECT_EQ(Key(), "key-2");
}

TEST_F(CredentialCacheTest, ManyUsersShareOneFetch) {
  fetcher_->hold = true;
  std::vector<std::optional<Result<AwsCredentials>>> got(5);
  TaskGroup group(executor_);
  for (auto& slot : got) group.Spawn(KeepResult(cache_.Get(FarContext(executor_)), slot));
  executor_.RunUntilIdle();
  EXPECT_EQ(fetcher_->fetches, 1);
  ASSERT_TRUE(fetcher_->held);
  fetcher_->held->Set({});
  executor_.RunUntilIdle();
  for (const auto& slot : got) {
    ASSERT_TRUE(slot && *slot);
    EXPECT_EQ((*slot)->access_key_id, "key-1");
  }
}

TEST_F(CredentialCacheTest, UsersInTheAdvisoryWindowDoNotWaitForTheRefresh) {
  EXPECT_EQ(Key(), "key-1");
  executor_.Advance(46min);
  fetcher_->hold = true;
  std::optional<Result<AwsCredentials>> refreshing;
  TaskGroup group(executor_);
  group.Spawn(KeepResult(cache_.Get(FarContext(executor_)), refreshing));
  executor_.RunUntilIdle();
  EXPECT_EQ(Key(), "key-1");
  fetcher_->held->Set({});
  executor_.RunUntilIdle();
  EXPECT_EQ(Key(), "key-2");
}

TEST_F(CredentialCacheTest, ARefusedOneIsFetchedAnewOnceAMinute) {
  fetcher_->life.reset();
  EXPECT_EQ(Key(), "key-1");
  cache_.Refuse("another-key");
  EXPECT_EQ(Key(), "key-1");
  cache_.Refuse("key-1");
  EXPECT_EQ(Key(), "key-2");
  cache_.Refuse("key-2");
  EXPECT_EQ(Key(), "key-2");
  executor_.Advance(1min);
  cache_.Refuse("key-2");
  EXPECT_EQ(Key(), "key-3");
}

TEST_F(CredentialCacheTest, InvalidateFetchesAnew) {
  fetcher_->life.reset();
  EXPECT_EQ(Key(), "key-1");
  cache_.Invalidate();
  EXPECT_EQ(Key(), "key-2");
}

}  // namespace
}  // namespace instanced::aws
