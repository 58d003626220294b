// What every store promises the reconciler, asked of the journal's and of the one in memory.
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "controller/journal/journal.h"
#include "controller/source/file/journal_object_store.h"
#include "tests/controller/source/file/line_manifests.h"
#include "tests/fakes/loop_inbox/loop_inbox.h"
#include "tests/fakes/memory_store/memory_store.h"
#include "tests/fakes/temp_directory/temp_directory.h"

namespace instanced {
namespace {

// What the last event said of each key, as an informer would have it.
struct Seen {
  std::map<ObjectKey, InstancePtr> objects;
  std::vector<std::string> deleted_uids;
  int inits = 0;
  WatchSink Sink() {
    return [this](WatchEvent event) {
      if (auto* init = std::get_if<InitApplied>(&event)) Take(init->object);
      if (auto* applied = std::get_if<Applied>(&event)) Take(applied->object);
      if (std::holds_alternative<InitDone>(event)) ++inits;
      if (auto* gone = std::get_if<Deleted>(&event)) {
        objects.erase(gone->key);
        deleted_uids.push_back(gone->uid);
      }
    };
  }
  void Take(const ObjectPtr& object) {
    objects[MetaOf(object).key] = std::get<InstancePtr>(object);
  }
};

class JournalWorld {
 public:
  JournalWorld() {
    JournalOptions options;
    options.path = directory_.path() + "/s.db";
    SeededRandom random(5);
    journal_ = std::move(*Journal::Open(options, random, loop.Poster()));
    store_ = std::make_unique<JournalObjectStore>(*journal_, loop.executor().clock(), "owner");
    EXPECT_TRUE(loop.Await(store_->Load()));
    store_->Attach(seen.Sink());
  }
  ObjectWriter& writer() { return *store_; }
  void Want(const std::string& name, const std::string& word) {
    EXPECT_TRUE(loop.Await(store_->Apply({{Declare(name, word)}, {}})));
  }
  void Unwant(const std::string& name) {
    EXPECT_TRUE(loop.Await(store_->Apply({{}, {KeyOf(name)}})));
  }
  LoopInbox loop;
  Seen seen;

 private:
  TempDirectory directory_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<JournalObjectStore> store_;
};

class MemoryWorld {
 public:
  MemoryWorld() : store_(loop.executor().clock()) {
    loop.group().Spawn(store_.Run(seen.Sink(), {}));
    loop.executor().RunUntilIdle();
  }
  ObjectWriter& writer() { return store_; }
  void Want(const std::string& name, const std::string& word) {
    InstanceSpec spec;
    spec.for_provider = nlohmann::json{{"instanceAlias", word}}.dump();
    store_.Declare(KeyOf(name), spec);
  }
  void Unwant(const std::string& name) { store_.Delete(KeyOf(name)); }
  LoopInbox loop;
  Seen seen;

 private:
  MemoryStore store_;
};

template <class T>
class ObjectWriterContract : public testing::Test {
 protected:
  InstancePtr See(const std::string& name = "x") {
    const auto found = world_.seen.objects.find(KeyOf(name));
    return found == world_.seen.objects.end() ? nullptr : found->second;
  }
  WriteTarget Target(const std::string& name = "x") {
    const auto object = See(name);
    return {KeyOf(name), object->meta.uid, object->meta.resource_version};
  }
  Result<std::string> Finalizers(std::vector<std::string> finalizers) {
    return world_.loop.Await(world_.writer().WriteFinalizers(Target(), std::move(finalizers)));
  }
  T world_;
};
using Worlds = testing::Types<JournalWorld, MemoryWorld>;
TYPED_TEST_SUITE(ObjectWriterContract, Worlds);

TYPED_TEST(ObjectWriterContract, ANewObjectIsPendingAtGenerationOneWithAUid) {
  this->world_.Want("x", "v1");
  const auto object = this->See();
  ASSERT_TRUE(object);
  EXPECT_EQ(object->meta.generation, 1);
  EXPECT_EQ(object->meta.uid.size(), 36u);
  EXPECT_EQ(object->meta.creation_timestamp, "2026-01-01T00:00:00Z");
  EXPECT_EQ(object->status.observed_generation, -1);
  EXPECT_EQ(this->world_.seen.inits, 1);
}

TYPED_TEST(ObjectWriterContract, GenerationGrowsWithTheSpecAlone) {
  this->world_.Want("x", "v1");
  const auto uid = this->See()->meta.uid;
  this->world_.Want("x", "v1");
  EXPECT_EQ(this->See()->meta.generation, 1);
  this->world_.Want("x", "v2");
  EXPECT_EQ(this->See()->meta.generation, 2);
  EXPECT_EQ(this->See()->meta.uid, uid);
  InstanceStatus status;
  status.external_name = "id-1";
  const auto written =
      this->world_.loop.Await(this->world_.writer().WriteStatus(this->Target(), status));
  ASSERT_TRUE(written);
  EXPECT_EQ(this->See()->meta.generation, 2);
  EXPECT_EQ(this->See()->meta.resource_version, *written);
  EXPECT_EQ(this->See()->status.external_name, "id-1");
  this->world_.Want("x", "v3");
  EXPECT_EQ(this->See()->status.external_name, "id-1") << "the spec's change keeps the record";
}

TYPED_TEST(ObjectWriterContract, AStaleVersionOrAnotherUidIsAConflictAndChangesNothing) {
  this->world_.Want("x", "v1");
  const auto stale = this->Target();
  ASSERT_TRUE(this->Finalizers({"instanced.dev/instance"}));
  const auto before = this->See()->meta.resource_version;
  auto foreign = this->Target();
  foreign.uid = "00000000-0000-0000-0000-000000000000";
  for (const auto& target : {stale, foreign, WriteTarget{KeyOf("absent"), "u", "1"}}) {
    const auto written =
        this->world_.loop.Await(this->world_.writer().WriteStatus(target, InstanceStatus()));
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().error_class, ErrorClass::kWriteConflict);
  }
  EXPECT_EQ(this->See()->meta.resource_version, before);
}

TYPED_TEST(ObjectWriterContract, DeletionWaitsForTheLastFinalizer) {
  this->world_.Want("x", "v1");
  const auto uid = this->See()->meta.uid;
  ASSERT_TRUE(this->Finalizers({"instanced.dev/instance"}));
  this->world_.Unwant("x");
  ASSERT_TRUE(this->See());
  EXPECT_TRUE(this->See()->meta.IsDeleting());
  ASSERT_TRUE(this->Finalizers({}));
  EXPECT_FALSE(this->See());
  EXPECT_EQ(this->world_.seen.deleted_uids, std::vector{uid});
}

TYPED_TEST(ObjectWriterContract, WithoutFinalizerDeletionIsAtOnceAndTheNextLifeHasAnotherUid) {
  this->world_.Want("x", "v1");
  const auto uid = this->See()->meta.uid;
  this->world_.Unwant("x");
  EXPECT_FALSE(this->See());
  this->world_.Want("x", "v1");
  EXPECT_NE(this->See()->meta.uid, uid);
}

TYPED_TEST(ObjectWriterContract, AnObjectWantedAgainWhileDeletingBeginsANewLifeAfterwards) {
  this->world_.Want("x", "v1");
  const auto uid = this->See()->meta.uid;
  ASSERT_TRUE(this->Finalizers({"instanced.dev/instance"}));
  this->world_.Unwant("x");
  this->world_.Want("x", "v2");
  EXPECT_TRUE(this->See()->meta.IsDeleting()) << "deletion is not undone";
  ASSERT_TRUE(this->Finalizers({}));
  ASSERT_TRUE(this->See());
  EXPECT_NE(this->See()->meta.uid, uid);
  EXPECT_FALSE(this->See()->meta.IsDeleting());
  EXPECT_EQ(this->See()->meta.generation, 1);
}

TYPED_TEST(ObjectWriterContract, AnEmptyValueRemovesAnAnnotation) {
  this->world_.Want("x", "v1");
  auto& writer = this->world_.writer();
  ASSERT_TRUE(this->world_.loop.Await(
      writer.WriteAnnotations(this->Target(), {{"instanced.dev/paused", "true"}})));
  EXPECT_EQ(this->See()->meta.annotations, (StringPairs{{"instanced.dev/paused", "true"}}));
  this->world_.Want("x", "v2");
  EXPECT_EQ(this->See()->meta.annotations.size(), 1u) << "a manifest's change keeps it";
  ASSERT_TRUE(this->world_.loop.Await(
      writer.WriteAnnotations(this->Target(), {{"instanced.dev/paused", ""}})));
  EXPECT_TRUE(this->See()->meta.annotations.empty());
}

}  // namespace
}  // namespace instanced
