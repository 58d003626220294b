#include "controller/provider/alibaba/json_text.h"

#include <simdjson.h>

#include <nlohmann/json.hpp>

namespace instanced::alibaba {
namespace {

using nlohmann::json;
namespace dom = simdjson::dom;

json Build(const dom::element& element);

json BuildObject(const dom::object& object) {
  json built = json::object();
  auto& members = built.get_ref<json::object_t&>();
  for (const auto& member : object) {
    members.insert_or_assign(std::string(member.key), Build(member.value));
  }
  return built;
}

json BuildArray(const dom::array& array) {
  json built = json::array();
  for (const auto item : array) built.push_back(Build(item));
  return built;
}

json Build(const dom::element& element) {
  switch (element.type()) {
    case dom::element_type::OBJECT:
      return BuildObject(dom::object(element));
    case dom::element_type::ARRAY:
      return BuildArray(dom::array(element));
    case dom::element_type::STRING:
      return std::string(std::string_view(element));
    case dom::element_type::INT64: {
      // Like nlohmann: what is not negative is unsigned.
      const auto number = std::int64_t(element);
      return number < 0 ? json(number) : json(static_cast<std::uint64_t>(number));
    }
    case dom::element_type::UINT64:
      return std::uint64_t(element);
    case dom::element_type::DOUBLE:
      return double(element);
    case dom::element_type::BOOL:
      return bool(element);
    case dom::element_type::NULL_VALUE:
      return nullptr;
  }
  return json(json::value_t::discarded);
}

// Answers about one instance are small: their parser's buffers are made once. What a long list
// needs is given back with it.
constexpr std::size_t kKeptForTexts = 16 * 1024;

json ParseWith(dom::parser& parser, const std::string& text) {
  dom::element root;
  if (parser.parse(text).get(root) == simdjson::SUCCESS) {
    try {
      return Build(root);
    } catch (const simdjson::simdjson_error&) {
      // An element that is not of its own type: no text does this.
    }
  }
  return json::parse(text, nullptr, /*allow_exceptions=*/false);
}

}  // namespace

json ParseJson(const std::string& text) {
  if (text.size() > kKeptForTexts) {
    dom::parser parser;
    return ParseWith(parser, text);
  }
  thread_local dom::parser parser;
  return ParseWith(parser, text);
}

}  // namespace instanced::alibaba
