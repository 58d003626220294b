// kinds_page: writes docs/kinds.md from the CRDs and the tables of api/kinds, or says that it is no
// longer true.
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "api/crds/crds.h"
#include "api/kinds/kind_traits.h"
#include "api/kinds/object.h"
#include "controller/source/manifest/yaml_node.h"
#include "tests/docs/held_page.h"

namespace instanced {
namespace {

using Type = YamlNode::Type;

const YamlNode& At(const YamlNode& node, std::string_view path) {
  const auto dot = path.find('.');
  const auto* entry = node.Find(path.substr(0, dot));
  if (!entry) {
    std::cerr << "kinds_page: a CRD has no " << path << "\n";
    std::exit(1);
  }
  return dot == std::string_view::npos ? entry->value : At(entry->value, path.substr(dot + 1));
}

std::string Text(const YamlNode& node, std::string_view name) {
  const auto* entry = node.Find(name);
  if (!entry) return "";
  const auto& value = entry->value.scalar;
  return value.is_string() ? value.get<std::string>() : value.dump();
}

const YamlNode& SchemaRoot(const YamlNode& crd) {
  return At(At(crd, "spec.versions").items.front(), "schema.openAPIV3Schema");
}

// "1 to 128", "at least 1", "at most 9", or nothing.
std::string Range(const YamlNode& schema, std::string_view low, std::string_view high) {
  auto from = Text(schema, low);
  const auto to = Text(schema, high);
  if (Text(schema, "exclusiveMinimum") == "true")
    return fmt::format("above {}, at most {}", from, to);
  if (from.empty()) return to.empty() ? "" : "at most " + to;
  if (from == to) return "exactly " + to;
  return to.empty() ? "at least " + from : fmt::format("{} to {}", from, to);
}

std::string Literal(const YamlNode& value) {
  const auto json = ToJson(value);
  return json.is_string() ? json.get<std::string>() : json.dump();
}

// In a cell of a table, where a bar would end it.
std::string Code(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) {
    text.insert(at, 1, '\\');
  }
  return "`" + text + "`";
}

void Add(std::string& text, std::string_view piece) {
  if (!piece.empty()) text.append(text.empty() ? "" : ", ").append(piece);
}

std::string TypeOf(const YamlNode& schema) {
  auto type = Text(schema, "type");
  std::string text;
  if (const auto* choices = schema.Find("enum")) {
    for (const auto& choice : choices->value.items) {
      text.append(text.empty() ? "" : " or ").append(Code(Literal(choice)));
    }
  } else if (type == "array") {
    text = "list of " + TypeOf(At(schema, "items"));
    const auto range = Range(schema, "minItems", "maxItems");
    if (!range.empty()) text += "; " + range + " of them";
  } else if (const auto* values = schema.Find("additionalProperties")) {
    text = "map to " + TypeOf(values->value);
    const auto range = Range(schema, "minProperties", "maxProperties");
    if (!range.empty()) text += "; " + range + " entries";
  } else if (type == "string") {
    text = type;
    const auto range = Range(schema, "minLength", "maxLength");
    if (!range.empty()) Add(text, range + " characters");
    if (schema.Find("pattern")) Add(text, Code(Text(schema, "pattern")));
  } else {
    text = type;
    Add(text, Range(schema, "minimum", "maximum"));
  }
  const auto* preset = schema.Find("default");
  if (preset && preset->value.type != Type::kMapping)
    Add(text, "default " + Code(Literal(preset->value)));
  return text;
}

std::vector<std::string> Messages(const YamlNode& schema) {
  std::vector<std::string> messages;
  const auto* rules = schema.Find("x-kubernetes-validations");
  if (!rules) return messages;
  for (const auto& rule : rules->value.items) messages.push_back(Text(rule, "message"));
  return messages;
}

std::string ChangeOf(const FieldRule& rule) {
  switch (rule.mutability) {
    case Mutability::kMutable:
      return rule.operation.empty() ? "no API call changes it: differences are reported"
                                    : "in place, by " + Code(std::string(rule.operation));
    case Mutability::kImmutable:
      return "not in place: held, or replaced (`replacePolicy`)";
    case Mutability::kCreateOnly:
      return "not in place, and the cloud never shows it: compared with what was sent";
    case Mutability::kWriteOnly:
      return fmt::format("in place, by {}; the cloud never shows it: compared with what was sent",
                         Code(std::string(rule.operation)));
  }
  return "";
}

std::string_view ComparisonOf(const FieldRule& rule) {
  switch (rule.comparison) {
    case Comparison::kExact:
      return "";
    case Comparison::kIgnoreCase:
      return "; case says nothing";
    case Comparison::kUnorderedList:
      return "; order says nothing";
    case Comparison::kTags:
      return "; tags of the cloud and of the mark are left alone";
    case Comparison::kMap:
      return "; only declared entries are compared";
    case Comparison::kDescription:
      return "; the ownership mark at its end is compared apart";
  }
  return "";
}

// Every field below `schema`, the lists' and maps' own apart.
void Flatten(const YamlNode& schema, const std::string& path, std::string& rows) {
  const auto* properties = schema.Find("properties");
  if (!properties) return;
  for (const auto& entry : properties->value.entries) {
    const auto name = path + entry.key;
    rows += fmt::format("| `{}` | {} | {} |\n", name, TypeOf(entry.value),
                        Text(entry.value, "description"));
    Flatten(entry.value, name + ".", rows);
    const auto* values = entry.value.Find("additionalProperties");
    if (values) Flatten(values->value, name + ".*.", rows);
  }
}

constexpr std::string_view kHead = "| field | type | what it is |\n|---|---|---|\n";

std::string SharedFields(const YamlNode& spec) {
  std::string rows;
  for (const auto& entry : At(spec, "properties").entries) {
    if (entry.key == "forProvider" || entry.key == "plugin") continue;
    rows += fmt::format("| `{}` | {} | {} |\n", entry.key, TypeOf(entry.value),
                        Text(entry.value, "description"));
  }
  return rows;
}

std::string Calls(const KindTraits& traits) {
  std::string observe;
  for (const auto operation : traits.operations.observe) {
    const auto name = Code(std::string(operation));
    if (observe.find(name) == std::string::npos) Add(observe, name);
  }
  auto text =
      fmt::format("Observed by {}; created by `{}`, deleted by `{}`, listed by `{}`", observe,
                  traits.operations.create, traits.operations.remove, traits.operations.list);
  if (!traits.operations.tag.empty()) {
    text +=
        fmt::format(", tagged by `{}` and `{}`", traits.operations.tag, traits.operations.untag);
  }
  return text + ".\n";
}

std::string Section(const KindTraits& traits, const YamlNode& root) {
  const auto& spec = At(root, "properties.spec");
  const auto& fields = At(spec, "properties.forProvider");
  auto text = fmt::format("\n## {} (`{}`)\n\n{}", ToString(traits.kind), traits.short_name,
                          Text(root, "description"));
  text += "\n";
  if (traits.cloud == Cloud::kPlugin) {
    const auto& plugin = At(spec, "properties.plugin");
    text += fmt::format(
        "`plugin` ({}): {} Its `forProvider` has the fields of the plugin's own "
        "schema.\n",
        TypeOf(plugin), Text(plugin, "description"));
    return text;
  }
  text += Calls(traits) +
          "\n| `forProvider` | type | what it is | how it changes |\n|---|---|---|---|\n";
  for (const auto& entry : At(fields, "properties").entries) {
    const auto* rule = FindField(traits, entry.key);
    text += fmt::format("| `{}` | {} | {} | {}{} |\n", entry.key, TypeOf(entry.value),
                        Text(entry.value, "description"), ChangeOf(*rule), ComparisonOf(*rule));
  }
  std::string refused;
  for (const auto* schema : {&spec, &fields}) {
    for (const auto& message : Messages(*schema)) {
      // The table has told what cannot be changed.
      if (message.find("cannot be changed; put it back") == std::string::npos) {
        refused += "- " + message + "\n";
      }
    }
  }
  return text + (refused.empty() ? "" : "\nRefused otherwise:\n\n" + refused);
}

constexpr std::string_view kIntroduction =
    "# Kinds\n\n"
    "Every kind, field by field. Written by `build/bin/kinds_page --write docs/kinds.md` from\n"
    "`api/crds` and the tables of `api/kinds`; the test `kinds_page` holds them equal. Examples\n"
    "stand in `deploy/samples/`, and `instanced validate FILE` says what is wrong with a "
    "manifest.\n\n"
    "All kinds are `apiVersion: instanced.dev/v1alpha1`, live in a namespace (`default` if none "
    "is\n"
    "given) and are category `instanced` of kubectl. What is not declared in `forProvider` is the\n"
    "cloud's own business and never changed.\n";

std::string Annotations() {
  const std::vector<std::pair<std::string_view, std::string_view>> rows{
      {kPausedAnnotation, "`true`: nothing is changed at the cloud; the condition says so"},
      {kReconcileRequestedAnnotation, "any new value: a pass at once"},
      {kPollIntervalAnnotation, "how often to look for drift, such as `10m`; jitter is added"},
      {kApproveAnnotation, "the id of a brake whose deletions may go on"},
      {kReleaseAnnotation, "the id of a brake whose objects are to be kept"},
  };
  std::string text = "\n## Annotations\n\n| annotation | what it does |\n|---|---|\n";
  for (const auto& [name, meaning] : rows) text += fmt::format("| `{}` | {} |\n", name, meaning);
  return text;
}

std::string Page() {
  std::string page(kIntroduction);
  std::string shared;
  std::string status;
  std::string sections;
  for (const Kind kind : InstanceKinds()) {
    const auto file = ReadYaml("crd", CrdYaml(kind), {});
    const auto& root = SchemaRoot(file.documents.at(0));
    const auto fields = SharedFields(At(root, "properties.spec"));
    if (shared.empty()) shared = fields;
    if (fields != shared) {
      std::cerr << "kinds_page: " << ToString(kind) << " does not share the others' fields\n";
      std::exit(1);
    }
    if (status.empty()) Flatten(At(root, "properties.status"), "", status);
    sections += Section(TraitsOf(kind), root);
  }
  page += fmt::format("\n## What instances share\n\n{}{}\nRefused for all:\n\n", kHead, shared);
  const auto connect = ReadYaml("crd", CrdYaml(Kind::kConnectInstance), {});
  for (const auto& message : Messages(SchemaRoot(connect.documents.at(0)))) {
    page += "- " + message + "\n";
  }
  const auto config = ReadYaml("crd", CrdYaml(Kind::kProviderConfig), {});
  const auto& root = SchemaRoot(config.documents.at(0));
  std::string rows;
  Flatten(At(root, "properties.spec"), "", rows);
  page += sections + fmt::format("\n## ProviderConfig (`{}`)\n\n{}\n\n{}{}",
                                 ResourceNamesOf(Kind::kProviderConfig).short_name,
                                 Text(root, "description"), kHead, rows);
  page += Annotations();
  return page + fmt::format(
                    "\n## Status\n\nThe reasons of conditions: "
                    "[conditions.md](conditions.md).\n\n{}{}",
                    kHead, status);
}

}  // namespace
}  // namespace instanced

int main(int argc, char** argv) {
  return instanced::docs::HoldPage(argc, argv, "api/crds", instanced::Page());
}
