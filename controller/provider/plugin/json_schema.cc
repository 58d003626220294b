#include "controller/provider/plugin/json_schema.h"

#include <algorithm>
#include <utility>

#include <re2/re2.h>

#include "controller/provider/plugin/document.h"
#include "controller/provider/plugin/json_schema_node.h"

namespace instanced::plugin {
namespace {

using nlohmann::json;
using Node = JsonSchema::Node;
using Problems = std::vector<std::string>;

// What is missing counts in a manifest, not in what was observed.
enum class Missing { kProblem, kFine };

constexpr std::size_t kProblemsMax = 20;

std::uint64_t CodePoints(std::string_view text) {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(text, [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

std::string Shown(const json& value) { return CleanText(ToText(value), 64); }

std::string NumberText(double number) { return ToText(json(number)); }

class Checker {
 public:
  Checker(Missing missing, Problems& problems) : missing_(missing), problems_(problems) {}

  void Check(const Node& node, const json& value, const std::string& path) {
    if (problems_.size() >= kProblemsMax) return;
    if (!CheckType(node, value, path)) return;
    CheckAllowed(node, value, path);
    if (value.is_string()) CheckText(node, value.get_ref<const std::string&>(), path);
    if (value.is_number()) CheckNumber(node, value, path);
    if (value.is_array()) CheckArray(node, value, path);
    if (value.is_object()) CheckObject(node, value, path);
  }

 private:
  void Add(const std::string& path, const std::string& what) {
    if (problems_.size() < kProblemsMax) problems_.push_back(path + ": " + what);
  }

  bool CheckType(const Node& node, const json& value, const std::string& path) {
    if (node.types.empty()) return true;
    const auto type = TypeNameOf(value);
    if (node.types.contains(type)) return true;
    if (type == "integer" && node.types.contains("number")) return true;
    std::string wanted;
    for (const auto& name : node.types) wanted.append(wanted.empty() ? "" : " or ").append(name);
    Add(path, "found " + type + " " + Shown(value) + ", expected " + wanted);
    return false;
  }

  void CheckAllowed(const Node& node, const json& value, const std::string& path) {
    if (node.allowed.empty() || std::ranges::find(node.allowed, value) != node.allowed.end())
      return;
    std::string wanted;
    for (const auto& one : node.allowed)
      wanted.append(wanted.empty() ? "" : ", ").append(Shown(one));
    Add(path, "found " + Shown(value) + ", expected one of " + wanted);
  }

  void CheckSize(const SizeBounds& bounds, std::uint64_t size, const std::string& path,
                 const std::string& of) {
    if (bounds.least && size < *bounds.least) {
      Add(path, "has " + std::to_string(size) + " " + of + ", expected " +
                    std::to_string(*bounds.least) + " or more");
    }
    if (bounds.most && size > *bounds.most) {
      Add(path, "has " + std::to_string(size) + " " + of + ", expected " +
                    std::to_string(*bounds.most) + " at most");
    }
  }

  void CheckText(const Node& node, const std::string& text, const std::string& path) {
    CheckSize(node.length, CodePoints(text), path, "characters");
    if (node.pattern && !re2::RE2::PartialMatch(text, *node.pattern)) {
      Add(path, Shown(text) + " does not match " + node.pattern->pattern());
    }
  }

  void CheckNumber(const Node& node, const json& value, const std::string& path) {
    const auto number = value.get<double>();
    const auto found = "found " + Shown(value) + ", expected ";
    if (node.minimum && number < *node.minimum) {
      Add(path, found + NumberText(*node.minimum) + " or more");
    }
    if (node.maximum && number > *node.maximum) {
      Add(path, found + NumberText(*node.maximum) + " at most");
    }
    if (node.above && number <= *node.above)
      Add(path, found + "more than " + NumberText(*node.above));
    if (node.below && number >= *node.below)
      Add(path, found + "less than " + NumberText(*node.below));
  }

  void CheckArray(const Node& node, const json& value, const std::string& path) {
    CheckSize(node.item_count, value.size(), path, "items");
    if (node.repeats == Repeats::kRefused) {
      std::vector<std::string> texts;
      for (const auto& item : value) texts.push_back(ToText(item));
      std::ranges::sort(texts);
      if (std::ranges::adjacent_find(texts) != texts.end()) Add(path, "names an item twice");
    }
    if (!node.items) return;
    for (std::size_t i = 0; i < value.size(); ++i) {
      Check(*node.items, value[i], path + "[" + std::to_string(i) + "]");
    }
  }

  void CheckObject(const Node& node, const json& value, const std::string& path) {
    if (missing_ == Missing::kProblem) {
      CheckSize(node.member_count, value.size(), path, "members");
      for (const auto& name : node.required) {
        if (!value.contains(name)) Add(path + "." + name, "found nothing, and it is required");
      }
    }
    for (const auto& [name, member] : value.items()) {
      if (missing_ == Missing::kFine && member.is_null()) continue;
      const auto inner = path + "." + CleanText(name, 64);
      const auto property = node.properties.find(name);
      if (property != node.properties.end()) {
        Check(*property->second, member, inner);
      } else if (node.extra == Extra::kRefused) {
        Add(inner, "is no field of the plugin");
      }
    }
  }

  Missing missing_;
  Problems& problems_;
};

Problems CheckTree(const Node& root, const json& value, const std::string& path, Missing missing) {
  Problems problems;
  Checker(missing, problems).Check(root, value, path);
  return problems;
}

}  // namespace

Result<JsonSchema> JsonSchema::Parse(const json& document) {
  auto root = ParseNode(document, "schema");
  if (!root) return Fail(ErrorClass::kTerminal, "BadSchema", root.error());
  if (!(*root)->types.empty() && !(*root)->types.contains("object")) {
    return Fail(ErrorClass::kTerminal, "BadSchema", "schema: the top level is not of type object");
  }
  return JsonSchema(std::shared_ptr<const Node>(std::move(*root)));
}

Problems JsonSchema::Check(const json& value, const std::string& path) const {
  return CheckTree(*root_, value, path, Missing::kProblem);
}

Problems JsonSchema::CheckPresent(const json& value, const std::string& path) const {
  return CheckTree(*root_, value, path, Missing::kFine);
}

bool JsonSchema::HasProperty(std::string_view name) const {
  return root_->properties.contains(name);
}

}  // namespace instanced::plugin
