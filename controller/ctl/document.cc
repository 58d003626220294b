#include "controller/ctl/document.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

namespace instanced::ctl {
namespace {

using nlohmann::ordered_json;

// Words that YAML 1.1 reads as something else than text.
constexpr std::array<std::string_view, 12> kReserved{"y",    "n",     "yes",  "no",  "on",  "off",
                                                     "true", "false", "null", "nan", "inf", "~"};

bool IsPlain(const std::string& text) {
  if (text.empty() || text.size() > 200 || std::isalpha(static_cast<unsigned char>(text[0])) == 0) {
    return false;
  }
  const bool safe = std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '/' || c == '-';
  });
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return safe && std::ranges::find(kReserved, lower) == kReserved.end();
}

std::string Scalar(const ordered_json& value) {
  if (value.is_string() && IsPlain(value.get_ref<const std::string&>())) {
    return value.get<std::string>();
  }
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string KeyText(const std::string& key) { return Scalar(ordered_json(key)); }

// Block style; scalars that are not plain as JSON spells them, which YAML reads the same. The
// first line is written behind what `text` ends with, when `text` is in the middle of one.
void AppendYaml(std::string& text, const ordered_json& node, std::size_t indent) {
  const std::string margin(indent, ' ');
  bool in_line = !text.empty() && text.back() != '\n';
  for (const auto& [key, value] : node.items()) {
    if (!in_line) text += margin;
    in_line = false;
    const bool nested = value.is_structured() && !value.empty();
    if (node.is_array()) {
      text += "- ";
      if (nested) {
        AppendYaml(text, value, indent + 2);
        continue;
      }
    } else {
      text += KeyText(key) + ":";
      if (nested) {
        text += "\n";
        AppendYaml(text, value, value.is_array() ? indent : indent + 2);
        continue;
      }
      text += " ";
    }
    text += Scalar(value) + "\n";
  }
}

}  // namespace

ordered_json ToDocument(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) return {};
  return ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
}

ordered_json ParseDocument(std::string_view text) {
  auto document = ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  return document.is_discarded() ? ordered_json() : document;
}

std::string Write(const ordered_json& document, Format format) {
  if (format == Format::kJson) {
    return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
  }
  if (!document.is_structured() || document.empty()) return document.dump() + "\n";
  std::string text;
  AppendYaml(text, document, 0);
  return text;
}

std::string Write(const google::protobuf::Message& message, Format format) {
  return Write(ToDocument(message), format);
}

}  // namespace instanced::ctl
