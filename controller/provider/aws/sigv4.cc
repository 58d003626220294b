#include "controller/provider/aws/sigv4.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include <openssl/evp.h>

#include "api/object/digest.h"
#include "controller/provider/aws/aws_time.h"

namespace instanced::aws {
namespace {

using Bytes = std::array<std::uint8_t, 32>;

Bytes Hmac(std::span<const std::uint8_t> key, std::string_view data) {
  const std::string_view text(reinterpret_cast<const char*>(key.data()), key.size());
  const std::string digest = instanced::Hmac(HmacDigest::kSha256, text, data);
  Bytes out{};
  std::copy_n(digest.begin(), std::min(digest.size(), out.size()), out.begin());
  return out;
}

std::span<const std::uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string Hex(const Bytes& bytes) {
  return HexEncode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

bool IsUnreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '~';
}

void AppendEncoded(std::string& out, char c) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out.push_back('%');
  out.push_back(kHex[byte >> 4]);
  out.push_back(kHex[byte & 15]);
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string Normalize(std::string_view path) {
  std::vector<std::string_view> kept;
  bool directory = true;
  std::size_t start = 0;
  while (start <= path.size()) {
    const auto end = std::min(path.find('/', start), path.size());
    const auto segment = path.substr(start, end - start);
    start = end + 1;
    directory = segment.empty() || segment == "." || segment == "..";
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (!directory) kept.push_back(segment);
  }
  std::string out;
  for (const auto segment : kept) out.append("/").append(segment);
  if (directory || out.empty()) out.push_back('/');
  return out;
}

void AppendPath(std::string& out, std::string_view path, PathForm form) {
  if (path.empty()) path = "/";
  const std::string normalized =
      form == PathForm::kNormalized ? Normalize(path) : std::string(path);
  for (const char c : normalized) {
    if (IsUnreserved(c) || c == '/') {
      out.push_back(c);
    } else {
      AppendEncoded(out, c);
    }
  }
}

void AppendQuery(std::string& out, std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    const auto value = pair.substr(std::min(equals + 1, pair.size()));
    pairs.emplace_back(PercentEncode(PercentDecode(pair.substr(0, equals))),
                       PercentEncode(PercentDecode(value)));
  }
  std::ranges::sort(pairs);
  for (const auto& [name, value] : pairs) {
    if (&name != &pairs.front().first) out.push_back('&');
    out.append(name).append("=").append(value);
  }
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool IsSigned(std::string_view name) {
  static constexpr std::array<std::string_view, 16> kChangedOnTheWay{
      "authorization", "user-agent", "connection",    "expect",           "x-amzn-trace-id", "te",
      "trailer",       "upgrade",    "keep-alive",    "pragma",           "referer",         "from",
      "max-forwards",  "host",       "cache-control", "transfer-encoding"};
  if (name.starts_with("proxy-") || name.starts_with("sec-")) return false;
  return std::ranges::find(kChangedOnTheWay, name) == kChangedOnTheWay.end();
}

std::string Squeeze(std::string_view value) {
  std::string out;
  bool gap = false;
  for (const char c : value) {
    if (c == ' ' || c == '\t') {
      gap = !out.empty();
      continue;
    }
    if (std::exchange(gap, false)) out.push_back(' ');
    out.push_back(c);
  }
  return out;
}

}  // namespace

std::string PercentEncode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (IsUnreserved(c)) {
      out.push_back(c);
    } else {
      AppendEncoded(out, c);
    }
  }
  return out;
}

std::string PercentDecode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
    const int low = high >= 0 ? HexValue(text[i + 2]) : -1;
    if (low < 0) {
      out.push_back(text[i]);
      continue;
    }
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

CanonicalRequest Canonicalize(const HttpRequest& request, std::string_view body_hash,
                              PathForm path_form) {
  std::vector<std::pair<std::string, std::string>> headers;
  headers.reserve(request.headers.size() + 1);
  const auto host = FindHeader(request.headers, "host");
  headers.emplace_back("host", host.empty() ? HostHeader(request.origin) : Squeeze(host));
  for (const auto& [name, value] : request.headers) {
    std::string lower = LowerCase(name);
    if (!IsSigned(lower)) continue;
    // Sorted by name; values of a repeated name stay in their order.
    const auto at = std::ranges::upper_bound(
        headers, lower, {}, [](const auto& header) -> const std::string& { return header.first; });
    headers.emplace(at, std::move(lower), Squeeze(value));
  }

  CanonicalRequest out;
  const std::string_view target = request.target;
  const auto question = std::min(target.find('?'), target.size());
  out.text.append(ToString(request.method)).push_back('\n');
  AppendPath(out.text, target.substr(0, question), path_form);
  out.text.push_back('\n');
  AppendQuery(out.text, target.substr(std::min(question + 1, target.size())));
  out.text.push_back('\n');
  for (std::size_t i = 0; i < headers.size(); ++i) {
    if (i > 0 && headers[i].first == headers[i - 1].first) {
      out.text.append(",").append(headers[i].second);
      continue;
    }
    if (i > 0) {
      out.text.push_back('\n');
      out.signed_headers.push_back(';');
    }
    out.text.append(headers[i].first).append(":").append(headers[i].second);
    out.signed_headers.append(headers[i].first);
  }
  out.text.append("\n\n").append(out.signed_headers).append("\n").append(body_hash);
  return out;
}

SigV4Signer::SigV4Signer(SigningScope scope, SigningOptions options)
    : scope_(std::move(scope)), options_(options) {}

const SigV4Signer::Key& SigV4Signer::SigningKey(const std::string& secret, std::string_view day) {
  if (key_secret_ == secret && key_day_ == day) return key_;
  const Bytes day_key = Hmac(AsBytes("AWS4" + secret), day);
  const Bytes region_key = Hmac(day_key, scope_.region);
  const Bytes service_key = Hmac(region_key, scope_.service);
  key_ = Hmac(service_key, "aws4_request");
  key_secret_ = secret;
  key_day_ = day;
  return key_;
}

void SigV4Signer::Sign(HttpRequest& request, const AwsCredentials& credentials, WallTime now) {
  const std::string amz_date = FormatAmzDate(now);
  const std::string_view day = std::string_view(amz_date).substr(0, 8);
  const std::string body_hash = Sha256Hex(request.body);

  request.headers.emplace_back("X-Amz-Date", amz_date);
  if (!credentials.session_token.empty()) {
    request.headers.emplace_back("X-Amz-Security-Token", credentials.session_token);
  }
  if (options_.body_hash == BodyHashHeader::kSend) {
    request.headers.emplace_back("X-Amz-Content-Sha256", body_hash);
  }
  const CanonicalRequest canonical = Canonicalize(request, body_hash, options_.path);

  std::string scope(day);
  scope.append("/").append(scope_.region).append("/").append(scope_.service);
  scope.append("/aws4_request");
  std::string to_sign = "AWS4-HMAC-SHA256\n";
  to_sign.append(amz_date).append("\n").append(scope).append("\n");
  to_sign.append(Sha256Hex(canonical.text));
  const std::string signature = Hex(Hmac(SigningKey(credentials.secret_access_key, day), to_sign));

  std::string authorization = "AWS4-HMAC-SHA256 Credential=";
  authorization.append(credentials.access_key_id).append("/").append(scope);
  authorization.append(", SignedHeaders=").append(canonical.signed_headers);
  authorization.append(", Signature=").append(signature);
  request.headers.emplace_back("Authorization", std::move(authorization));
}

}  // namespace instanced::aws
