#include "controller/source/manifest/cel_rule.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "controller/source/manifest/cel_node.h"
#include "controller/source/manifest/text_measure.h"

namespace instanced {
namespace {

using nlohmann::json;
using Kind = CelNode::Kind;
using Names = std::map<std::string, json, std::less<>>;
using Value = std::optional<json>;  // nothing: an error

Value Evaluate(const CelNode& node, Names& names);

std::optional<bool> Truth(const Value& value) {
  if (!value || !value->is_boolean()) return std::nullopt;
  return value->get<bool>();
}

Value Either(const CelNode& node, Names& names, bool decisive) {
  const auto left = Truth(Evaluate(*node.args[0], names));
  if (left == decisive) return decisive;
  const auto right = Truth(Evaluate(*node.args[1], names));
  if (right == decisive) return decisive;
  if (!left || !right) return std::nullopt;
  return !decisive;
}

Value Member(const CelNode& node, Names& names) {
  const auto from = Evaluate(*node.args[0], names);
  if (!from || !from->is_object()) return std::nullopt;
  const auto it = from->find(node.name);
  if (it == from->end()) return std::nullopt;
  return *it;
}

Value Has(const CelNode& member, Names& names) {
  const auto from = Evaluate(*member.args[0], names);
  if (!from || !from->is_object()) return std::nullopt;
  return from->contains(member.name);
}

Value In(const json& item, const json& range) {
  if (range.is_object()) return item.is_string() && range.contains(item.get<std::string>());
  if (!range.is_array()) return std::nullopt;
  return std::ranges::find(range, item) != range.end();
}

Value Size(const json& value) {
  if (value.is_string()) return CountCodePoints(value.get_ref<const std::string&>());
  if (!value.is_array() && !value.is_object()) return std::nullopt;
  return value.size();
}

Value All(const CelNode& node, Names& names) {
  const auto range = Evaluate(*node.args[0], names);
  if (!range || (!range->is_object() && !range->is_array())) return std::nullopt;
  bool error = false;
  for (const auto& [key, item] : range->items()) {
    names[node.name] = range->is_object() ? json(key) : item;
    const auto truth = Truth(Evaluate(*node.args[1], names));
    names.erase(node.name);
    if (truth == false) return false;
    error = error || !truth;
  }
  if (error) return std::nullopt;
  return true;
}

Value Compare(Kind kind, const json& left, const json& right) {
  if (kind == Kind::kEqual) return left == right;
  if (kind == Kind::kNotEqual) return left != right;
  const bool ordered =
      (left.is_number() && right.is_number()) || (left.is_string() && right.is_string());
  if (!ordered) return std::nullopt;
  if (kind == Kind::kLess) return left < right;
  if (kind == Kind::kLessOrEqual) return left <= right;
  return kind == Kind::kGreater ? left > right : left >= right;
}

Value StartsWith(const json& text, const json& prefix) {
  if (!text.is_string() || !prefix.is_string()) return std::nullopt;
  return text.get_ref<const std::string&>().starts_with(prefix.get_ref<const std::string&>());
}

Value List(const CelNode& node, Names& names) {
  auto list = json::array();
  for (const auto& arg : node.args) {
    auto item = Evaluate(*arg, names);
    if (!item) return std::nullopt;
    list.push_back(*std::move(item));
  }
  return list;
}

Value Binary(const CelNode& node, Names& names) {
  const auto left = Evaluate(*node.args[0], names);
  const auto right = Evaluate(*node.args[1], names);
  if (!left || !right) return std::nullopt;
  if (node.kind == Kind::kIn) return In(*left, *right);
  if (node.kind == Kind::kStartsWith) return StartsWith(*left, *right);
  return Compare(node.kind, *left, *right);
}

Value Named(const CelNode& node, const Names& names) {
  const auto it = names.find(node.name);
  if (it == names.end()) return std::nullopt;
  return it->second;
}

Value Evaluate(const CelNode& node, Names& names) {
  switch (node.kind) {
    case Kind::kLiteral:
      return node.value;
    case Kind::kName:
      return Named(node, names);
    case Kind::kMember:
      return Member(node, names);
    case Kind::kHas:
      return Has(*node.args[0], names);
    case Kind::kAll:
      return All(node, names);
    case Kind::kList:
      return List(node, names);
    case Kind::kAnd:
      return Either(node, names, false);
    case Kind::kOr:
      return Either(node, names, true);
    case Kind::kNot: {
      const auto truth = Truth(Evaluate(*node.args[0], names));
      return truth ? Value(!*truth) : std::nullopt;
    }
    case Kind::kSize: {
      const auto value = Evaluate(*node.args[0], names);
      return value ? Size(*value) : std::nullopt;
    }
    default:
      return Binary(node, names);
  }
}

// "forProvider.name" of a chain of members that starts at self or oldSelf.
std::optional<std::string> PathOf(const CelNode& node, bool& transition) {
  if (node.kind == Kind::kName) {
    transition = transition || node.name == "oldSelf";
    if (node.name != "self" && node.name != "oldSelf") return std::nullopt;
    return std::string();
  }
  if (node.kind != Kind::kMember) return std::nullopt;
  auto path = PathOf(*node.args[0], transition);
  if (!path) return std::nullopt;
  return path->empty() ? node.name : *path + "." + node.name;
}

void Survey(const CelNode& node, bool& transition, std::string& subject) {
  if (const auto path = PathOf(node, transition)) {
    if (!path->empty()) subject = *path;
    return;
  }
  for (const auto& arg : node.args) Survey(*arg, transition, subject);
}

}  // namespace

CelRule::CelRule(std::unique_ptr<const CelNode> root) : root_(std::move(root)) {
  Survey(*root_, transition_, subject_);
}
CelRule::CelRule(CelRule&&) noexcept = default;
CelRule& CelRule::operator=(CelRule&&) noexcept = default;
CelRule::~CelRule() = default;

std::expected<CelRule, std::string> CelRule::Parse(std::string_view text) {
  auto root = ParseCel(text);
  if (!root) return std::unexpected(std::move(root.error()));
  return CelRule(std::move(*root));
}

Verdict CelRule::Evaluate(const json& self, const json& old_self) const {
  Names names{{"self", self}};
  if (!old_self.is_null()) names.emplace("oldSelf", old_self);
  const auto truth = Truth(instanced::Evaluate(*root_, names));
  if (!truth) return Verdict::kError;
  return *truth ? Verdict::kHolds : Verdict::kBroken;
}

}  // namespace instanced
