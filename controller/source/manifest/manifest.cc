#include "controller/source/manifest/manifest.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "controller/source/manifest/metadata_check.h"
#include "controller/source/manifest/schema_check.h"
#include "controller/source/manifest/text_measure.h"

namespace instanced {
namespace {

using nlohmann::json;
using Type = YamlNode::Type;

constexpr std::array<std::string_view, 5> kMembers{"apiVersion", "kind", "metadata", "spec",
                                                   "status"};
constexpr std::array kKinds{Kind::kConnectInstance,         Kind::kSupplyChainInstance,
                            Kind::kCloudCallCenterInstance, Kind::kOutboundBotInstance,
                            Kind::kPluginInstance,          Kind::kProviderConfig};

std::string Dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

class FileParser {
 public:
  explicit FileParser(ParsedFile& out) : out_(out) {}

  void Document(const YamlNode& node) {
    if (node.type != Type::kMapping) {
      return Report(node.position, {}, DescribeNode(node), "a mapping with apiVersion and kind",
                    {});
    }
    const auto version = Word(node, "apiVersion");
    const auto kind = Word(node, "kind");
    if (!version || !kind) return;
    const bool ours = version->starts_with(std::string(kApiGroup) + "/") || *version == kApiGroup;
    const auto* items = node.Find("items");
    if ((*kind == "List" && *version == "v1") || (ours && kind->ends_with("List") && items)) {
      return List(node);
    }
    if (!ours) {
      ++out_.ignored;
      return;
    }
    Ours(node, *version, *kind);
  }

 private:
  void Report(Position position, std::string path, std::string found, std::string expected,
              std::string message) {
    out_.problems.push_back({out_.file, position, std::move(path), std::move(found),
                             std::move(expected), std::move(message)});
  }

  std::optional<std::string> Word(const YamlNode& node, const std::string& name) {
    const auto* entry = node.Find(name);
    if (entry == nullptr || entry->value.IsNull()) {
      Report(node.position, name, "nothing", "a value", name + " is required");
      return std::nullopt;
    }
    if (entry->value.type == Type::kScalar && entry->value.scalar.is_string()) {
      return entry->value.scalar.get<std::string>();
    }
    Report(entry->value.position, name, DescribeNode(entry->value), "a string", {});
    return std::nullopt;
  }

  void List(const YamlNode& node) {
    const auto* items = node.Find("items");
    if (items == nullptr || items->value.IsNull()) return;
    if (items->value.type != Type::kSequence) {
      return Report(items->value.position, "items", DescribeNode(items->value), "a list", {});
    }
    for (const auto& item : items->value.items) Document(item);
  }

  void Ours(const YamlNode& node, const std::string& version, const std::string& word) {
    const std::size_t before = out_.problems.size();
    if (version != kApiVersion) {
      Report(node.Find("apiVersion")->value.position, "apiVersion", version,
             std::string(kApiVersion), {});
    }
    const auto kind = ParseKind(word);
    if (!kind) return ReportKind(node, word);
    for (const auto& entry : node.entries) {
      if (std::ranges::find(kMembers, entry.key) != kMembers.end()) continue;
      const auto nearest = NearestWord(entry.key, kMembers);
      Report(entry.position, entry.key, "a field that is not known", {},
             nearest.empty() ? "remove it" : "did you mean " + nearest + "?");
    }
    auto metadata = Metadata(node);
    auto spec = Spec(node, *kind);
    if (out_.problems.size() != before) return;
    Keep(node, {*kind, std::move(metadata.namespace_), std::move(metadata.name)}, metadata, spec);
  }

  void ReportKind(const YamlNode& node, const std::string& word) {
    std::vector<std::string_view> names;
    for (const auto kind : kKinds) names.push_back(ToString(kind));
    const auto nearest = NearestWord(word, names);
    Report(node.Find("kind")->value.position, "kind", word, "a kind of instanced.dev",
           nearest.empty() ? "" : "did you mean " + nearest + "?");
  }

  DeclaredMetadata Metadata(const YamlNode& node) {
    const auto* entry = node.Find("metadata");
    if (entry != nullptr && entry->value.type == Type::kMapping) {
      return CheckMetadata(entry->value, out_.file, out_.problems);
    }
    const Position position = entry == nullptr ? node.position : entry->value.position;
    Report(position, "metadata", entry == nullptr ? "nothing" : DescribeNode(entry->value),
           "a mapping with a name", {});
    return {};
  }

  json Spec(const YamlNode& node, Kind kind) {
    const auto* entry = node.Find("spec");
    if (entry == nullptr || entry->value.IsNull()) {
      Report(node.position, "spec", "nothing", "a mapping", "spec is required");
      return nullptr;
    }
    const auto& schema = SchemaOf(kind).properties.find("spec")->second;
    return CheckSchema(schema, entry->value, "spec", out_.file, out_.problems);
  }

  template <class Spec>
  void Store(ManifestObject object, Result<Spec> spec) {
    if (!spec) return Report(object.position, {}, {}, {}, spec.error().message);
    object.canonical_spec = Dump(ToJson(*spec));
    object.spec = *std::move(spec);
    out_.objects.push_back(std::move(object));
  }

  void Keep(const YamlNode& node, ObjectKey key, DeclaredMetadata& metadata, const json& spec) {
    ManifestObject object;
    object.key = std::move(key);
    object.labels = std::move(metadata.labels);
    object.annotations = std::move(metadata.annotations);
    object.file = out_.file;
    object.position = node.position;
    if (object.key.kind == Kind::kProviderConfig) {
      Store(std::move(object), ProviderConfigSpecFromJson(spec));
    } else {
      Store(std::move(object), InstanceSpecFromJson(spec));
    }
  }

  ParsedFile& out_;
};

using Places = std::set<std::pair<int, int>>;

std::pair<int, int> PlaceOf(Position position) { return {position.line, position.column}; }

// A value that was refused reads as null, which the schema may say of its key.
void AddKeysOf(const YamlNode& node, const Places& refused, Places& keys) {
  for (const auto& item : node.items) AddKeysOf(item, refused, keys);
  for (const auto& entry : node.entries) {
    if (refused.contains(PlaceOf(entry.value.position))) keys.insert(PlaceOf(entry.position));
    AddKeysOf(entry.value, refused, keys);
  }
}

// What YAML refused is told once, not also as the schema sees it.
void DropEchoes(std::vector<Problem>& problems, std::size_t of_yaml,
                const std::vector<YamlNode>& documents) {
  if (of_yaml == 0) return;
  const auto rest = problems.begin() + static_cast<std::ptrdiff_t>(of_yaml);
  Places refused;
  for (auto it = problems.begin(); it != rest; ++it) refused.insert(PlaceOf(it->position));
  Places echoes = refused;
  for (const auto& document : documents) AddKeysOf(document, refused, echoes);
  const auto is_echo = [&](const auto& told) { return echoes.contains(PlaceOf(told.position)); };
  problems.erase(std::remove_if(rest, problems.end(), is_echo), problems.end());
}

void ReportRepeatedKeys(ParsedFile& parsed) {
  std::map<ObjectKey, Position> seen;
  for (const auto& object : parsed.objects) {
    const auto [it, first] = seen.emplace(object.key, object.position);
    if (first) continue;
    parsed.problems.push_back({parsed.file,
                               object.position,
                               {},
                               ToString(object.key),
                               {},
                               "declared in line " + std::to_string(it->second.line) + " already"});
  }
}

}  // namespace

ParsedFile ParseManifest(std::string file_name, std::string_view text) {
  return ParseManifest(std::move(file_name), text, YamlLimits{});
}

ParsedFile ParseManifest(std::string file_name, std::string_view text, const YamlLimits& limits) {
  ParsedFile parsed;
  parsed.file = std::move(file_name);
  auto yaml = ReadYaml(parsed.file, text, limits);
  parsed.problems = std::move(yaml.problems);
  const auto of_yaml = parsed.problems.size();
  FileParser parser(parsed);
  for (const auto& document : yaml.documents) parser.Document(document);
  DropEchoes(parsed.problems, of_yaml, yaml.documents);
  ReportRepeatedKeys(parsed);
  // Of one place, in the order they were found.
  std::multimap<std::pair<int, int>, Problem> ordered;
  for (auto& problem : std::exchange(parsed.problems, {})) {
    ordered.emplace(PlaceOf(problem.position), std::move(problem));
  }
  for (auto& [place, problem] : ordered) parsed.problems.push_back(std::move(problem));
  return parsed;
}

std::vector<Problem> CheckImmutable(const KindTraits& traits, const InstanceSpec& old,
                                    const InstanceSpec& now) {
  std::vector<Problem> problems;
  const json before = ToJson(old);
  const json after = ToJson(now);
  for (const auto& [rule, message] : SchemaOf(traits.kind).properties.find("spec")->second.rules) {
    if (!rule.IsTransition() || rule.Evaluate(after, before) == Verdict::kHolds) continue;
    problems.push_back({{}, {}, "spec." + rule.subject(), {}, {}, message});
  }
  return problems;
}

}  // namespace instanced
