#include "controller/operator/kube_ledger.h"

#include <optional>

#include "controller/task/sleep.h"
#include "tests/controller/operator/operator_fixture.h"
#include "tests/fakes/fake_ledger/fake_ledger.h"

namespace instanced {
namespace {

constexpr const char* kPath = "/api/v1/namespaces/home/configmaps/instanced-ledger";
constexpr const char* kAccount = "connect/1/eu";

// A server whose answers are a second on their way; what they tell has happened before.
class DistantServer final : public HttpClient {
 public:
  DistantServer(HttpClient& server, const Clock& clock) : server_(server), clock_(clock) {}
  Task<std::expected<HttpResponse, HttpError>> Send(HttpRequest request, MonotonicTime deadline,
                                                    StopToken stop) override {
    auto sending = server_.Send(std::move(request), deadline, stop);
    auto answer = co_await sending;
    SleepUntil travelling(clock_.Now() + std::chrono::seconds(1));
    co_await travelling;
    co_return answer;
  }

 private:
  HttpClient& server_;
  const Clock& clock_;
};

// Refuses what is larger than a ConfigMap may be.
class BoundedServer final : public HttpClient {
 public:
  explicit BoundedServer(HttpClient& server) : server_(server) {}
  Task<std::expected<HttpResponse, HttpError>> Send(HttpRequest request, MonotonicTime deadline,
                                                    StopToken stop) override {
    if (request.body.size() > (1 << 20)) {
      co_return HttpResponse{413, {}, R"({"kind":"Status","reason":"RequestEntityTooLarge"})"};
    }
    auto sending = server_.Send(std::move(request), deadline, stop);
    co_return co_await sending;
  }

 private:
  HttpClient& server_;
};

class KubeLedgerTest : public OperatorTest {
 protected:
  KubeLedger::Deps Deps() { return Deps(client_); }
  KubeLedger::Deps Deps(KubeClient& client) {
    return {client,       clock(), history_, "home", Spawn(), [this](const Error&) { ++troubles_; },
            stop_.token()};
  }
  Result<void> Record(KubeLedger& ledger, const std::string& identity) {
    return loop_.Await(ledger.RecordChurn({kAccount, identity, clock().WallNow()}));
  }
  // What another process would find.
  std::vector<std::string> Stored() {
    KubeLedger other(Deps());
    const auto entries = loop_.Await(other.LoadChurn(WallTime{}));
    std::vector<std::string> identities;
    for (const auto& entry : *entries) identities.push_back(entry.identity);
    return identities;
  }
  using Words = std::vector<std::string>;

  FakeLedger history_;
  int troubles_ = 0;
  KubeLedger ledger_{Deps()};
};

TEST_F(KubeLedgerTest, WhatIsAnsweredOutlivesTheProcess) {
  EXPECT_TRUE(Record(ledger_, "a"));
  EXPECT_TRUE(Record(ledger_, "a"));
  EXPECT_TRUE(Record(ledger_, "b"));
  EXPECT_TRUE(loop_.Await(ledger_.SaveDocument({"brakes", "{\"x\":1}"})));
  EXPECT_EQ(Stored(), (Words{"a", "b"}));
  KubeLedger other(Deps());
  const auto documents = loop_.Await(other.LoadDocuments());
  ASSERT_EQ(documents->size(), 1u);
  EXPECT_EQ(documents->front().json, "{\"x\":1}");
}

TEST_F(KubeLedgerTest, AWithdrawnTryStaysAwayAlsoAfterAConflictAndAFailedWrite) {
  EXPECT_TRUE(Record(ledger_, "a"));
  EXPECT_TRUE(Record(ledger_, "b"));
  KubeLedger other(Deps());
  EXPECT_TRUE(loop_.Await(other.LoadChurn(WallTime{})));
  EXPECT_TRUE(Record(other, "c"));
  EXPECT_TRUE(loop_.Await(ledger_.WithdrawChurn(kAccount, "a"))) << "after a conflict";
  EXPECT_EQ(Stored(), (Words{"b", "c"}));
  server_.AnswerNext(HttpMethod::kPut, {500, {}, ""});
  EXPECT_FALSE(loop_.Await(ledger_.WithdrawChurn(kAccount, "b")));
  EXPECT_TRUE(Record(ledger_, "d"));
  EXPECT_EQ(Stored(), (Words{"c", "d"}));
}

TEST_F(KubeLedgerTest, AFailedWriteIsAStoreErrorAndTheNextOneCarriesIt) {
  server_.AnswerNext(HttpMethod::kPost, {500, {}, ""});
  const auto recorded = Record(ledger_, "a");
  ASSERT_FALSE(recorded);
  EXPECT_EQ(recorded.error().error_class, ErrorClass::kStore);
  EXPECT_FALSE(ledger_.healthy());
  EXPECT_TRUE(Record(ledger_, "b"));
  EXPECT_EQ(Stored(), (Words{"a", "b"}));
}

TEST_F(KubeLedgerTest, AfterAFailedWriteAProbeFindsOutWhetherItWorksAgain) {
  const auto probe = [this] {
    loop_.group().Spawn(ledger_.Probe());
    Idle();
  };
  probe();
  EXPECT_TRUE(server_.requests().empty()) << "nothing has failed";
  server_.AnswerNext(HttpMethod::kPost, {403, {}, ""});
  EXPECT_FALSE(Record(ledger_, "a"));
  server_.AnswerNext(HttpMethod::kPost, {403, {}, ""});
  probe();
  EXPECT_FALSE(ledger_.healthy());
  probe();
  EXPECT_TRUE(ledger_.healthy());
  EXPECT_EQ(Stored(), (Words{"a"}));
}

// Its document was not written, the share went to another, and that one wrote its own.
TEST_F(KubeLedgerTest, WhatWasNotWrittenOfAShareThatWentIsNotWrittenOverTheNextHolders) {
  EXPECT_TRUE(loop_.Await(ledger_.SaveDocument({"brakes.east", "first"})));
  server_.AnswerNext(HttpMethod::kPut, {503, {}, ""});
  EXPECT_FALSE(loop_.Await(ledger_.SaveDocument({"brakes.east", "not written"})));
  ledger_.LetShareGo("east");
  KubeLedger next(Deps());
  EXPECT_TRUE(loop_.Await(next.LoadDocuments()));
  const auto stored = [this] {
    KubeLedger other(Deps());
    return loop_.Await(other.LoadDocuments())->front().json;
  };
  EXPECT_TRUE(Record(ledger_, "a"));
  EXPECT_EQ(stored(), "first");
  EXPECT_TRUE(loop_.Await(next.SaveDocument({"brakes.east", "the next one's"})));
  EXPECT_TRUE(Record(ledger_, "b"));
  EXPECT_EQ(stored(), "the next one's");
}

TEST_F(KubeLedgerTest, LoadingWaitsAsLongAsTheServerAsks) {
  server_.AnswerNext(HttpMethod::kGet, {429, {{"Retry-After", "20"}}, ""});
  loop_.group().Spawn([](KubeLedger& ledger) -> Task<void> {
    auto loading = ledger.LoadDocuments();
    (void)co_await loading;
  }(ledger_));
  Idle();
  Pass(std::chrono::seconds(19));
  EXPECT_EQ(server_.requests().size(), 1u);
  Pass(std::chrono::seconds(2));
  EXPECT_EQ(server_.requests().size(), 2u);
}

TEST_F(KubeLedgerTest, TwoWritersLoseNothingOfEachOther) {
  KubeLedger other(Deps());
  EXPECT_TRUE(Record(ledger_, "mine-1"));
  EXPECT_TRUE(Record(other, "theirs-1"));
  EXPECT_TRUE(Record(ledger_, "mine-2"));
  EXPECT_TRUE(loop_.Await(other.SaveDocument({"brakes", "{}"})));
  EXPECT_TRUE(Record(ledger_, "mine-3"));
  EXPECT_EQ(Stored(), (Words{"mine-1", "mine-2", "mine-3", "theirs-1"}));
  EXPECT_EQ(server_.Stored(kPath)["data"]["brakes"], "{}");
}

// The second text waits while the first is written, and meets another's write.
TEST_F(KubeLedgerTest, ADocumentThatChangedWhileItWasWrittenSurvivesAConflict) {
  DistantServer distant(server_, clock());
  KubeClient slow(distant, server_, clock(), KubeConfig{}, ReadSmallFile, {}, nullptr);
  KubeLedger here(Deps(slow));
  const auto save = [](KubeLedger& ledger, std::string text) -> Task<void> {
    auto saving = ledger.SaveDocument({"brakes", std::move(text)});
    EXPECT_TRUE(co_await saving);
  };
  loop_.group().Spawn(save(here, "first"));
  Idle();
  loop_.group().Spawn(save(here, "second"));
  Idle();
  EXPECT_TRUE(Record(ledger_, "theirs"));
  Pass(std::chrono::seconds(10));
  EXPECT_EQ(server_.Stored(kPath)["data"]["brakes"], "second");
  EXPECT_EQ(Stored(), Words{"theirs"});
}

TEST_F(KubeLedgerTest, ADocumentThatHasOutgrownTheConfigMapKeepsNothingElseFromBeingWritten) {
  BoundedServer bounded(server_);
  KubeClient client(bounded, server_, clock(), KubeConfig{}, ReadSmallFile, {}, nullptr);
  KubeLedger ledger(Deps(client));
  const auto save = [&](std::string name, std::size_t size) {
    return loop_.Await(ledger.SaveDocument({std::move(name), std::string(size, 'x')}));
  };
  EXPECT_TRUE(save("brakes", 400'000));
  EXPECT_TRUE(save("learned-rates", 300'000));
  const auto refused = save("brakes", 1'100'000);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error_class, ErrorClass::kStore);
  EXPECT_TRUE(Record(ledger, "a"));
  EXPECT_TRUE(ledger.healthy());
  EXPECT_EQ(Stored(), Words{"a"});
  const auto stored = [&](const char* name) {
    return server_.Stored(kPath)["data"].value(name, "").size();
  };
  EXPECT_EQ(stored("brakes"), 400'000u) << "the last that fitted";
  EXPECT_EQ(stored("learned-rates"), 300'000u);
  EXPECT_TRUE(save("brakes", 200'000));
  EXPECT_EQ(stored("brakes"), 200'000u);
}

TEST_F(KubeLedgerTest, OneThatWasDeletedIsMadeAgainWithAllThatIsKnown) {
  EXPECT_TRUE(Record(ledger_, "a"));
  server_.Delete(kPath);
  EXPECT_TRUE(Record(ledger_, "b"));
  EXPECT_EQ(Stored(), (Words{"a", "b"}));
}

TEST_F(KubeLedgerTest, LoadingWaitsForTheServer) {
  EXPECT_TRUE(Record(ledger_, "a"));
  KubeLedger other(Deps());
  server_.AnswerNext(HttpMethod::kGet, {503, {}, ""});
  std::optional<Result<std::vector<ChurnEntry>>> loaded;
  const auto store = [](KubeLedger& ledger, auto* out) -> Task<void> {
    auto loading = ledger.LoadChurn(WallTime{});
    out->emplace(co_await loading);
  };
  loop_.group().Spawn(store(other, &loaded));
  Idle();
  EXPECT_FALSE(loaded);
  EXPECT_FALSE(other.healthy());
  Pass(std::chrono::seconds(2));
  ASSERT_TRUE(loaded);
  EXPECT_EQ((*loaded)->size(), 1u);
  EXPECT_TRUE(other.healthy());
}

TEST_F(KubeLedgerTest, EntriesOfLongAgoLeave) {
  EXPECT_TRUE(Record(ledger_, "old"));
  Pass(std::chrono::hours(24 * 61));
  EXPECT_TRUE(Record(ledger_, "new"));
  EXPECT_EQ(Stored(), Words{"new"});
}

}  // namespace
}  // namespace instanced
