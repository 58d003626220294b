#include "controller/telemetry/clean_text.h"

#include <cstdint>

#include <fmt/core.h>

namespace instanced {
namespace {

struct Decoded {
  std::uint32_t code_point = 0xFFFD;
  std::size_t length = 1;
};

std::size_t LengthByLead(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

Decoded Decode(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = LengthByLead(lead);
  if (length == 1) return {lead, 1};
  if (length == 0 || text.size() < length) return {};
  std::uint32_t code_point = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0U) != 0x80U) return {};
    code_point = (code_point << 6) | (byte & 0x3FU);
  }
  const bool overlong =
      (length == 3 && code_point < 0x800) || (length == 4 && code_point < 0x10000);
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (overlong || surrogate || code_point > 0x10FFFF) return {};
  return {code_point, length};
}

bool Unprintable(std::uint32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0) || code_point == 0x2028 ||
         code_point == 0x2029;
}

template <class Append>
void ForEach(std::string_view text, Append append) {
  while (!text.empty()) {
    const Decoded decoded = Decode(text);
    const bool bad = decoded.code_point == 0xFFFD && decoded.length == 1;
    append(decoded.code_point, bad ? "\xEF\xBF\xBD" : text.substr(0, decoded.length));
    text.remove_prefix(decoded.length);
  }
}

}  // namespace

std::string CleanUtf8(std::string_view text) {
  std::string clean;
  ForEach(text, [&](std::uint32_t, std::string_view bytes) { clean.append(bytes); });
  return clean;
}

std::string JsonQuote(std::string_view text) {
  std::string quoted = "\"";
  ForEach(text, [&](std::uint32_t code_point, std::string_view bytes) {
    if (code_point == '"' || code_point == '\\') {
      quoted.push_back('\\');
      quoted.append(bytes);
    } else if (code_point == '\n') {
      quoted.append("\\n");
    } else if (Unprintable(code_point)) {
      quoted.append(fmt::format("\\u{:04x}", code_point));
    } else {
      quoted.append(bytes);
    }
  });
  quoted.push_back('"');
  return quoted;
}

}  // namespace instanced
