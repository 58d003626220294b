#include "controller/provider/aws/rest_json.h"

#include <algorithm>
#include <charconv>

#include "api/error/cut_text.h"
#include "controller/http/trimmed.h"
#include "controller/provider/aws/aws_time.h"
#include "controller/provider/aws/sigv4.h"

namespace instanced::aws {
namespace {

constexpr std::size_t kMessageBytesMax = 512;
constexpr std::size_t kCodeBytesMax = 128;
constexpr long long kRetryAfterSecondsMax = 86400;

std::string ScalarText(const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  return {};
}

std::optional<long long> ParseWhole(std::string_view text) {
  long long value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size() || value < 0) {
    return std::nullopt;
  }
  return value;
}

std::string CodeOf(const HttpResponse& response, const nlohmann::json& body) {
  std::string code = SanitizeCode(FindHeader(response.headers, "x-amzn-errortype"));
  for (const char* name : {"code", "Code", "__type"}) {
    if (!code.empty()) break;
    const auto it = body.find(name);
    if (it != body.end()) code = SanitizeCode(ScalarText(*it));
  }
  if (code.empty()) code = "Http" + std::to_string(response.status);
  return code;
}

}  // namespace

RestTarget& RestTarget::Label(std::string_view value) {
  text_.append(PercentEncode(value));
  return *this;
}

RestTarget& RestTarget::Literal(std::string_view text) {
  text_.append(text);
  return *this;
}

RestTarget& RestTarget::Query(std::string_view name, std::string_view value) {
  text_.push_back(std::exchange(has_query_, true) ? '&' : '?');
  text_.append(PercentEncode(name)).append("=").append(PercentEncode(value));
  return *this;
}

std::string SanitizeCode(std::string_view raw) {
  raw = raw.substr(0, raw.find(','));
  // "ns#Type:uri": the colon of the uri comes after the name; one before '#' belongs to the ns.
  raw = raw.substr(0, raw.find(':'));
  const auto hash = raw.rfind('#');
  if (hash != std::string_view::npos) raw.remove_prefix(hash + 1);
  raw = Trimmed(raw);
  const bool plain = std::ranges::all_of(raw, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
  if (!plain || raw.size() > kCodeBytesMax) return {};
  return std::string(raw);
}

std::string SanitizeMessage(std::string_view raw) {
  std::string out;
  bool gap = false;
  for (const char c : raw) {
    if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f) {
      gap = !out.empty();
      continue;
    }
    if (std::exchange(gap, false)) out.push_back(' ');
    out.push_back(c);
    if (out.size() > kMessageBytesMax) break;
  }
  return CutUtf8(std::move(out), kMessageBytesMax);
}

std::string RequestId(const HttpHeaders& headers) {
  auto id = FindHeader(headers, "x-amzn-requestid");
  if (id.empty()) id = FindHeader(headers, "x-amz-request-id");
  return SanitizeMessage(id).substr(0, kCodeBytesMax);
}

std::optional<std::chrono::milliseconds> RetryAfter(const HttpHeaders& headers) {
  if (const auto ms = ParseWhole(Trimmed(FindHeader(headers, "x-amz-retry-after")))) {
    return std::chrono::milliseconds{std::min(*ms, kRetryAfterSecondsMax * 1000)};
  }
  const auto text = Trimmed(FindHeader(headers, "retry-after"));
  if (const auto seconds = ParseWhole(text)) {
    return std::chrono::seconds{std::min(*seconds, kRetryAfterSecondsMax)};
  }
  const auto until = ParseHttpDate(text);
  const auto now = ParseHttpDate(FindHeader(headers, "date"));
  if (!until || !now || *until <= *now) return std::nullopt;
  return std::min<std::chrono::milliseconds>(*until - *now,
                                             std::chrono::seconds{kRetryAfterSecondsMax});
}

std::optional<nlohmann::json> ParseJsonBody(std::string_view body) {
  if (Trimmed(body).empty()) return nlohmann::json::object();
  // Depth is bounded by the body's own bound; the parser does not recurse.
  auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

AwsFailure ParseRestJsonFailure(const HttpResponse& response) {
  const nlohmann::json body = ParseJsonBody(response.body).value_or(nlohmann::json::object());
  AwsFailure failure;
  failure.code = CodeOf(response, body);
  std::string message = StringOr(body, "message", "");
  if (message.empty()) message = StringOr(body, "Message", "");
  failure.message = SanitizeMessage(message);
  failure.request_id = RequestId(response.headers);
  failure.retry_after = RetryAfter(response.headers);
  failure.server_time = ParseHttpDate(Trimmed(FindHeader(response.headers, "date")));
  return failure;
}

std::string StringOr(const nlohmann::json& object, const char* name, std::string_view otherwise) {
  const auto it = object.find(name);
  if (it == object.end() || it->is_null() || it->is_structured()) return std::string(otherwise);
  return ScalarText(*it);
}

const nlohmann::json* FindObject(const nlohmann::json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_object() ? &*it : nullptr;
}

std::string LowerCamel(std::string_view member) {
  std::string out(member);
  if (!out.empty() && out[0] >= 'A' && out[0] <= 'Z') {
    out[0] = static_cast<char>(out[0] - 'A' + 'a');
  }
  return out;
}

}  // namespace instanced::aws
