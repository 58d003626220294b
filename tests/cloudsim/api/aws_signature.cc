#include "tests/cloudsim/api/aws_signature.h"

#include <algorithm>
#include <cctype>

#include "tests/cloudsim/api/digest.h"

namespace instanced::cloudsim {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::size_t kKeysRemembered = 256;

std::vector<std::string> SplitOn(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())))
    text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())))
    text.remove_suffix(1);
  return text;
}

std::string OneSpaced(std::string_view value) {
  std::string out;
  for (const char c : Trim(value)) {
    const bool space = c == ' ' || c == '\t';
    if (!space) {
      out += c;
    } else if (!out.ends_with(' ')) {
      out += ' ';
    }
  }
  return out;
}

std::string NormalPath(std::string_view path) {
  std::vector<std::string> kept;
  for (std::string& segment : SplitOn(path, '/')) {
    if (segment.empty() || segment == ".") continue;
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else {
      kept.push_back(std::move(segment));
    }
  }
  std::string out;
  for (const std::string& segment : kept) out.append("/").append(segment);
  const bool slash_last = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
  if (out.empty() || slash_last) out += '/';
  return PercentEncodePath(out);
}

std::string CanonicalQuery(std::string_view query) {
  Pairs encoded;
  for (const auto& [name, value] : ParseQuery(query)) {
    encoded.emplace_back(PercentEncode(name), PercentEncode(value));
  }
  std::ranges::sort(encoded);
  std::string out;
  for (const auto& [name, value] : encoded) {
    if (!out.empty()) out += '&';
    out.append(name).append("=").append(value);
  }
  return out;
}

std::string JoinedValues(const Request& request, const std::string& name) {
  std::string out;
  bool first = true;
  for (const auto& [header, value] : request.headers) {
    if (header != name) continue;
    if (!first) out += ',';
    first = false;
    out += OneSpaced(value);
  }
  return out;
}

}  // namespace

std::optional<AwsAuthorization> ParseAwsAuthorization(std::string_view header) {
  if (!header.starts_with(kAlgorithm)) return {};
  header.remove_prefix(kAlgorithm.size());
  AwsAuthorization result;
  for (const std::string& part : SplitOn(header, ',')) {
    const std::string_view text = Trim(part);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return {};
    const std::string_view name = text.substr(0, equals);
    const std::string_view value = text.substr(equals + 1);
    if (name == "Credential") {
      const auto scope = SplitOn(value, '/');
      if (scope.size() != 5 || scope[4] != "aws4_request") return {};
      result.access_key = scope[0];
      result.date = scope[1];
      result.region = scope[2];
      result.service = scope[3];
    } else if (name == "SignedHeaders") {
      result.signed_headers = SplitOn(value, ';');
    } else if (name == "Signature") {
      result.signature = value;
    }
  }
  const bool complete =
      !result.access_key.empty() && !result.signed_headers.empty() && !result.signature.empty();
  return complete ? std::optional(std::move(result)) : std::nullopt;
}

std::string AwsCanonicalRequest(const Request& request,
                                const std::vector<std::string>& signed_headers,
                                std::string_view payload_hash) {
  std::string out = request.method + "\n" + NormalPath(request.Path()) + "\n" +
                    CanonicalQuery(request.Query()) + "\n";
  std::string names;
  for (const std::string& name : signed_headers) {
    out.append(name).append(":").append(JoinedValues(request, name)).append("\n");
    if (!names.empty()) names += ';';
    names += name;
  }
  return out.append("\n").append(names).append("\n").append(payload_hash);
}

std::string AwsSigner::Signature(const std::string& secret, const AwsAuthorization& authorization,
                                 const std::string& amz_date,
                                 const std::string& canonical_request) {
  const std::string scope = authorization.Scope();
  const std::string cache_key = secret + "\n" + scope;
  auto found = keys_.find(cache_key);
  if (found == keys_.end()) {
    if (keys_.size() >= kKeysRemembered) keys_.clear();
    std::string key = HmacSha256("AWS4" + secret, authorization.date);
    key = HmacSha256(key, authorization.region);
    key = HmacSha256(key, authorization.service);
    found = keys_.emplace(cache_key, HmacSha256(key, "aws4_request")).first;
  }
  const std::string to_sign = std::string(kAlgorithm) + "\n" + amz_date + "\n" + scope + "\n" +
                              Hex(Sha256(canonical_request));
  return Hex(HmacSha256(found->second, to_sign));
}

}  // namespace instanced::cloudsim
