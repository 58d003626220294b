#include "controller/provider/alibaba/envelope.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "controller/http/trimmed.h"
#include "controller/provider/alibaba/json_text.h"
#include "controller/provider/alibaba/lenient_json.h"
#include "controller/provider/alibaba/xml_document.h"

namespace instanced::alibaba {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr std::array<std::string_view, 4> kSuccessCodes{"OK", "Success", "success", "200"};
constexpr std::array<std::string_view, 5> kMembers{"Code", "RequestId", "Success", "HttpStatusCode",
                                                   "Message"};
constexpr milliseconds kHintMax = std::chrono::hours(1);

bool IsSuccessCode(std::string_view code) {
  return std::ranges::find(kSuccessCodes, code) != kSuccessCodes.end();
}

std::optional<json> ParseBody(const std::string& body) {
  const auto first = body.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return std::nullopt;
  if (body[first] == '<') return XmlToJson(body);
  json parsed = ParseJson(body);
  if (!parsed.is_object()) return std::nullopt;
  return parsed;
}

bool IsEnvelope(const json& body) {
  return std::ranges::any_of(
      kMembers, [&](std::string_view name) { return FindMember(body, name) != nullptr; });
}

int EffectiveStatus(const json& body, int http_status) {
  const auto named = AsInteger(FindMember(body, "HttpStatusCode"));
  if (http_status / 100 != 2 || !named || *named < 100 || *named > 599) return http_status;
  return static_cast<int>(*named);
}

Verdict Judge(const json& body, const Envelope& envelope, int http_status) {
  if (http_status / 100 != 2) return Verdict::kError;
  if (AsFlag(FindMember(body, "Success")) == false) return Verdict::kError;
  if (!envelope.code.empty()) {
    return IsSuccessCode(envelope.code) ? Verdict::kSuccess : Verdict::kError;
  }
  return envelope.status / 100 == 2 ? Verdict::kSuccess : Verdict::kError;
}

std::optional<std::int64_t> ParseNumber(std::string_view text) {
  text = Trimmed(text);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool IsNamed(std::string_view text, std::string_view lower_name) {
  return std::ranges::equal(text, lower_name,
                            [](unsigned char a, char b) { return std::tolower(a) == b; });
}

struct RateLimit {
  std::optional<std::int64_t> remain;
  std::optional<std::int64_t> time_left;
};

RateLimit ParseRateLimit(std::string_view header) {
  RateLimit limit;
  while (!header.empty()) {
    const auto comma = std::min(header.find(','), header.size());
    std::string_view pair = header.substr(0, comma);
    header.remove_prefix(std::min(comma + 1, header.size()));
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    const auto colon = pair.find(':');
    if (colon == std::string_view::npos) continue;
    if (IsNamed(pair.substr(0, colon), "remain"))
      limit.remain = ParseNumber(pair.substr(colon + 1));
    if (IsNamed(pair.substr(0, colon), "timeleft")) {
      limit.time_left = ParseNumber(pair.substr(colon + 1));
    }
  }
  return limit;
}

milliseconds Bounded(std::int64_t count) {
  return milliseconds(std::min<std::int64_t>(count, kHintMax.count()));
}

}  // namespace

std::optional<milliseconds> ThrottleHint(const HttpHeaders& headers) {
  if (const auto hint = ParseNumber(FindHeader(headers, "x-acs-retry-after")); hint && *hint > 0) {
    return Bounded(*hint);
  }
  std::optional<milliseconds> longest;
  for (const std::string_view name : {"X-RateLimit-User-API", "X-RateLimit-User"}) {
    const RateLimit limit = ParseRateLimit(FindHeader(headers, name));
    if (!limit.remain || *limit.remain >= 1 || *limit.remain == -1) continue;
    if (!limit.time_left || *limit.time_left < 0) continue;
    longest =
        std::max(longest.value_or(milliseconds(0)), Bounded(*limit.time_left) + milliseconds(100));
  }
  return longest;
}

Envelope DecodeEnvelope(const HttpResponse& response) {
  Envelope envelope;
  envelope.status = response.status;
  envelope.retry_after = ThrottleHint(response.headers);
  envelope.request_id = FindHeader(response.headers, "x-acs-request-id");
  auto body = ParseBody(response.body);
  const bool is_readable = body && IsEnvelope(*body);
  if (is_readable) {
    envelope.status = EffectiveStatus(*body, response.status);
    envelope.code = TextOf(*body, "Code");
    envelope.message = TextOf(*body, "Message");
    if (envelope.message == kNoneWord) envelope.message.clear();
    if (auto id = TextOf(*body, "RequestId"); !id.empty()) envelope.request_id = std::move(id);
    envelope.verdict = Judge(*body, envelope, response.status);
    envelope.body = *std::move(body);
  }
  const bool names_no_error = envelope.code.empty() || IsSuccessCode(envelope.code);
  if (envelope.verdict != Verdict::kSuccess && names_no_error) {
    envelope.code = "Http" + std::to_string(envelope.status);
  }
  return envelope;
}

}  // namespace instanced::alibaba
