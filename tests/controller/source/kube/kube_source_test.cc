#include "controller/source/kube/kube_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/source/resource_version.h"
#include "tests/fakes/fake_api_server/fake_api_server.h"
#include "tests/fakes/loop_inbox/loop_inbox.h"

namespace instanced {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using Events = std::vector<std::string>;

class KubeSourceTest : public testing::Test, public KubeSourceObserver {
 protected:
  void OnTrouble(Kind, const Error& error) override { troubles_.push_back(error.code); }
  void OnUnreadable(const ObjectKey& key, const Error&) override {
    unreadable_.push_back(key.name);
  }

  static std::string Path(const std::string& name, Kind kind = Kind::kConnectInstance) {
    return PathOf(ObjectOf(ObjectKey{kind, "default", name}));
  }
  void Apply(const std::string& name, const std::string& word = "v1") {
    server_.Apply(Path(name), "ConnectInstance", {{"forProvider", {{"instanceAlias", word}}}});
  }
  void Start(std::vector<Kind> kinds = {Kind::kConnectInstance}) {
    KubeSourceOptions options{std::move(kinds), "", 2};
    options.knows = [this](const ObjectKey& key, std::string_view uid, std::string_view version) {
      return known_ == key.name + " " + std::string(uid) + " " + std::string(version);
    };
    source_.emplace(client_, loop_.executor().clock(), random_, std::move(options), this);
    loop_.group().Spawn(source_->Run([this](WatchEvent event) { Take(event); }, stop_.token()));
    loop_.executor().RunUntilIdle();
  }
  Events Take() {
    loop_.executor().RunUntilIdle();
    return std::exchange(events_, {});
  }
  Events TakeAfter(Duration time) {
    loop_.executor().Advance(time);
    return Take();
  }
  void Take(const WatchEvent& event) {
    if (const auto* start = std::get_if<InitStarted>(&event)) read_at_ = start->read_at;
    struct Visit {
      static std::string Of(const std::optional<Kind>& kind) {
        return kind ? " " + std::string(ToString(*kind)) : "";
      }
      std::string operator()(const InitStarted& start) const { return "init" + Of(start.kind); }
      std::string operator()(const InitDone& done) const { return "done" + Of(done.kind); }
      std::string operator()(const InitApplied& init) const {
        return "listed " + MetaOf(init.object).key.name;
      }
      std::string operator()(const InitKept& kept) const { return "kept " + kept.key.name; }
      std::string operator()(const Applied& applied) const {
        return "applied " + MetaOf(applied.object).key.name;
      }
      std::string operator()(const Deleted& gone) const { return "deleted " + gone.key.name; }
    };
    events_.push_back(std::visit(Visit{}, event));
  }
  std::size_t Count(const std::string& beginning) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        server_.requests(), [&](const auto& line) { return line.starts_with(beginning); }));
  }

  LoopInbox loop_;
  FakeApiServer server_{loop_.executor().clock()};
  KubeClient client_{server_, server_, loop_.executor().clock(), KubeConfig{}, ReadSmallFile,
                     {},      nullptr};
  SeededRandom random_{7};
  std::optional<KubeSource> source_;
  StopSource stop_;
  std::string known_;  // "name uid version"
  std::string read_at_;
  Events events_, troubles_, unreadable_;
};

TEST_F(KubeSourceTest, ListsInPagesThenFollows) {
  for (const char* name : {"a", "b", "c", "d", "e"}) Apply(name);
  Start();
  EXPECT_EQ(Take(), (Events{"init", "init ConnectInstance", "listed a", "listed b", "listed c",
                            "listed d", "listed e", "done ConnectInstance", "done"}));
  EXPECT_EQ(Count("GET "), 3u) << "pages of two";
  Apply("f");
  Apply("a", "v2");
  server_.Delete(Path("b"));
  EXPECT_EQ(Take(), (Events{"applied f", "applied a", "deleted b"}));
}

TEST_F(KubeSourceTest, IsSyncedWhenEveryKindHasBeenListed) {
  server_.AnswerNext(HttpMethod::kGet, {503, {}, ""});
  Start({Kind::kConnectInstance, Kind::kProviderConfig});
  EXPECT_EQ(Take(), (Events{"init", "init ProviderConfig", "done ProviderConfig"}));
  EXPECT_EQ(TakeAfter(seconds(1)),
            (Events{"init ConnectInstance", "done ConnectInstance", "done"}));
}

TEST_F(KubeSourceTest, AWatchIsResumedWhereItWasAndNothingIsLostOrListedAgain) {
  Start();
  Take();
  Apply("a");
  EXPECT_EQ(Take(), Events{"applied a"});
  server_.CutWatches();
  loop_.executor().RunUntilIdle();
  Apply("b");
  EXPECT_EQ(TakeAfter(seconds(1)), Events{"applied b"}) << "and a not twice";
  loop_.executor().Advance(minutes(1));
  server_.EndWatches();
  Apply("c");
  EXPECT_EQ(TakeAfter(seconds(1)), Events{"applied c"});
  EXPECT_EQ(Count("GET "), 1u);
}

TEST_F(KubeSourceTest, AVersionThatIsKnownIsNotDeliveredButMovesTheResumePoint) {
  Apply("a");
  Start();
  Take();
  auto own = server_.Stored(Path("a"));
  const auto version = std::stoll(own["metadata"]["resourceVersion"].get<std::string>());
  known_ = "a " + own["metadata"]["uid"].get<std::string>() + " " + std::to_string(version + 1);
  own["status"]["externalName"] = "id";
  server_.StoreRaw(Path("a"), own);
  EXPECT_TRUE(Take().empty());
  server_.CutWatches();
  TakeAfter(seconds(1));
  EXPECT_NE(server_.requests().back().find("resourceVersion=" + std::to_string(version + 1)),
            std::string::npos);
  Apply("a", "v2");
  EXPECT_EQ(Take(), Events{"applied a"}) << "somebody else's change";
}

TEST_F(KubeSourceTest, BookmarksMoveTheResumePointPastACompaction) {
  Start();
  Take();
  server_.Compact();
  server_.SendBookmarks();
  EXPECT_TRUE(Take().empty());
  server_.CutWatches();
  Apply("a");
  EXPECT_EQ(TakeAfter(seconds(1)), Events{"applied a"});
  EXPECT_EQ(Count("GET "), 1u) << "no relist";
}

TEST_F(KubeSourceTest, LostHistoryLeadsToANewListOfThatKind) {
  Apply("a");
  Start();
  Take();
  server_.CutWatches();
  server_.Delete(Path("a"));
  Apply("b");
  server_.Compact();
  EXPECT_EQ(TakeAfter(seconds(4)),
            (Events{"init ConnectInstance", "listed b", "done ConnectInstance"}));
  Apply("c");
  EXPECT_EQ(Take(), Events{"applied c"});
}

TEST_F(KubeSourceTest, AListOfAServerWhoseVersionsWentBackIsBelievedInAll) {
  Apply("a");
  Start();
  Take();
  const auto relist = [&](const std::string& version) {
    read_at_.clear();
    server_.CutWatches();
    server_.AnswerNextWatch({410, {}, R"({"kind":"Status","reason":"Expired"})"});
    server_.AnswerNext(HttpMethod::kGet, {200,
                                          {},
                                          R"({"kind":"List","metadata":{"resourceVersion":")" +
                                              version + R"("},"items":[]})"});
    TakeAfter(seconds(9));
    return read_at_;
  };
  EXPECT_EQ(relist("5000"), "5000");
  EXPECT_EQ(relist("800"), kEveryVersion);
  EXPECT_EQ(relist("800"), "800");
}

TEST_F(KubeSourceTest, AnErrorEventOtherThanGoneOnlyReopensTheWatch) {
  Start();
  Take();
  server_.SendErrorEvents(500, "InternalError");
  EXPECT_TRUE(TakeAfter(seconds(2)).empty());
  EXPECT_EQ(troubles_, Events{"InternalError"});
  EXPECT_EQ(server_.open_watches(), 1u);
  EXPECT_EQ(Count("GET "), 1u);
}

TEST_F(KubeSourceTest, ASilentWatchIsGivenUpAndOpenedAgain) {
  Start();
  Take();
  EXPECT_EQ(Count("WATCH"), 1u);
  EXPECT_TRUE(TakeAfter(minutes(3) + seconds(2)).empty()) << "listed again, for nothing";
  EXPECT_EQ(Count("WATCH"), 2u);
  Apply("a");
  EXPECT_EQ(Take(), Events{"applied a"});
}

// A server ends the watches that it cannot serve fast enough, many in a second while it is busy.
TEST_F(KubeSourceTest, AWatchThatEndsAfterItsEventsIsOpenedAgainAtOnce) {
  Start();
  Take();
  for (const char* name : {"a", "b"}) {
    Apply(name);
    EXPECT_EQ(Take(), Events{std::string("applied ") + name});
    server_.EndWatches();
    Take();
    EXPECT_EQ(server_.open_watches(), 1u);
  }
  EXPECT_EQ(Count("WATCH"), 3u);
  EXPECT_TRUE(troubles_.empty());
}

TEST_F(KubeSourceTest, AWatchThatBringsNothingAndEndsAtOnceIsNotOpenedInATightLoop) {
  Start();
  Take();
  server_.EndWatches();
  Take();
  EXPECT_EQ(server_.open_watches(), 0u);
  EXPECT_EQ(troubles_, Events{"WatchEnded"});
  TakeAfter(seconds(1));
  EXPECT_EQ(server_.open_watches(), 1u);
}

// It says nothing, not even bookmarks, until its versions have come to ours.
TEST_F(KubeSourceTest, AServerThatWasRestoredIsFoundOutWhenItsWatchIsSilent) {
  Apply("a");
  server_.AnswerNext(HttpMethod::kGet,
                     {200, {}, R"({"metadata":{"resourceVersion":"5000"},"items":[]})"});
  Start();
  Take();
  EXPECT_EQ(TakeAfter(minutes(3) + seconds(2)),
            (Events{"init ConnectInstance", "listed a", "done ConnectInstance"}));
  EXPECT_EQ(read_at_, kEveryVersion);
}

TEST_F(KubeSourceTest, AFailingOrVanishedKindNeverLooksDeleted) {
  Apply("a");
  Start();
  Take();
  server_.Compact();
  server_.CutWatches();
  for (int i = 0; i < 3; ++i) server_.AnswerNext(HttpMethod::kGet, {404, {}, "404 page not found"});
  const auto during = TakeAfter(seconds(2));
  EXPECT_TRUE(during.empty()) << during.front();
  EXPECT_EQ(TakeAfter(minutes(1)),
            (Events{"init ConnectInstance", "listed a", "done ConnectInstance"}));
}

TEST_F(KubeSourceTest, AListThatFailsHalfWayIsNotDelivered) {
  for (const char* name : {"a", "b", "c"}) Apply(name);
  server_.AnswerNext(HttpMethod::kGet,
                     {200, {}, R"({"metadata":{"resourceVersion":"5","continue":"1-2"},"items":[
                       {"metadata":{"name":"ghost","namespace":"default","uid":"g",
                        "resourceVersion":"4"},"spec":{"forProvider":{}}}]})"});
  server_.AnswerNext(HttpMethod::kGet, {500, {}, ""});
  Start();
  EXPECT_EQ(Take(), Events{"init"});
  const auto later = TakeAfter(seconds(1));
  EXPECT_EQ(std::ranges::count(later, "listed ghost"), 0);
  EXPECT_EQ(std::ranges::count(later, "listed c"), 1);
}

TEST_F(KubeSourceTest, PagesThatAreTooOldAreReadAllAtOnce) {
  for (const char* name : {"a", "b", "c"}) Apply(name);
  server_.AnswerNext(
      HttpMethod::kGet,
      {200, {}, R"({"metadata":{"resourceVersion":"5","continue":"5-2"},"items":[]})"});
  server_.AnswerNext(HttpMethod::kGet, {410, {}, ""});
  Start();
  EXPECT_EQ(Take().size(), 7u);
  EXPECT_EQ(server_.requests().at(2).find("limit"), std::string::npos);
}

TEST_F(KubeSourceTest, ARetryTimeOfTheServerIsKept) {
  server_.AnswerNext(HttpMethod::kGet, {429, {{"Retry-After", "20"}}, ""});
  Start();
  Take();
  EXPECT_TRUE(TakeAfter(seconds(19)).empty());
  EXPECT_FALSE(TakeAfter(seconds(1)).empty());
}

TEST_F(KubeSourceTest, AnUnreadableObjectKeepsItsLastStateAndIsNamed) {
  Apply("a");
  Start();
  Take();
  auto broken = server_.Stored(Path("a"));
  broken["spec"]["providerConfigRef"] = 7;
  server_.StoreRaw(Path("a"), broken);
  EXPECT_TRUE(Take().empty());
  EXPECT_EQ(unreadable_, Events{"a"});
  server_.Compact();
  server_.CutWatches();
  EXPECT_EQ(TakeAfter(seconds(4)),
            (Events{"init ConnectInstance", "kept a", "done ConnectInstance"}));
}

TEST_F(KubeSourceTest, EndsWhenStopped) {
  Start();
  stop_.RequestStop();
  loop_.executor().RunUntilIdle();
  EXPECT_EQ(loop_.group().size(), 0u);
}

TEST_F(KubeSourceTest, AListThatLeadsToItselfIsGivenUpAndAskedForAnewLater) {
  Apply("a");
  const HttpResponse circle{
      200, {}, R"({"kind":"List","metadata":{"resourceVersion":"7","continue":"x"},"items":[]})"};
  server_.AnswerNext(HttpMethod::kGet, circle);
  server_.AnswerNext(HttpMethod::kGet, circle);
  Start();
  EXPECT_EQ(Take(), (Events{"init"}));
  EXPECT_EQ(troubles_, (Events{"EndlessList"}));
  EXPECT_EQ(TakeAfter(seconds(2)),
            (Events{"init ConnectInstance", "listed a", "done ConnectInstance", "done"}));
}

}  // namespace
}  // namespace instanced
