// The CRDs against the tables of api/kinds: one schema, two spellings of it.
#include "api/crds/crds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/kinds/kind_traits.h"
#include "api/kinds/object.h"
#include "controller/source/manifest/schema_check.h"

namespace instanced {
namespace {

using nlohmann::json;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Kind kAll[]{Kind::kConnectInstance,         Kind::kSupplyChainInstance,
                      Kind::kCloudCallCenterInstance, Kind::kOutboundBotInstance,
                      Kind::kPluginInstance,          Kind::kProviderConfig};

json Crd(Kind kind) {
  const auto file = ReadYaml("crd", CrdYaml(kind), {});
  return file.documents.size() == 1 ? ToJson(file.documents[0]) : json();
}

const CrdSchema& At(const CrdSchema& schema, const std::string& name) {
  return schema.properties.at(name);
}

TEST(Crds, NamesAreThoseOfTheTablesAndTheTextIsSmall) {
  for (const auto kind : kAll) {
    const auto crd = Crd(kind);
    const auto names = ResourceNamesOf(kind);
    const auto& spec = crd.at("spec");
    EXPECT_EQ(spec.at("group"), kApiGroup);
    EXPECT_EQ(spec.at("names").at("kind"), ToString(kind));
    EXPECT_EQ(spec.at("names").at("plural"), names.plural);
    EXPECT_EQ(spec.at("names").at("singular"), names.singular);
    EXPECT_EQ(spec.at("names").at("shortNames"), json({names.short_name}));
    EXPECT_EQ(spec.at("names").at("categories"), json({"instanced"}));
    EXPECT_EQ(crd.at("metadata").at("name"),
              std::string(names.plural) + "." + std::string(kApiGroup));
    EXPECT_EQ(spec.at("versions").at(0).contains("subresources"), kind != Kind::kProviderConfig);
    EXPECT_LE(CrdYaml(kind).size(), 30U << 10);
  }
}

// What ".status.conditions[?(@.type==\"Ready\")].reason" names; nothing where the schema has no
// such field. Below a field that keeps unknown ones every name is good.
bool IsField(json schema, std::string path) {
  while (!path.empty()) {
    path.erase(0, 1);
    const auto filter = path.find('[');
    const auto end = std::min(path.find('.'), filter);
    const auto name = path.substr(0, end);
    if (schema.value("x-kubernetes-preserve-unknown-fields", false)) return true;
    if (!schema.contains("properties") || !schema["properties"].contains(name)) return false;
    schema = json(schema["properties"][name]);
    path.erase(0, std::min(end, path.size()));
    if (path.starts_with('[')) {
      if (!schema.contains("items")) return false;
      schema = json(schema["items"]);
      path.erase(0, path.find(']') + 1);
    }
  }
  return true;
}

TEST(Crds, PrinterColumnsNameFieldsThatAreThere) {
  for (const auto kind : kAll) {
    const auto version = Crd(kind).at("spec").at("versions").at(0);
    std::vector<std::string> narrow, wide;
    for (const auto& column : version.at("additionalPrinterColumns")) {
      const std::string path = column.at("jsonPath");
      const std::string name = column.at("name");
      const bool known = path == ".metadata.creationTimestamp" ||
                         IsField(version.at("schema").at("openAPIV3Schema"), path);
      EXPECT_TRUE(known) << ToString(kind) << " " << path;
      (column.value("priority", 0) == 0 ? narrow : wide).push_back(name);
    }
    if (kind == Kind::kProviderConfig) continue;
    std::vector<std::string> wanted{"Ready", "Synced", "External-Name", "State", "Age"};
    // Neither the cloud nor plugins in general tell a state.
    if (kind == Kind::kOutboundBotInstance || kind == Kind::kPluginInstance) {
      std::erase(wanted, "State");
    }
    if (kind == Kind::kPluginInstance) wanted.insert(wanted.begin(), "Plugin");
    EXPECT_EQ(narrow, wanted) << ToString(kind);
    EXPECT_EQ(wide, (std::vector<std::string>{"Reason", "Message", "Config", "Deletion"}));
  }
}

TEST(Crds, FieldsOfForProviderAreThoseOfTheTables) {
  for (const auto kind : InstanceKinds()) {
    const auto& fields = At(At(SchemaOf(kind), "spec"), "forProvider");
    if (kind == Kind::kPluginInstance) {
      EXPECT_EQ(fields.unknown_fields, UnknownFields::kPreserve);
      continue;
    }
    EXPECT_THAT(fields.properties, SizeIs(TraitsOf(kind).fields.size()));
    for (const auto& rule : TraitsOf(kind).fields) {
      EXPECT_TRUE(fields.properties.contains(std::string(rule.name))) << rule.name;
    }
  }
}

TEST(Crds, EveryEnumWordIsReadByTheDecoderAndNoOtherIs) {
  for (const auto kind : InstanceKinds()) {
    for (const auto& [name, schema] : At(SchemaOf(kind), "spec").properties) {
      const bool list = schema.type == SchemaType::kArray;
      const auto& words = list ? schema.items->words : schema.words;
      if (words.empty()) continue;
      for (const auto& word : words) {
        const json value = list ? json({word}) : json(word);
        const auto spec = InstanceSpecFromJson({{name, value}});
        ASSERT_TRUE(spec.has_value()) << name << " " << word;
        EXPECT_EQ(ToJson(*spec).at(name), value);
      }
      const auto wrong = list ? json({"NoSuchWord"}) : json("NoSuchWord");
      EXPECT_FALSE(InstanceSpecFromJson({{name, wrong}}).has_value()) << name;
    }
  }
}

TEST(Crds, DefaultsAreThoseOfTheDecoders) {
  for (const auto kind : InstanceKinds()) {
    json spec{{"forProvider", json::object()}};
    FillDefaults(At(SchemaOf(kind), "spec"), spec);
    EXPECT_EQ(spec, ToJson(InstanceSpec{})) << ToString(kind);
  }
  json config{{"aws", json::object()}};
  FillDefaults(At(SchemaOf(Kind::kProviderConfig), "spec"), config);
  ProviderConfigSpec expected;
  expected.aws.emplace();
  EXPECT_EQ(config, ToJson(expected));
}

TEST(Crds, ANewObjectsStatusIsPending) {
  for (const auto kind : InstanceKinds()) {
    json object = json::object();
    FillDefaults(SchemaOf(kind), object);
    EXPECT_EQ(object.at("status"), ToJson(PendingStatus("1970-01-01T00:00:00Z")));
  }
}

InstanceObject FullObject(Kind kind) {
  InstanceObject object;
  object.meta.key = {kind, "default", "a"};
  object.spec.external_name = "i-1";
  object.spec.plugin = kind == Kind::kPluginInstance ? "acme" : "";
  object.status = PendingStatus("2026-01-02T03:04:05Z");
  object.status.external_name = "i-1";
  object.status.intent.emplace();
  object.status.attempts = 1;
  object.status.claimed_at = "2026-01-02T03:04:05Z";
  object.status.bound_domain = "1/r";
  object.status.at_provider = R"({"a":1})";
  object.status.sent = R"({"a":1})";
  return object;
}

TEST(Crds, NothingThatIsWrittenIsUnknownToTheSchema) {
  for (const auto kind : InstanceKinds()) {
    const auto text = ToJson(FullObject(kind)).dump();
    const auto file = ReadYaml("object", text, {});
    std::vector<Problem> problems;
    const auto read =
        CheckSchema(At(SchemaOf(kind), "status"), file.documents.at(0).Find("status")->value,
                    "status", "o", problems);
    CheckSchema(At(SchemaOf(kind), "spec"), file.documents.at(0).Find("spec")->value, "spec", "o",
                problems);
    for (const auto& problem : problems) ADD_FAILURE() << ToString(problem);
    EXPECT_EQ(read, ToJson(FullObject(kind).status));
  }
}

}  // namespace
}  // namespace instanced
