#include "controller/provider/plugin/document.h"

#include <utility>

namespace instanced::plugin {
namespace {

using nlohmann::json;

std::unexpected<Error> Bad(std::string_view what, std::string why) {
  return Fail(ErrorClass::kTerminal, "BadDocument", std::string(what) + " " + std::move(why));
}

// How many bytes of a well-formed UTF-8 sequence begin here; 0: none does.
std::size_t SequenceLength(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xE0 && at(1) < 0xA0) || (first == 0xF0 && at(1) < 0x90);
  const bool surrogate = first == 0xED && at(1) >= 0xA0;
  const bool beyond = first == 0xF4 && at(1) >= 0x90;
  return overlong || surrogate || beyond ? 0 : length;
}

}  // namespace

Result<json> ParseDocument(std::string_view text, std::string_view what) {
  if (text.size() > kDocumentBytesMax) return Bad(what, "is larger than 1 MiB");
  bool too_deep = false;
  const auto watch = [&](int depth, json::parse_event_t, json&) {
    too_deep = too_deep || depth > kDocumentDepthMax;
    return !too_deep;
  };
  auto document = json::parse(text, watch, false);
  if (too_deep) return Bad(what, "is nested deeper than 64 levels");
  if (document.is_discarded()) return Bad(what, "is no JSON text");
  return document;
}

Result<json> ParseObject(std::string_view text, std::string_view what) {
  if (text.empty()) return json::object();
  auto document = ParseDocument(text, what);
  if (document && !document->is_object()) return Bad(what, "is no JSON object");
  return document;
}

std::string ToText(const json& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string CleanText(std::string_view text, std::size_t bytes) {
  std::string clean;
  while (!text.empty() && clean.size() < bytes) {
    const std::size_t length = SequenceLength(text);
    if (length == 0) {
      clean += '?';
      text.remove_prefix(1);
      continue;
    }
    if (clean.size() + length > bytes) break;
    const bool control = length == 1 && (text[0] < ' ' || text[0] == 0x7F);
    clean += control ? std::string_view(" ") : text.substr(0, length);
    text.remove_prefix(length);
  }
  return clean;
}

}  // namespace instanced::plugin
