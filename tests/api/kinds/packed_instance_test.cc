#include "api/kinds/packed_instance.h"

#include <random>
#include <unordered_set>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/kinds/kind_traits.h"

namespace instanced {
namespace {

void ExpectEqual(const InstanceObject& a, const InstanceObject& b) {
  EXPECT_EQ(a.meta.key, b.meta.key);
  EXPECT_EQ(a.meta.uid, b.meta.uid);
  EXPECT_EQ(a.meta.resource_version, b.meta.resource_version);
  EXPECT_EQ(a.meta.generation, b.meta.generation);
  EXPECT_EQ(a.meta.labels, b.meta.labels);
  EXPECT_EQ(a.meta.annotations, b.meta.annotations);
  EXPECT_EQ(a.meta.finalizers, b.meta.finalizers);
  EXPECT_EQ(a.meta.creation_timestamp, b.meta.creation_timestamp);
  EXPECT_EQ(a.meta.deletion_timestamp, b.meta.deletion_timestamp);
  EXPECT_EQ(a.spec, b.spec);
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.intent_unreadable, b.intent_unreadable);
}

// Texts of every form, and what nearly has one.
class RandomTexts {
 public:
  explicit RandomTexts(unsigned seed) : chance_(seed) {}

  std::size_t Below(std::size_t end) { return chance_() % end; }
  std::int64_t Number() {
    static const std::int64_t kEdges[]{0, 1, -1, INT64_MAX, INT64_MIN, 63, 64, -64};
    return Below(2) == 0 ? kEdges[Below(8)] : static_cast<std::int64_t>(chance_() % 100'000);
  }
  std::string Bytes(std::size_t count) {
    std::string text;
    while (text.size() < count) text.push_back(static_cast<char>(chance_()));
    return text;
  }
  std::string Text() {
    static const std::vector<std::string> kTexts{
        "",
        "default",
        "Default",
        "{}",
        "{",
        "instanced.dev/instance",
        std::string(kPendingMessage),
        "the cloud reports it usable",
        "1cbc4723-421d-453d-9aa4-3a9657a52d25",
        "1CBC4723-421d-453d-9aa4-3a9657a52d25",
        "1cbc4723-421d-453d-9aa4-3a9657a52d2",
        "1cbc4723x421d-453d-9aa4-3a9657a52d25",
        "2026-11-22T12:59:53Z",
        "2026-11-22t12:59:53Z",
        "2026-02-30T12:59:53Z",
        "2026-11-22T23:59:60Z",
        "2026-11-22T12:59:53.000001Z",
        "2026-11-22T12:59:53+01:00",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2024-02-29T00:00:00Z",
        "0",
        "00",
        "-1",
        "7",
        "007",
        "999999999999999999",
        "9999999999999999999",
        "18446744073709551616",
        std::string("\0", 1),
        "Grüße \xF0\x9F\x8E\x89",
        "\1\2\3",
        "1059803544828509/cn-shanghai",
    };
    switch (Below(8)) {
      case 0:
        return Bytes(Below(40));
      case 1:
        return Bytes(5'000);
      case 2:
        return Document();
      default:
        return kTexts[Below(kTexts.size())];
    }
  }
  std::string Document() {
    static const std::vector<std::string> kDocuments{
        "",
        "{}",
        R"({"instanceId":"1cbc4723-421d-453d-9aa4-3a9657a52d25","instanceName":"bot"})",
        R"({"creationTime":"2026-11-22T12:59:53Z","2026-11-22T12:59:53Z":1,"owner":"x"})",
        R"({"1cbc4723-421d-453d-9aa4-3a9657a52d25":{"state":"ACTIVE","x":"ACTIVE "}})",
        R"({"a":"he said \"instanceId\": and left","b":"\\","instanceId":"\""})",
        R"({"open":"no end)",
        R"(")",
        R"("":"")",
        R"(["","",{"":""}])",
        "{\"raw\":\"\1\2\3\"}",
        "{\"tags\":{\"a\":\"\xC3\xBC\x80\xFF\"}}",
        "not json at all, instanceId",
    };
    std::string text = kDocuments[Below(kDocuments.size())];
    // Cut or damaged anywhere.
    if (!text.empty() && Below(4) == 0) text.resize(Below(text.size()));
    if (!text.empty() && Below(4) == 0) text[Below(text.size())] = static_cast<char>(chance_());
    return text;
  }
  template <class T>
  T Enum(int last) {
    return static_cast<T>(Below(static_cast<std::size_t>(last) + 1));
  }

 private:
  std::mt19937 chance_;
};

StringPairs RandomPairs(RandomTexts& random) {
  StringPairs pairs;
  for (auto count = random.Below(4); count > 0; --count) {
    pairs.emplace_back(random.Text(), random.Document());
  }
  return pairs;
}

InstanceStatus RandomStatus(RandomTexts& random) {
  InstanceStatus status;
  status.observed_generation = random.Number();
  for (int type = 0; type < 4; ++type) {
    if (random.Below(3) == 0) continue;
    status.conditions.Mark({static_cast<ConditionType>(type), random.Enum<ConditionStatus>(2),
                            random.Enum<Reason>(static_cast<int>(Reason::kObserveOnly)),
                            random.Text(), random.Number(), ""},
                           random.Text());
  }
  status.external_name = random.Text();
  if (random.Below(2) == 0) {
    status.intent = Intent{random.Text(),
                           random.Number(),
                           random.Text(),
                           random.Document(),
                           random.Enum<AbsentBefore>(1),
                           random.Text(),
                           random.Number(),
                           random.Text(),
                           random.Number()};
  }
  status.attempts = random.Number();
  status.claimed_at = random.Text();
  status.bound_domain = random.Text();
  status.accepted_mark = random.Text();
  status.at_provider = random.Document();
  status.sent = random.Document();
  return status;
}

InstanceObject RandomObject(RandomTexts& random) {
  InstanceObject object;
  object.meta.key = {InstanceKinds()[random.Below(InstanceKinds().size())], random.Text(),
                     random.Text()};
  object.meta.uid = random.Text();
  object.meta.resource_version = random.Text();
  object.meta.generation = random.Number();
  object.meta.labels = RandomPairs(random);
  object.meta.annotations = RandomPairs(random);
  for (auto count = random.Below(3); count > 0; --count) {
    object.meta.finalizers.push_back(random.Text());
  }
  object.meta.creation_timestamp = random.Text();
  if (random.Below(2) == 0) object.meta.deletion_timestamp = random.Text();
  auto& spec = object.spec;
  spec.provider_config_ref = random.Text();
  spec.external_name = random.Text();
  spec.adoption_policy = random.Enum<AdoptionPolicy>(2);
  spec.management_policies = ManagementPolicies(static_cast<std::uint8_t>(random.Below(256)));
  spec.deletion_policy = random.Enum<DeletionPolicy>(1);
  spec.on_missing = random.Enum<OnMissing>(1);
  spec.on_create_failed = random.Enum<OnCreateFailed>(1);
  spec.replace_policy = random.Enum<ReplacePolicy>(1);
  spec.prevent_destroy = random.Enum<PreventDestroy>(1);
  spec.plugin = random.Text();
  spec.for_provider = random.Document();
  object.status = RandomStatus(random);
  object.intent_unreadable = random.Below(2) == 0;
  return object;
}

TEST(PackedInstance, AnyObjectComesBackAsItWas) {
  RandomTexts random(20261122);
  for (int i = 0; i < 3'000 && !testing::Test::HasFailure(); ++i) {
    const auto object = RandomObject(random);
    const auto extra = random.Bytes(random.Below(50));
    const auto packed = PackedInstance::Of(object, extra);
    ExpectEqual(*packed.Unpack(), object);
    EXPECT_EQ(packed.View().extra, extra);
    EXPECT_EQ(packed.Key().Copy(), object.meta.key);
    EXPECT_EQ(packed.ReadHead().key.Copy(), object.meta.key);
    EXPECT_EQ(packed.ReadHead().deleting, object.meta.IsDeleting());
    EXPECT_EQ(packed.ReadHead().extra, extra);
  }
}

TEST(PackedInstance, EveryReasonAndStateOfAConditionComesBack) {
  for (int reason = 0; reason <= static_cast<int>(Reason::kObserveOnly); ++reason) {
    for (int status = 0; status < 3; ++status) {
      InstanceObject object;
      object.status.conditions.Mark({ConditionType::kStalled, static_cast<ConditionStatus>(status),
                                     static_cast<Reason>(reason), "m", 7, ""},
                                    "2026-01-02T03:04:05Z");
      ExpectEqual(*PackedInstance::Of(object).Unpack(), object);
    }
  }
}

TEST(PackedInstance, AViewSaysWhatTheObjectSays) {
  RandomTexts random(7);
  for (int i = 0; i < 2'000 && !testing::Test::HasFailure(); ++i) {
    const auto object = RandomObject(random);
    const auto packed = PackedInstance::Of(object);
    const auto view = packed.View();
    EXPECT_TRUE(view.meta.uid == object.meta.uid);
    EXPECT_FALSE(view.meta.uid == object.meta.uid + "x");
    EXPECT_EQ(view.meta.IsDeleting(), object.meta.IsDeleting());
    EXPECT_EQ(view.meta.labels.Pairs(), object.meta.labels);
    EXPECT_EQ(view.status.external_name.empty(), object.status.external_name.empty());
    EXPECT_EQ(view.spec.plugin.empty(), object.spec.plugin.empty());
    EXPECT_EQ(view.status.intent.has_value(), object.status.intent.has_value());
    for (const auto type : {ConditionType::kReady, ConditionType::kSynced,
                            ConditionType::kReconciling, ConditionType::kStalled}) {
      const auto* condition = object.status.conditions.Find(type);
      const auto* seen = view.status.conditions.Find(type);
      ASSERT_EQ(seen != nullptr, condition != nullptr);
      if (condition == nullptr) continue;
      EXPECT_EQ(seen->status, condition->status);
      EXPECT_EQ(seen->reason, condition->reason);
      EXPECT_TRUE(seen->message == condition->message);
    }
  }
}

TEST(PackedInstance, EqualListsAreEqualBytesAndOthersAreNot) {
  RandomTexts random(8);
  for (int i = 0; i < 2'000; ++i) {
    InstanceObject a, b;
    a.meta.labels = RandomPairs(random);
    b.meta.labels = random.Below(2) == 0 ? a.meta.labels : RandomPairs(random);
    const auto one = PackedInstance::Of(a), other = PackedInstance::Of(b);
    EXPECT_EQ(one.View().meta.labels == other.View().meta.labels, a.meta.labels == b.meta.labels);
  }
}

// What an OutboundBot instance at rest records.
InstanceObject Settled() {
  InstanceObject object;
  object.meta.key = {Kind::kOutboundBotInstance, "team-0", "bot-4600"};
  object.meta.uid = "3d807d54-2afb-5f8f-a383-ded23ebdf4b0";
  object.meta.resource_version = "61695";
  object.meta.finalizers = {std::string(kFinalizerName)};
  object.meta.creation_timestamp = "2026-11-22T12:59:36Z";
  object.spec.for_provider =
      R"({"instanceName":"bot-4600","maxConcurrentConversation":1,"nluServiceType":"DialogStudio"})";
  auto& status = object.status;
  status.observed_generation = 1;
  status.conditions.Mark({ConditionType::kReady, ConditionStatus::kTrue, Reason::kAvailable,
                          "the cloud reports it usable", 1, ""},
                         "2026-11-22T12:59:39Z");
  status.conditions.Mark({ConditionType::kSynced, ConditionStatus::kTrue, Reason::kReconcileSuccess,
                          "spec and cloud match, or a change is in progress", 1, ""},
                         "2026-11-22T12:59:39Z");
  status.external_name = "1cbc4723-421d-453d-9aa4-3a9657a52d25";
  status.attempts = 1;
  status.claimed_at = "2026-11-22T12:59:54Z";
  status.bound_domain = "1059803544828509/cn-region-0";
  status.at_provider =
      R"({"creationTime":"2026-11-22T12:59:53Z","creatorId":435986,"creatorName":"creator",)"
      R"("instanceDescription":"[instanced:2713a1766c88b528]",)"
      R"("instanceId":"1cbc4723-421d-453d-9aa4-3a9657a52d25","instanceName":"bot-4600",)"
      R"("maxConcurrentConversation":1,"nluServiceType":"DialogStudio",)"
      R"("owner":"1059803544828509","ownerName":"owner-1059803544828509",)"
      R"("resourceGroupId":"rg-default"})";
  status.sent = R"({"nluServiceType":"DialogStudio"})";
  return object;
}

TEST(PackedInstance, AnObjectAtRestTakesAFewHundredBytes) {
  const auto packed = PackedInstance::Of(Settled());
  ExpectEqual(*packed.Unpack(), Settled());
  EXPECT_LT(packed.size(), 400u);
}

TEST(PackedInstance, CopiesShareOneBlockThatOutlivesTheFirst) {
  auto first = PackedInstance::Of(Settled());
  PackedInstance second = first;
  EXPECT_EQ(second.Key().name.data(), first.Key().name.data());
  first = PackedInstance();
  EXPECT_FALSE(first);
  ExpectEqual(*second.Unpack(), Settled());
  second = PackedInstance(second);
  PackedInstance third = std::move(second);
  ExpectEqual(*third.Unpack(), Settled());
}

TEST(PackedInstance, ASetOfThemIsAMapByKey) {
  std::unordered_set<PackedInstance, PackedInstanceHash, PackedInstanceEqual> objects;
  auto object = Settled();
  objects.insert(PackedInstance::Of(object));
  object.meta.resource_version = "61696";
  EXPECT_FALSE(objects.insert(PackedInstance::Of(object)).second);
  EXPECT_TRUE(objects.contains(object.meta.key));
  auto other = object.meta.key;
  other.kind = Kind::kConnectInstance;
  EXPECT_FALSE(objects.contains(other));
}

}  // namespace
}  // namespace instanced
