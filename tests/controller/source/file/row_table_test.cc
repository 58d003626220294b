#include "controller/source/file/row_table.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "controller/source/file/object_life.h"
#include "tests/controller/source/file/line_manifests.h"

namespace instanced {
namespace {

constexpr const char* kNow = "2026-01-01T00:00:00Z";

std::size_t Pick(std::mt19937& chance, std::size_t end) { return chance() % end; }

std::string Word(std::mt19937& chance) {
  static const std::vector<std::string> kWords{"",
                                               "default",
                                               "a",
                                               "needs \"quotes\"",
                                               "line\nbreak",
                                               "Grüße",
                                               "back\\slash",
                                               "2026-01-01",
                                               "1cbc4723-421d-453d-9aa4-3a9657a52d25"};
  return kWords[Pick(chance, kWords.size())];
}

StringPairs Pairs(std::mt19937& chance) {
  static const char* const kNames[]{"a", "b", "instanced.dev/paused"};
  StringPairs pairs;
  for (const auto* name : kNames) {
    if (Pick(chance, 3) == 0) pairs.emplace_back(name, Word(chance));
  }
  return pairs;
}

InstanceSpec Spec(std::mt19937& chance) {
  InstanceSpec spec;
  spec.provider_config_ref = Word(chance);
  spec.external_name = Word(chance);
  spec.plugin = Word(chance);
  spec.adoption_policy = static_cast<AdoptionPolicy>(Pick(chance, 3));
  spec.management_policies = ManagementPolicies(static_cast<std::uint8_t>(Pick(chance, 16)));
  spec.deletion_policy = static_cast<DeletionPolicy>(Pick(chance, 2));
  spec.on_missing = static_cast<OnMissing>(Pick(chance, 2));
  spec.on_create_failed = static_cast<OnCreateFailed>(Pick(chance, 2));
  spec.replace_policy = static_cast<ReplacePolicy>(Pick(chance, 2));
  spec.prevent_destroy = static_cast<PreventDestroy>(Pick(chance, 2));
  spec.for_provider = nlohmann::json{{"instanceAlias", Word(chance)}, {"x", {1, true}}}.dump();
  return spec;
}

struct Declared {
  DesiredObject object;
  InstanceSpec spec;
};

Declared Desired(std::mt19937& chance) {
  const auto spec = Spec(chance);
  // The canonical form mostly, and every now and then another spelling of the same.
  return {{KeyOf("x"), Pairs(chance), Pairs(chance),
           ToJson(spec).dump(Pick(chance, 4) == 0 ? 1 : -1), "teams/" + Word(chance) + ".yaml", ""},
          spec};
}

std::string StatusText(std::mt19937& chance) {
  auto status = PendingStatus(kNow);
  status.external_name = Word(chance);
  status.at_provider = R"({"id":"i-1"})";
  auto json = ToJson(status);
  if (Pick(chance, 4) == 0) json["intent"] = {{"operation", "Create"}};  // broken
  return json.dump();
}

ObjectRow Row(const DesiredObject& desired, std::mt19937& chance) {
  auto row = NewObject("owner", desired, static_cast<std::int64_t>(Pick(chance, 3)), kNow);
  row.resource_version = static_cast<std::int64_t>(Pick(chance, 1'000'000));
  row.generation = static_cast<std::int64_t>(Pick(chance, 9));
  row.status = StatusText(chance);
  if (Pick(chance, 2) == 0) row.finalizers.emplace_back(kFinalizerName);
  if (Pick(chance, 3) == 0) row = WithAdminAnnotations(row, Pairs(chance));
  if (Pick(chance, 3) == 0) row.deletion_timestamp = "2026-01-02T00:00:00Z";
  return row;
}

TEST(RowTable, EveryRowComesBackByteForByte) {
  std::mt19937 chance(20261122);
  for (int i = 0; i < 3'000 && !testing::Test::HasFailure(); ++i) {
    RowTable rows;
    const auto [desired, spec] = Desired(chance);
    const auto row = Row(desired, chance);
    const auto object = ObjectOf(row);
    ASSERT_TRUE(object.has_value());
    rows.Put(row, *object);
    EXPECT_EQ(rows.FindWhole(row.key), row);
    const auto head = rows.HeadOf(row.key).value();
    EXPECT_EQ(head.key.Copy(), row.key);
    EXPECT_EQ(head.file, row.file);
    EXPECT_EQ(head.deleting, row.deletion_timestamp.has_value());
    EXPECT_EQ(rows.Compare(PackedDesired(desired)), RowTable::Standing::kSame);
    EXPECT_EQ(rows.Compare(PackedDesired(desired, spec)), RowTable::Standing::kSame);
    EXPECT_EQ(ToJson(*std::get<InstancePtr>(*rows.FindObject(row.key))),
              ToJson(*std::get<InstancePtr>(*object)));
  }
}

TEST(RowTable, ARowIsOtherThanAManifestExactlyWhenThatSaysSomethingNew) {
  std::mt19937 chance(5);
  int same = 0;
  for (int i = 0; i < 3'000 && !testing::Test::HasFailure(); ++i) {
    RowTable rows;
    auto [desired, spec] = Desired(chance);
    const auto row = Row(desired, chance);
    rows.Put(row, ObjectOf(row).value());
    const auto [other, other_spec] = Desired(chance);
    switch (Pick(chance, 5)) {
      case 0:
        desired.spec = other.spec;
        spec = other_spec;
        break;
      case 1:
        desired.labels = other.labels;
        break;
      case 2:
        desired.annotations = other.annotations;
        break;
      case 3:
        desired.file = other.file;
        break;
      default:
        desired.base_directory = "/elsewhere";
    }
    const bool says_new = WithDesired(row, desired).has_value();
    same += says_new ? 0 : 1;
    const auto standing = says_new ? RowTable::Standing::kOther : RowTable::Standing::kSame;
    EXPECT_EQ(rows.Compare(PackedDesired(desired)), standing);
    EXPECT_EQ(rows.Compare(PackedDesired(desired, spec)), standing);
  }
  EXPECT_GT(same, 100);
  EXPECT_EQ(RowTable().Compare(Declare("x")), RowTable::Standing::kMissing);
}

TEST(PackedDesired, WhatAManifestDeclaresComesBackByteForByte) {
  std::mt19937 chance(6);
  int packed = 0;
  for (int i = 0; i < 3'000 && !testing::Test::HasFailure(); ++i) {
    auto [desired, spec] = Desired(chance);
    if (Pick(chance, 4) == 0) desired.base_directory = "/etc/instanced";
    const PackedDesired kept(desired, spec);
    packed += kept.packed() ? 1 : 0;
    EXPECT_EQ(kept.Unpack(), desired);
    EXPECT_EQ(PackedDesired(desired).Unpack(), desired);
    EXPECT_EQ(kept.Key().Copy(), desired.key);
    EXPECT_EQ(kept.file(), desired.file);
  }
  EXPECT_GT(packed, 500);
}

TEST(RowTable, ARowNobodyCanReadIsKeptAsItIsAndTheObjectBeforeItStays) {
  RowTable rows;
  auto row = NewObject("owner", Declare("x"), 0, kNow);
  rows.Put(row, ObjectOf(row).value());
  row.spec = "no document";
  rows.PutAsIs(row);
  EXPECT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows.FindWhole(row.key), row);
  EXPECT_TRUE(rows.FindObject(row.key).has_value());
  EXPECT_EQ(rows.Compare(Declare("x")), RowTable::Standing::kOther);
  rows.Erase(row.key);
  EXPECT_FALSE(rows.Has(row.key));
  EXPECT_FALSE(rows.FindWhole(row.key).has_value());
}

TEST(RowTable, AWriteMustNameTheLifeAndTheVersionThatAreThere) {
  RowTable rows;
  auto row = NewObject("owner", Declare("x"), 0, kNow);
  row.resource_version = 7;
  EXPECT_FALSE(rows.Is({row.key, row.uid, "7"}));
  rows.Put(row, ObjectOf(row).value());
  EXPECT_TRUE(rows.Is({row.key, row.uid, "7"}));
  EXPECT_FALSE(rows.Is({row.key, row.uid, "8"}));
  EXPECT_FALSE(rows.Is({row.key, "another", "7"}));
}

}  // namespace
}  // namespace instanced
