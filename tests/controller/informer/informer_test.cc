#include "controller/informer/informer.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace instanced {
namespace {

ObjectPtr Instance(Kind kind, const std::string& name, const std::string& version = "1",
                   const std::string& uid = "u") {
  auto object = std::make_shared<InstanceObject>();
  object->meta.key = {kind, "default", name};
  object->meta.uid = uid;
  object->meta.resource_version = version;
  return InstancePtr(std::move(object));
}

class InformerTest : public testing::Test {
 protected:
  static constexpr Kind kA = Kind::kConnectInstance;
  static constexpr Kind kB = Kind::kSupplyChainInstance;

  void Handle(std::vector<WatchEvent> events) {
    for (auto& event : events) informer_.Handle(std::move(event));
  }
  std::vector<std::string> Take() { return std::exchange(told_, {}); }
  void Take(const Change& change) {
    constexpr const char* kWords[] = {"listed", "added", "changed", "deleted", "synced"};
    std::string line = kWords[static_cast<int>(change.kind)];
    if (change.object) line += " " + MetaOf(*change.object).key.name;
    told_.push_back(line);
  }
  ObjectCache cache_;
  std::vector<std::string> told_;
  Informer informer_{cache_, [this](const Change& change) { Take(change); }};
};

TEST_F(InformerTest, TheFirstFullListMakesItSynced) {
  Handle({InitStarted{}, InitApplied{Instance(kA, "a")}});
  EXPECT_FALSE(informer_.synced());
  Handle({InitDone{}});
  EXPECT_TRUE(informer_.synced());
  EXPECT_EQ(Take(), (std::vector<std::string>{"listed a", "synced"}));
  Handle({InitStarted{}, InitApplied{Instance(kA, "a")}, InitDone{}});
  EXPECT_TRUE(Take().empty()) << "told once";
}

TEST_F(InformerTest, AFullRelistReportsWhatItDidNotNameAsDeletedAtItsEnd) {
  Handle(
      {InitStarted{}, InitApplied{Instance(kA, "a")}, InitApplied{Instance(kB, "b")}, InitDone{}});
  Take();
  Handle({InitStarted{}, InitApplied{Instance(kB, "b", "2")}});
  EXPECT_EQ(Take(), (std::vector<std::string>{"changed b"}));
  Handle({InitDone{}});
  EXPECT_EQ(Take(), (std::vector<std::string>{"deleted a"}));
}

TEST_F(InformerTest, ARelistOfOneKindTouchesNoOther) {
  Handle(
      {InitStarted{}, InitApplied{Instance(kA, "a")}, InitApplied{Instance(kB, "b")}, InitDone{}});
  Take();
  Handle({InitStarted{kB}, InitDone{kB}});
  EXPECT_EQ(Take(), (std::vector<std::string>{"deleted b"}));
  EXPECT_TRUE(cache_.FindInstance({kA, "default", "a"}));
}

TEST_F(InformerTest, ListsOfKindsInsideTheFirstListLeaveSyncedToTheWhole) {
  Handle({InitStarted{}, InitStarted{kA}, InitApplied{Instance(kA, "a")}, InitDone{kA}});
  EXPECT_FALSE(informer_.synced());
  Handle({Applied{Instance(kA, "late")}, InitStarted{kB}, InitApplied{Instance(kB, "b")},
          InitDone{kB}, InitDone{}});
  EXPECT_TRUE(informer_.synced());
  EXPECT_EQ(Take(), (std::vector<std::string>{"listed a", "added late", "listed b", "synced"}));
  EXPECT_EQ(cache_.instance_count(), 3u);
}

TEST_F(InformerTest, ListsOfTwoKindsMayOverlap) {
  Handle(
      {InitStarted{}, InitApplied{Instance(kA, "a")}, InitApplied{Instance(kB, "b")}, InitDone{}});
  Take();
  Handle({InitStarted{kA}, InitStarted{kB}, InitDone{kA}, InitApplied{Instance(kB, "b")},
          InitDone{kB}});
  EXPECT_EQ(Take(), (std::vector<std::string>{"deleted a"}));
}

TEST_F(InformerTest, AListIsRightAboutAllThatIsNoNewerThanIt) {
  const auto list = [&](const std::string& read_at, const std::string& version) {
    Handle({InitStarted{kA, read_at}, InitApplied{Instance(kA, "a", version)}, InitDone{kA}});
    return Take();
  };
  using Told = std::vector<std::string>;
  Handle({InitStarted{}, InitApplied{Instance(kA, "a", "50")}, InitDone{}});
  Take();
  EXPECT_EQ(list("49", "40"), Told{}) << "our own write came while the list was being read";
  EXPECT_EQ(list("", "40"), Told{});
  EXPECT_EQ(list("60", "50"), Told{}) << "the same version is told to nobody";
  EXPECT_EQ(list("60", "40"), Told{"changed a"}) << "a backup was restored and its versions raised";
  Handle({Applied{Instance(kA, "a", "70")}});
  Take();
  EXPECT_EQ(list(std::string(kEveryVersion), "41"), Told{"changed a"});
  Handle({Applied{Instance(kA, "a", "42")}});
  EXPECT_EQ(Take(), Told{"changed a"});
}

TEST_F(InformerTest, WhatIsOnlyKeptStaysAsItWas) {
  Handle({InitStarted{}, InitApplied{Instance(kA, "a")}, InitDone{}});
  Take();
  Handle({InitStarted{kA}, InitKept{{kA, "default", "a"}}, InitKept{{kA, "default", "unknown"}},
          InitDone{kA}});
  EXPECT_TRUE(Take().empty());
  EXPECT_EQ(cache_.instance_count(), 1u);
}

TEST_F(InformerTest, WhatArrivesWhileAListIsOpenIsNotDeletedByIt) {
  Handle({InitStarted{}, InitDone{}});
  Take();
  Handle({InitStarted{kA}, Applied{Instance(kA, "new")}, InitDone{kA}});
  EXPECT_EQ(Take(), (std::vector<std::string>{"added new"}));
}

TEST_F(InformerTest, StaleEventsAndDeletionsOfAnotherLifeAreToldToNobody) {
  Handle({InitStarted{}, InitApplied{Instance(kA, "a", "9")}, InitDone{}});
  Take();
  Handle({Applied{Instance(kA, "a", "8")}, Deleted{{kA, "default", "a"}, "other"}});
  EXPECT_TRUE(Take().empty());
  Handle({Deleted{{kA, "default", "a"}, "u"}});
  EXPECT_EQ(Take(), (std::vector<std::string>{"deleted a"}));
}

}  // namespace
}  // namespace instanced
