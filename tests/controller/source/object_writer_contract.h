// What every store promises the reconciler: one suite, run by each store's own test.
//
// A World has `loop` (a LoopInbox), `seen` (a Seen fed by the store's events), writer(), and a
// person's side: Want(name, word) declares a ConnectInstance, Unwant(name) takes it away.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "controller/source/source.h"
#include "tests/controller/source/file/line_manifests.h"

namespace instanced {

// What the last event said of each key, as an informer would have it.
struct Seen {
  std::map<ObjectKey, InstancePtr> objects;
  std::vector<std::string> deleted_uids;
  int inits = 0;  // of every kind
  WatchSink Sink() {
    return [this](WatchEvent event) {
      if (auto* init = std::get_if<InitApplied>(&event)) Take(init->object);
      if (auto* applied = std::get_if<Applied>(&event)) Take(applied->object);
      const auto* done = std::get_if<InitDone>(&event);
      if (done != nullptr && !done->kind) ++inits;
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
TYPED_TEST_SUITE_P(ObjectWriterContract);

TYPED_TEST_P(ObjectWriterContract, ANewObjectIsPendingAtGenerationOneWithAUid) {
  this->world_.Want("x", "v1");
  const auto object = this->See();
  ASSERT_TRUE(object);
  EXPECT_EQ(object->meta.generation, 1);
  EXPECT_EQ(object->meta.uid.size(), 36u);
  EXPECT_EQ(object->meta.creation_timestamp, "2026-01-01T00:00:00Z");
  EXPECT_EQ(object->status.observed_generation, -1);
  EXPECT_EQ(this->world_.seen.inits, 1);
}

TYPED_TEST_P(ObjectWriterContract, GenerationGrowsWithTheSpecAlone) {
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

TYPED_TEST_P(ObjectWriterContract, AStaleVersionOrAnotherUidIsAConflictAndChangesNothing) {
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

TYPED_TEST_P(ObjectWriterContract, DeletionWaitsForTheLastFinalizer) {
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

TYPED_TEST_P(ObjectWriterContract, WithoutFinalizerDeletionIsAtOnceAndTheNextLifeHasAnotherUid) {
  this->world_.Want("x", "v1");
  const auto uid = this->See()->meta.uid;
  this->world_.Unwant("x");
  EXPECT_FALSE(this->See());
  this->world_.Want("x", "v1");
  EXPECT_NE(this->See()->meta.uid, uid);
}

TYPED_TEST_P(ObjectWriterContract, AnObjectWantedAgainWhileDeletingBeginsANewLifeAfterwards) {
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

TYPED_TEST_P(ObjectWriterContract, AnEmptyValueRemovesAnAnnotation) {
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

REGISTER_TYPED_TEST_SUITE_P(ObjectWriterContract, ANewObjectIsPendingAtGenerationOneWithAUid,
                            GenerationGrowsWithTheSpecAlone,
                            AStaleVersionOrAnotherUidIsAConflictAndChangesNothing,
                            DeletionWaitsForTheLastFinalizer,
                            WithoutFinalizerDeletionIsAtOnceAndTheNextLifeHasAnotherUid,
                            AnObjectWantedAgainWhileDeletingBeginsANewLifeAfterwards,
                            AnEmptyValueRemovesAnAnnotation);

}  // namespace instanced
