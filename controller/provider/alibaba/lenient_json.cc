#include "controller/provider/alibaba/lenient_json.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include <nlohmann/json.hpp>

namespace instanced::alibaba {
namespace {

using nlohmann::json;

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

template <class Number>
std::optional<Number> ParseWhole(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

std::optional<std::int64_t> ToInteger(double number) {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (!(std::abs(number) <= kExact) || std::trunc(number) != number) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

void PutText(json& target, const std::string& name, const json* value) {
  if (value != nullptr && value->is_string()) {
    target.emplace(name, *value);
  } else if (auto text = AsText(value)) {
    target.emplace(name, *std::move(text));
  }
}

bool SaysNone(const json* value) {
  return value != nullptr && value->is_string() &&
         value->get_ref<const std::string&>() == kNoneWord;
}

bool IsEmptyText(const json* value) {
  return value != nullptr && value->is_string() && value->get_ref<const std::string&>().empty();
}

void Put(json& target, const WireField& field, const json* value) {
  if (value == nullptr) return;
  const std::string name(field.name);
  switch (field.form) {
    case FieldForm::kTextOrNone:
      if (SaysNone(value)) return;
      [[fallthrough]];
    case FieldForm::kText:
      return PutText(target, name, value);
    case FieldForm::kInteger:
      if (const auto number = AsInteger(value)) {
        target[name] = *number;
        return;
      }
      break;
    case FieldForm::kFlag:
      if (const auto flag = AsFlag(value)) {
        target[name] = *flag;
        return;
      }
      break;
    case FieldForm::kTime:
      if (const auto time = AsTime(value)) {
        target[name] = FormatRfc3339(*time);
        return;
      }
      break;
  }
  if (!IsEmptyText(value) && !SaysNone(value)) PutText(target, name, value);
}

}  // namespace

const json* FindMember(const json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  if (const auto exact = object.find(name); exact != object.end()) return &*exact;
  for (const auto& [key, value] : object.get_ref<const json::object_t&>()) {
    if (EqualIgnoringCase(key, name)) return &value;
  }
  return nullptr;
}

std::optional<std::string> AsText(const json* value) {
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return value->get<std::string>();
  if (value->is_number() || value->is_boolean()) return value->dump();
  return std::nullopt;
}

std::optional<std::int64_t> AsInteger(const json* value) {
  if (value == nullptr) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>() ? 1 : 0;
  if (value->is_number_unsigned()) {
    const auto number = value->get<std::uint64_t>();
    if (number > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  if (value->is_number_integer()) return value->get<std::int64_t>();
  if (value->is_number_float()) return ToInteger(value->get<double>());
  if (!value->is_string()) return std::nullopt;
  const auto& text = value->get_ref<const std::string&>();
  if (const auto number = ParseWhole<std::int64_t>(text)) return number;
  const auto real = ParseWhole<double>(text);
  return real ? ToInteger(*real) : std::nullopt;
}

std::optional<bool> AsFlag(const json* value) {
  if (value == nullptr) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  if (value->is_string()) {
    const auto& text = value->get_ref<const std::string&>();
    if (EqualIgnoringCase(text, "true")) return true;
    if (EqualIgnoringCase(text, "false")) return false;
  }
  const auto number = AsInteger(value);
  if (number == 1) return true;
  if (number == 0) return false;
  return std::nullopt;
}

std::optional<WallTime> AsTime(const json* value) {
  // Years 1970 to 9999: beyond them a calendar date cannot be written.
  constexpr std::int64_t kMillisecondsMax = 253402300799999;
  const auto number = AsInteger(value);
  if (!number || *number <= 0 || *number > kMillisecondsMax) return std::nullopt;
  return WallTime(std::chrono::milliseconds(*number));
}

std::string TextOf(const json& object, std::string_view name) {
  return AsText(FindMember(object, name)).value_or("");
}

std::vector<const json*> ItemsOf(const json& object, std::string_view name, std::string_view item) {
  const json* list = FindMember(object, name);
  if (list != nullptr && list->is_object()) list = FindMember(*list, item);
  std::vector<const json*> items;
  if (list == nullptr || list->is_null() || *list == "") return items;
  if (!list->is_array()) return {list};
  for (const json& entry : *list) items.push_back(&entry);
  return items;
}

json Project(const json& object, std::span<const WireField> fields) {
  json projected = json::object();
  for (const WireField& field : fields) Put(projected, field, FindMember(object, field.wire));
  return projected;
}

}  // namespace instanced::alibaba
