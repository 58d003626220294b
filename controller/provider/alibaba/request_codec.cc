#include "controller/provider/alibaba/request_codec.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/object/mark.h"
#include "controller/provider/alibaba/lenient_json.h"

namespace instanced::alibaba {
namespace {

using nlohmann::json;

std::unexpected<Error> Misfit(std::string_view field, std::string_view expected) {
  return Fail(ErrorClass::kValidation, "InvalidField",
              fmt::format("spec.forProvider.{}: expected {}", field, expected));
}

// An entry of a repeated parameter; structured ones travel as JSON text.
std::string EntryText(const json& entry) {
  if (const auto text = AsText(&entry)) return *text;
  return entry.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<void> Put(RpcParameters& parameters, const ParameterRule& rule, const json& value) {
  const std::string wire(rule.wire);
  if (rule.form == ParameterForm::kScalar) {
    auto text = AsText(&value);
    if (!text) return Misfit(rule.name, "a single value");
    parameters[wire] = *std::move(text);
    return {};
  }
  if (!value.is_array()) return Misfit(rule.name, "a list");
  int position = 0;
  for (const json& entry : value) {
    parameters[fmt::format("{}.{}", wire, ++position)] = EntryText(entry);
  }
  return {};
}

std::size_t CodePoints(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

Result<RpcParameters> ToParameters(const json& for_provider, std::span<const ParameterRule> rules) {
  RpcParameters parameters;
  if (!for_provider.is_object()) return parameters;
  for (const auto& item : for_provider.items()) {
    if (item.value().is_null()) continue;
    const auto rule = std::ranges::find(rules, item.key(), &ParameterRule::name);
    if (rule == rules.end()) return Misfit(item.key(), "a field of this API");
    if (auto put = Put(parameters, *rule, item.value()); !put) {
      return std::unexpected(std::move(put.error()));
    }
  }
  return parameters;
}

std::string EncodeRequest(const RpcParameters& parameters) {
  return json(parameters).dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<RpcParameters> DecodeRequest(const std::string& request) {
  const json parsed = json::parse(request, nullptr, /*allow_exceptions=*/false);
  const bool is_flat = parsed.is_object() &&
                       std::ranges::all_of(parsed, [](const json& v) { return v.is_string(); });
  if (!is_flat) {
    return Fail(ErrorClass::kTerminal, "UnreadableRequest",
                "the recorded request is not a set of parameters");
  }
  return parsed.get<RpcParameters>();
}

Result<std::string> MarkedDescription(std::string_view field, std::string_view description,
                                      std::string_view suffix, std::size_t length_max) {
  std::string marked = WithSuffix(SplitSuffix(description).description, suffix);
  if (CodePoints(marked) <= length_max) return marked;
  return Fail(ErrorClass::kValidation, "DescriptionTooLong",
              fmt::format("spec.forProvider.{}: at most {} characters, because the ownership mark "
                          "takes {} of the {} this API stores",
                          field, length_max - kSuffixLength, kSuffixLength, length_max));
}

}  // namespace instanced::alibaba
