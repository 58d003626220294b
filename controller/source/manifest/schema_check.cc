#include "controller/source/manifest/schema_check.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "controller/source/manifest/text_measure.h"

namespace instanced {
namespace {

using nlohmann::json;

constexpr std::size_t kShownMax = 80;

std::string Cut(std::string text) {
  if (text.size() <= kShownMax) return text;
  std::size_t end = kShownMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

std::string_view TypeName(SchemaType type) {
  switch (type) {
    case SchemaType::kObject:
      return "a mapping";
    case SchemaType::kArray:
      return "a list";
    case SchemaType::kString:
      return "a string";
    case SchemaType::kInteger:
      return "an integer";
    case SchemaType::kNumber:
      return "a number";
    case SchemaType::kBoolean:
      return "true or false";
  }
  std::unreachable();
}

std::string Under(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : path + "." + std::string(name);
}

class Checker {
 public:
  Checker(const std::string& file, std::vector<Problem>& problems)
      : file_(file), problems_(problems) {}

  json Check(const CrdSchema& schema, const YamlNode& node, const std::string& path) {
    const std::size_t before = problems_.size();
    json value = CheckType(schema, node, path);
    if (problems_.size() == before) CheckRules(schema, value, node, path);
    return value;
  }

 private:
  void Report(Position position, const std::string& path, std::string found, std::string expected,
              std::string message) {
    problems_.push_back(
        {file_, position, path, std::move(found), std::move(expected), std::move(message)});
  }

  json CheckType(const CrdSchema& schema, const YamlNode& node, const std::string& path) {
    using Type = YamlNode::Type;
    switch (schema.type) {
      case SchemaType::kObject:
        if (node.type == Type::kMapping) return CheckMapping(schema, node, path);
        break;
      case SchemaType::kArray:
        if (node.type == Type::kSequence) return CheckList(schema, node, path);
        break;
      case SchemaType::kString:
        if (node.scalar.is_string()) return CheckText(schema, node, path);
        break;
      case SchemaType::kInteger:
        if (node.scalar.is_number_integer()) return CheckNumber(schema, node, path);
        break;
      case SchemaType::kNumber:
        if (node.scalar.is_number()) return CheckNumber(schema, node, path);
        break;
      case SchemaType::kBoolean:
        if (node.scalar.is_boolean()) return node.scalar;
        break;
    }
    ReportType(schema, node, path);
    return nullptr;
  }

  void ReportType(const CrdSchema& schema, const YamlNode& node, const std::string& path) {
    std::string message;
    if (schema.type == SchemaType::kString && !node.written.empty() && !node.IsNull()) {
      message = "put it in quotes: \"" + Cut(node.written) + "\"";
    }
    if (schema.type != SchemaType::kString && node.scalar.is_string() && node.written.empty()) {
      const auto plain = ResolvePlainScalar(node.scalar.get_ref<const std::string&>());
      if (!plain.is_string() && !plain.is_null()) message = "remove the quotes";
    }
    Report(node.position, path, DescribeNode(node), std::string(TypeName(schema.type)), message);
  }

  const CrdSchema* MemberSchema(const CrdSchema& schema, const std::string& name) {
    const auto it = schema.properties.find(name);
    if (it != schema.properties.end()) return &it->second;
    return schema.additional_properties.get();
  }

  json CheckMapping(const CrdSchema& schema, const YamlNode& node, const std::string& path) {
    auto value = json::object();
    for (const auto& entry : node.entries) {
      const CrdSchema* member = MemberSchema(schema, entry.key);
      if (member == nullptr) {
        if (schema.unknown_fields == UnknownFields::kPreserve) {
          value[entry.key] = ToJson(entry.value);
        } else {
          ReportUnknown(schema, entry, path);
        }
        continue;
      }
      if (entry.value.IsNull()) continue;
      value[entry.key] = Check(*member, entry.value, Under(path, entry.key));
    }
    for (const auto& [name, member] : schema.properties) {
      if (member.default_value.is_null() || value.contains(name)) continue;
      value[name] = member.default_value;
      FillDefaults(member, value[name]);
    }
    for (const auto& name : schema.required) {
      if (value.contains(name)) continue;
      Report(node.position, Under(path, name), "nothing", "a value", name + " is required");
    }
    CheckCount(schema, value.size(), node, path, "entries");
    return value;
  }

  void ReportUnknown(const CrdSchema& schema, const YamlEntry& entry, const std::string& path) {
    std::vector<std::string_view> names;
    for (const auto& [name, member] : schema.properties) names.push_back(name);
    const auto nearest = NearestWord(entry.key, names);
    Report(entry.position, Under(path, entry.key), "a field that is not known", {},
           nearest.empty() ? "remove it" : "did you mean " + nearest + "?");
  }

  json CheckList(const CrdSchema& schema, const YamlNode& node, const std::string& path) {
    auto value = json::array();
    for (const auto& item : node.items) {
      const std::string item_path = fmt::format("{}[{}]", path, value.size());
      json checked = schema.items ? Check(*schema.items, item, item_path) : ToJson(item);
      if (schema.unique_items && std::ranges::find(value, checked) != value.end()) {
        Report(item.position, item_path, DescribeNode(item) + " a second time", "every item once",
               {});
      }
      value.push_back(std::move(checked));
    }
    CheckCount(schema, value.size(), node, path, "items");
    return value;
  }

  void CheckCount(const CrdSchema& schema, std::size_t count, const YamlNode& node,
                  const std::string& path, std::string_view unit) {
    if (schema.min_length && count < *schema.min_length) {
      Report(node.position, path, fmt::format("{} {}", count, unit),
             fmt::format("{} or more", *schema.min_length), {});
    }
    if (schema.max_length && count > *schema.max_length) {
      Report(node.position, path, fmt::format("{} {}", count, unit),
             fmt::format("{} at most", *schema.max_length), {});
    }
  }

  json CheckText(const CrdSchema& schema, const YamlNode& node, const std::string& path) {
    const auto& text = node.scalar.get_ref<const std::string&>();
    if (!schema.words.empty()) {
      if (std::ranges::find(schema.words, text) == schema.words.end()) {
        ReportWord(schema, node, path, text);
      }
      return node.scalar;
    }
    CheckCount(schema, CountCodePoints(text), node, path, "characters");
    if (schema.pattern && !RE2::PartialMatch(text, *schema.pattern)) {
      Report(node.position, path, DescribeNode(node), "text that matches " + schema.pattern_text,
             {});
    }
    return node.scalar;
  }

  void ReportWord(const CrdSchema& schema, const YamlNode& node, const std::string& path,
                  const std::string& text) {
    const std::vector<std::string_view> words(schema.words.begin(), schema.words.end());
    const auto nearest = NearestWord(text, words);
    Report(node.position, path, DescribeNode(node),
           fmt::format("one of {}", fmt::join(schema.words, ", ")),
           nearest.empty() ? "" : "did you mean " + nearest + "?");
  }

  json CheckNumber(const CrdSchema& schema, const YamlNode& node, const std::string& path) {
    const double number = node.scalar.get<double>();
    const bool low = schema.minimum && (schema.exclusive_minimum ? number <= *schema.minimum
                                                                 : number < *schema.minimum);
    if (low) {
      Report(node.position, path, DescribeNode(node),
             fmt::format("{} {}", schema.exclusive_minimum ? "more than" : "at least",
                         *schema.minimum),
             {});
    }
    if (schema.maximum && number > *schema.maximum) {
      Report(node.position, path, DescribeNode(node),
             fmt::format("at most {:.0f}", *schema.maximum), {});
    }
    return node.scalar;
  }

  void CheckRules(const CrdSchema& schema, const json& value, const YamlNode& node,
                  const std::string& path) {
    for (const auto& [rule, message] : schema.rules) {
      if (rule.IsTransition() || rule.Evaluate(value, nullptr) == Verdict::kHolds) continue;
      const std::string subject = rule.subject().empty() ? path : Under(path, rule.subject());
      Report(PositionOf(node, rule.subject()), subject, {}, {}, message);
    }
  }

  // Of the deepest node on the way that the file does have.
  static Position PositionOf(const YamlNode& node, std::string_view subject) {
    const auto dot = subject.find('.');
    const auto* entry = node.Find(subject.substr(0, dot));
    if (entry == nullptr) return node.position;
    if (dot == std::string_view::npos) return entry->position;
    return PositionOf(entry->value, subject.substr(dot + 1));
  }

  const std::string& file_;
  std::vector<Problem>& problems_;
};

}  // namespace

std::string DescribeNode(const YamlNode& node) {
  if (node.type == YamlNode::Type::kSequence) return "a list";
  if (node.type == YamlNode::Type::kMapping) return "a mapping";
  if (node.scalar.is_null()) return "null";
  if (node.scalar.is_boolean()) {
    return fmt::format("the boolean {} (written {})", node.scalar.get<bool>(), Cut(node.written));
  }
  if (node.scalar.is_number_integer()) return "the integer " + node.scalar.dump();
  if (node.scalar.is_number()) return "the number " + node.scalar.dump();
  return "the text " + Cut(node.scalar.dump(-1, ' ', false, json::error_handler_t::replace));
}

void FillDefaults(const CrdSchema& schema, json& value) {
  if (value.is_array() && schema.items) {
    for (auto& item : value) FillDefaults(*schema.items, item);
  }
  if (!value.is_object()) return;
  for (const auto& [name, member] : schema.properties) {
    if (!member.default_value.is_null() && (!value.contains(name) || value[name].is_null())) {
      value[name] = member.default_value;
    }
    if (value.contains(name)) FillDefaults(member, value[name]);
  }
}

json CheckSchema(const CrdSchema& schema, const YamlNode& node, const std::string& path,
                 const std::string& file, std::vector<Problem>& problems) {
  return Checker(file, problems).Check(schema, node, path);
}

}  // namespace instanced
