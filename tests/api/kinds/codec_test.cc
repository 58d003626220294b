#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/kinds/kind_traits.h"
#include "api/kinds/object.h"

namespace instanced {
namespace {

using nlohmann::json;
using testing::HasSubstr;

TEST(KindTraits, EveryInstanceKindHasATableThatNamesItself) {
  for (const auto kind : InstanceKinds()) {
    const auto& traits = TraitsOf(kind);
    EXPECT_EQ(traits.kind, kind);
    EXPECT_FALSE(traits.operations.observe.empty());
    for (const auto& rule : traits.fields) {
      const bool changes =
          rule.mutability == Mutability::kMutable || rule.mutability == Mutability::kWriteOnly;
      EXPECT_EQ(changes, !rule.operation.empty()) << rule.name;
      EXPECT_EQ(FindField(traits, rule.name), &rule);
    }
    const auto* other = FindField(traits, "no-such-field");
    EXPECT_EQ(other != nullptr, kind == Kind::kPluginInstance);
    for (const auto name : {traits.natural_key_field, traits.description_field}) {
      if (!name.empty()) {
        EXPECT_NE(FindField(traits, name), nullptr) << name;
      }
    }
  }
}

TEST(InstanceSpec, AnEmptySpecHasTheDocumentedDefaults) {
  const auto spec = InstanceSpecFromJson(json::object());
  ASSERT_TRUE(spec.has_value());
  EXPECT_EQ(*spec, InstanceSpec{});
  EXPECT_TRUE(spec->management_policies.Allows(ManagementPolicy::kDelete));
}

TEST(InstanceSpec, EveryFieldSurvivesTheWayThroughJson) {
  const json written{{"providerConfigRef", "prod"},
                     {"externalName", "i-1"},
                     {"adoptionPolicy", "ByNaturalKey"},
                     {"managementPolicies", {"Observe", "Update"}},
                     {"deletionPolicy", "Retain"},
                     {"onMissing", "Recreate"},
                     {"onCreateFailed", "Recreate"},
                     {"replacePolicy", "Recreate"},
                     {"preventDestroy", true},
                     {"plugin", "acme"},
                     {"forProvider", {{"b", 1}, {"a", {true, nullptr}}}}};
  const auto spec = InstanceSpecFromJson(written);
  ASSERT_TRUE(spec.has_value());
  EXPECT_EQ(ToJson(*spec), written);
  EXPECT_EQ(spec->for_provider, R"({"a":[true,null],"b":1})");
}

TEST(InstanceSpec, AValueThatDoesNotFitNamesItsField) {
  const std::pair<json, const char*> cases[]{
      {{{"adoptionPolicy", "Always"}}, "spec.adoptionPolicy: expected one of Never IfOwned"},
      {{{"managementPolicies", {"Fly"}}}, "spec.managementPolicies"},
      {{{"managementPolicies", "Create"}}, "spec.managementPolicies: expected a list"},
      {{{"preventDestroy", "yes"}}, "spec.preventDestroy"},
      {{{"forProvider", 1}}, "spec.forProvider"},
      {json::array(), "spec: expected a mapping"}};
  for (const auto& [document, message] : cases) {
    const auto spec = InstanceSpecFromJson(document);
    ASSERT_FALSE(spec.has_value()) << document;
    EXPECT_EQ(spec.error().error_class, ErrorClass::kValidation);
    EXPECT_THAT(spec.error().message, HasSubstr(message));
  }
}

InstanceStatus FullStatus() {
  InstanceStatus status = PendingStatus("2026-01-02T03:04:05Z");
  status.observed_generation = 3;
  status.external_name = "i-1";
  status.intent.emplace();
  status.intent->attempt = 2;
  status.intent->request = "{}";
  status.attempts = 2;
  status.claimed_at = "2026-01-02T03:04:06Z";
  status.bound_domain = "123456789012/us-east-1";
  status.at_provider = R"({"Id":"i-1"})";
  status.sent = R"({"callingNumbers":["1"]})";
  return status;
}

TEST(InstanceStatus, EveryFieldSurvivesTheWayThroughJson) {
  const auto parsed = InstanceStatusFromJson(ToJson(FullStatus()));
  EXPECT_EQ(parsed.status, FullStatus());
  EXPECT_FALSE(parsed.intent_unreadable);
}

TEST(InstanceStatus, MembersOfAnotherTypeAreDroppedButABrokenIntentIsKnown) {
  const auto parsed =
      InstanceStatusFromJson({{"externalName", 5}, {"attempts", "x"}, {"intent", {{"token", 1}}}});
  EXPECT_EQ(parsed.status, InstanceStatus{});
  EXPECT_TRUE(parsed.intent_unreadable);
  EXPECT_TRUE(InstanceStatusFromJson("text").intent_unreadable);
  EXPECT_FALSE(InstanceStatusFromJson(nullptr).intent_unreadable);
}

TEST(ProviderConfigSpec, EveryCredentialSourceSurvivesTheWayThroughJson) {
  for (const json& credentials :
       {json{{"environment", json::object()}}, json{{"file", {{"path", "c"}, {"profile", "p"}}}},
        json{{"secretRef", {{"name", "s"}}}}, json{{"podIdentity", json::object()}}}) {
    const json written{{"aws",
                        {{"region", "us-east-1"},
                         {"accountId", "123456789012"},
                         {"credentials", credentials},
                         {"endpoints", {{"connect", "http://localhost:1"}}}}},
                       {"alibaba", {{"credentials", credentials}}},
                       {"budgets", {{"connect:ListInstances", {{"perSecond", 1.5}, {"burst", 3}}}}},
                       {"exposePersonalData", true}};
    const auto spec = ProviderConfigSpecFromJson(written);
    ASSERT_TRUE(spec.has_value()) << credentials;
    EXPECT_EQ(ToJson(*spec), written);
  }
}

TEST(ProviderConfigSpec, AValueThatDoesNotFitNamesItsField) {
  const std::pair<json, const char*> cases[]{
      {{{"aws", {{"credentials", json::object()}}}}, "spec.aws.credentials: expected exactly one"},
      {{{"aws", {{"credentials", {{"file", json::object()}, {"podIdentity", json::object()}}}}}},
       "exactly one"},
      {{{"alibaba", {{"credentials", {{"file", json::object()}}}}}}, "credentials.file.path"},
      {{{"alibaba", {{"credentials", {{"secretRef", json::object()}}}}}}, "secretRef.name"},
      {{{"budgets", {{"a", {{"perSecond", 0}, {"burst", 1}}}}}}, "spec.budgets.a.perSecond"},
      {{{"exposePersonalData", 1}}, "spec.exposePersonalData: expected true or false"}};
  for (const auto& [document, message] : cases) {
    const auto spec = ProviderConfigSpecFromJson(document);
    ASSERT_FALSE(spec.has_value()) << document;
    EXPECT_THAT(spec.error().message, HasSubstr(message));
  }
}

TEST(ObjectFromJson, AnInstanceSurvivesTheWayThroughJson) {
  InstanceObject object;
  object.meta.key = {Kind::kOutboundBotInstance, "default", "bot"};
  object.meta.uid = "u";
  object.meta.resource_version = "7";
  object.meta.generation = 4;
  object.meta.labels = {{"a", "1"}, {"b", "2"}};
  object.meta.annotations = {{std::string(kPausedAnnotation), "true"}};
  object.meta.finalizers = {std::string(kFinalizerName)};
  object.meta.deletion_timestamp = "2026-01-02T03:04:05Z";
  object.status = FullStatus();
  const auto read = ObjectFromJson(ToJson(object));
  ASSERT_TRUE(read.has_value());
  const auto& back = *std::get<InstancePtr>(*read);
  EXPECT_EQ(ToJson(back), ToJson(object));
  EXPECT_TRUE(back.meta.IsDeleting());
  EXPECT_TRUE(back.meta.HasFinalizer(kFinalizerName));
  EXPECT_EQ(*FindValue(back.meta.annotations, kPausedAnnotation), "true");
  EXPECT_EQ(FindValue(back.meta.labels, "c"), nullptr);
}

TEST(ObjectFromJson, RefusesWhatIsNoObjectOfOurs) {
  for (const json& document :
       {json::array(), json{{"kind", "Pod"}}, json{{"kind", "ConnectInstance"}},
        json{{"kind", "ConnectInstance"}, {"metadata", {{"name", "a"}, {"labels", {{"x", 1}}}}}},
        json{{"kind", "ProviderConfig"}, {"metadata", {{"name", "a"}}}, {"spec", 1}}}) {
    EXPECT_FALSE(ObjectFromJson(document).has_value()) << document;
  }
}

}  // namespace
}  // namespace instanced
