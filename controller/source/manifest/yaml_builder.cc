#include "controller/source/manifest/yaml_builder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/mark.h>

namespace instanced {
namespace {

using nlohmann::json;

constexpr std::string_view kStandard = "tag:yaml.org,2002:";

Position At(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

std::size_t CountNodes(const YamlNode& node) {
  std::size_t count = 1;
  for (const auto& item : node.items) count += CountNodes(item);
  for (const auto& entry : node.entries) count += CountNodes(entry.value);
  return count;
}

std::size_t DepthOf(const YamlNode& node) {
  std::size_t depth = 0;
  for (const auto& item : node.items) depth = std::max(depth, DepthOf(item));
  for (const auto& entry : node.entries) depth = std::max(depth, DepthOf(entry.value));
  return depth + 1;
}

bool IsNaN(const json& value) { return value.is_number_float() && std::isnan(value.get<double>()); }

// The value a standard tag asks for; nothing when the text does not fit it or the tag is not ours.
std::optional<json> Tagged(std::string_view tag, const std::string& text) {
  if (tag == "str") return json(text);
  auto value = ResolvePlainScalar(text);
  const bool fits = (tag == "int" && value.is_number_integer()) ||
                    (tag == "float" && value.is_number()) ||
                    (tag == "bool" && value.is_boolean()) || (tag == "null" && value.is_null());
  if (!fits) return std::nullopt;
  return value;
}

std::string KeyText(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.dump();
}

}  // namespace

const YamlEntry* YamlNode::Find(std::string_view key) const {
  for (const auto& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

json ToJson(const YamlNode& node) {
  if (node.type == YamlNode::Type::kScalar) return node.scalar;
  if (node.type == YamlNode::Type::kSequence) {
    auto list = json::array();
    for (const auto& item : node.items) list.push_back(ToJson(item));
    return list;
  }
  auto map = json::object();
  for (const auto& entry : node.entries) map[entry.key] = ToJson(entry.value);
  return map;
}

void YamlBuilder::Report(Position position, std::string found, std::string expected,
                         std::string message) {
  problems_.push_back(
      {file_, position, {}, std::move(found), std::move(expected), std::move(message)});
}

void YamlBuilder::Stop(Position position, std::string message) {
  Report(position, {}, {}, std::move(message));
  stopped_ = true;
  throw YamlLimitReached{};
}

void YamlBuilder::Count(Position position, std::size_t nodes, std::size_t limit,
                        std::string_view what) {
  if (nodes > limit) Stop(position, fmt::format("more than {} {}; split the file", limit, what));
}

void YamlBuilder::OnDocumentStart(const YAML::Mark& mark) {
  Count(At(mark), ++document_count_, limits_.documents, "documents");
  anchors_.clear();
}

void YamlBuilder::OnDocumentEnd() {}

void YamlBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  YamlNode node;
  node.position = At(mark);
  Add(std::move(node), anchor);
}

void YamlBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const auto it = anchors_.find(anchor);
  if (it == anchors_.end()) Stop(At(mark), "an alias stands inside its own anchor");
  expanded_ += CountNodes(it->second);
  Count(At(mark), expanded_, limits_.expanded_nodes, "nodes brought in by aliases");
  Count(At(mark), open_.size() + DepthOf(it->second), limits_.depth, "levels of nesting");
  Add(it->second, 0);
}

void YamlBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& value) {
  YamlNode node;
  node.position = At(mark);
  if (tag == "!") {
    node.scalar = value;
  } else if (tag == "?" || tag.empty()) {
    node.scalar = ResolvePlainScalar(value);
    node.written = value;
  } else if (tag.starts_with(kStandard)) {
    if (auto tagged = Tagged(std::string_view(tag).substr(kStandard.size()), value)) {
      node.scalar = *std::move(tagged);
    } else {
      Report(node.position, "the tag !!" + tag.substr(kStandard.size()), {},
             "tags other than those of JSON, or that do not fit the text, are not read");
    }
  } else {
    Report(node.position, "the tag " + tag, {}, "custom tags are not read; remove it");
  }
  if (IsNaN(node.scalar)) {
    Report(node.position, value, "a finite number", "put it in quotes if it is text");
    node.scalar = nullptr;
  }
  Add(std::move(node), anchor);
}

void YamlBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                                  YAML::anchor_t anchor, YAML::EmitterStyle::value) {
  Start(YamlNode::Type::kSequence, mark, tag, "seq", anchor);
}

void YamlBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value) {
  Start(YamlNode::Type::kMapping, mark, tag, "map", anchor);
}

void YamlBuilder::Start(YamlNode::Type type, const YAML::Mark& mark, const std::string& tag,
                        std::string_view own_tag, YAML::anchor_t anchor) {
  const Position position = At(mark);
  if (!tag.empty() && tag != "?" && tag != "!" && tag != std::string(kStandard).append(own_tag)) {
    Report(position, "the tag " + tag, {}, "custom tags are not read; remove it");
  }
  Count(position, open_.size() + 1, limits_.depth, "levels of nesting");
  Open open;
  open.node.type = type;
  open.node.position = position;
  open.anchor = anchor;
  open_.push_back(std::move(open));
}

void YamlBuilder::OnSequenceEnd() { End(); }
void YamlBuilder::OnMapEnd() { End(); }

void YamlBuilder::End() {
  Merge(open_.back());
  Open open = std::move(open_.back());
  open_.pop_back();
  Add(std::move(open.node), open.anchor);
}

void YamlBuilder::Add(YamlNode node, YAML::anchor_t anchor) {
  Count(node.position, ++nodes_, limits_.nodes, "nodes");
  if (anchor != 0) anchors_[anchor] = node;
  if (open_.empty()) {
    if (!node.IsNull()) documents_.push_back(std::move(node));
    return;
  }
  Open& open = open_.back();
  if (open.node.type == YamlNode::Type::kSequence) {
    open.node.items.push_back(std::move(node));
  } else {
    AddToMapping(open, std::move(node));
  }
}

void YamlBuilder::AddToMapping(Open& open, YamlNode node) {
  if (open.merge_next) {
    open.merge_next = false;
    open.entries_before_merge = open.node.entries.size();
    open.merges.push_back(std::move(node));
    return;
  }
  if (!open.entry) return AddKey(open, node);
  open.entry->value = std::move(node);
  open.node.entries.push_back(*std::exchange(open.entry, std::nullopt));
}

void YamlBuilder::AddKey(Open& open, const YamlNode& node) {
  open.entry = YamlEntry{{}, node.position, {}};
  if (node.type != YamlNode::Type::kScalar || node.scalar.is_null()) {
    return Report(node.position, "a key that is no text", "a name", {});
  }
  if (node.written == "<<") {
    if (!open.merges.empty()) Report(node.position, {}, {}, "a second << in one mapping");
    open.entry.reset();
    open.merge_next = true;
    return;
  }
  open.entry->key = KeyText(node.scalar);
  if (!open.keys.insert(open.entry->key).second) {
    Report(node.position, fmt::format("the key {} a second time", open.entry->key),
           "every key once", {});
  }
}

void YamlBuilder::Merge(Open& open) {
  for (const auto& merge : open.merges) {
    if (merge.type == YamlNode::Type::kMapping) {
      MergeOne(open, merge);
      continue;
    }
    if (merge.type != YamlNode::Type::kSequence) {
      Report(merge.position, {}, "a mapping or a list of mappings after <<", {});
    }
    for (const auto& item : merge.items) {
      if (item.type == YamlNode::Type::kMapping) {
        MergeOne(open, item);
      } else {
        Report(item.position, {}, "a mapping in the list after <<", {});
      }
    }
  }
}

void YamlBuilder::MergeOne(Open& open, const YamlNode& from) {
  for (const auto& entry : from.entries) {
    if (open.keys.insert(entry.key).second) {
      open.node.entries.push_back(entry);
      continue;
    }
    // Readers disagree about which of the two holds: some let a later << win.
    for (std::size_t i = 0; i < open.entries_before_merge; ++i) {
      if (open.node.entries[i].key != entry.key) continue;
      Report(open.node.entries[i].position,
             fmt::format("the key {} before a << that holds it too", entry.key),
             "<< before the keys that replace its own", {});
    }
  }
}

}  // namespace instanced
