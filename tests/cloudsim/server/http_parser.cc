#include "tests/cloudsim/server/http_parser.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <string>

namespace instanced::cloudsim {
namespace {

std::string Lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

std::string_view Trim(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

std::optional<std::size_t> Size(std::string_view text, int base) {
  std::size_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (failure != std::errc() || end == text.data()) return {};
  return value;
}

bool ParseHead(std::string_view head, Request& request) {
  const auto first = std::min(head.find("\r\n"), head.size());
  const std::string_view line = head.substr(0, first);
  const auto method_end = line.find(' ');
  const auto target_end = line.rfind(' ');
  if (method_end == std::string_view::npos || target_end <= method_end) return false;
  if (!line.substr(target_end + 1).starts_with("HTTP/1.")) return false;
  request.method = line.substr(0, method_end);
  request.target = line.substr(method_end + 1, target_end - method_end - 1);
  head.remove_prefix(std::min(first + 2, head.size()));
  while (!head.empty()) {
    const auto end = std::min(head.find("\r\n"), head.size());
    const std::string_view field = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    const auto colon = field.find(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    request.headers.emplace_back(Lower(field.substr(0, colon)), Trim(field.substr(colon + 1)));
  }
  return true;
}

struct Body {
  ParseState state = ParseState::kNeedMore;
  std::string text;
  std::size_t consumed = 0;
};

Body ReadChunks(std::string_view rest) {
  Body body;
  const std::size_t whole = rest.size();
  while (true) {
    const auto line_end = rest.find("\r\n");
    if (line_end == std::string_view::npos) return body;
    const auto size = Size(rest.substr(0, line_end), 16);
    if (!size || *size > kMostBodyBytes || body.text.size() + *size > kMostBodyBytes) {
      return {ParseState::kBad, "", 0};
    }
    if (rest.size() < line_end + 2 + *size + 2) return body;
    body.text.append(rest.substr(line_end + 2, *size));
    rest.remove_prefix(line_end + 2 + *size + 2);
    if (*size == 0) {
      body.state = ParseState::kDone;
      body.consumed = whole - rest.size();
      return body;
    }
  }
}

Body ReadBody(const Request& request, std::string_view rest) {
  if (Lower(request.Header("transfer-encoding")) == "chunked") return ReadChunks(rest);
  const std::string_view length = request.Header("content-length");
  const auto size = length.empty() ? std::optional<std::size_t>(0) : Size(length, 10);
  if (!size || *size > kMostBodyBytes) return {ParseState::kBad, "", 0};
  if (rest.size() < *size) return {};
  return {ParseState::kDone, std::string(rest.substr(0, *size)), *size};
}

}  // namespace

Parsed ParseRequest(std::string_view buffer) {
  Parsed parsed;
  const auto head_end = buffer.find("\r\n\r\n");
  if (head_end == std::string_view::npos) {
    if (buffer.size() > kMostHeaderBytes) parsed.state = ParseState::kBad;
    return parsed;
  }
  if (head_end > kMostHeaderBytes || !ParseHead(buffer.substr(0, head_end), parsed.request)) {
    parsed.state = ParseState::kBad;
    return parsed;
  }
  const std::string_view rest = buffer.substr(head_end + 4);
  Body body = ReadBody(parsed.request, rest);
  parsed.state = body.state;
  parsed.request.body = std::move(body.text);
  parsed.consumed = head_end + 4 + body.consumed;
  if (Lower(parsed.request.Header("connection")) == "close") parsed.after = AfterAnswer::kClose;
  const bool expects = Lower(parsed.request.Header("expect")) == "100-continue";
  if (parsed.state == ParseState::kNeedMore && expects && rest.empty()) {
    parsed.state = ParseState::kNeedContinue;
  }
  return parsed;
}

}  // namespace instanced::cloudsim
