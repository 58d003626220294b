#include "controller/provider/alibaba/rpc_signature.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <openssl/evp.h>

#include "api/object/digest.h"
#include "controller/http/trimmed.h"

namespace instanced::alibaba {
namespace {

constexpr std::string_view kV3Algorithm = "ACS3-HMAC-SHA256";

constexpr std::array<bool, 256> kUnreserved = [] {
  constexpr std::string_view kCharacters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
  std::array<bool, 256> is{};
  for (const char c : kCharacters) is[static_cast<unsigned char>(c)] = true;
  return is;
}();

std::string Base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower;
}

bool IsSigned(std::string_view name) {
  return name.starts_with("x-acs-") || name == "host" || name == "content-type";
}

struct CanonicalHeaders {
  std::string lines;
  std::string names;
};

CanonicalHeaders Canonicalise(const V3Request& request) {
  std::map<std::string, std::vector<std::string>> by_name;
  for (const auto& [name, value] : request.headers) {
    std::string lower = Lower(name);
    if (IsSigned(lower)) by_name[std::move(lower)].emplace_back(Trimmed(value));
  }
  CanonicalHeaders canonical;
  for (auto& [name, values] : by_name) {
    std::ranges::sort(values);
    canonical.lines.append(name).append(":");
    for (std::size_t i = 0; i < values.size(); ++i) {
      canonical.lines.append(i == 0 ? "" : ",").append(values[i]);
    }
    canonical.lines.append("\n");
    canonical.names.append(canonical.names.empty() ? "" : ";").append(name);
  }
  return canonical;
}

// Most characters stay as they are: they are appended in runs.
void AppendEncoded(std::string& encoded, std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::size_t from = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (kUnreserved[byte]) continue;
    encoded.append(text.substr(from, at - from));
    encoded.append({'%', kHex[byte >> 4], kHex[byte & 15]});
    from = at + 1;
  }
  encoded.append(text.substr(from));
}

}  // namespace

std::string PercentEncode(std::string_view text) {
  std::string encoded;
  encoded.reserve(text.size() + text.size() / 2);
  AppendEncoded(encoded, text);
  return encoded;
}

std::string CanonicalQuery(const RpcParameters& parameters) {
  std::size_t size = 0;
  for (const auto& [name, value] : parameters) size += name.size() + 3 * value.size() + 2;
  std::string query;
  query.reserve(size);
  for (const auto& [name, value] : parameters) {
    if (!query.empty()) query.push_back('&');
    AppendEncoded(query, name);
    query.push_back('=');
    AppendEncoded(query, value);
  }
  return query;
}

std::string StringToSignV1(std::string_view method, const RpcParameters& parameters) {
  const std::string query = CanonicalQuery(parameters);
  std::string text;
  text.reserve(method.size() + 5 + query.size() * 2);
  text.append(method).append("&%2F&");
  AppendEncoded(text, query);
  return text;
}

std::string SignatureV1(std::string_view method, const RpcParameters& parameters,
                        std::string_view secret) {
  return Base64(
      Hmac(HmacDigest::kSha1, std::string(secret).append("&"), StringToSignV1(method, parameters)));
}

RpcParameters SignV1(std::string_view method, RpcParameters parameters, const SigningKey& key,
                     WallTime now, std::string_view nonce) {
  parameters["AccessKeyId"] = key.access_key_id;
  if (!key.security_token.empty()) parameters["SecurityToken"] = key.security_token;
  parameters["SignatureMethod"] = "HMAC-SHA1";
  parameters["SignatureVersion"] = "1.0";
  parameters["SignatureNonce"] = nonce;
  parameters["Timestamp"] = FormatRfc3339(now);
  std::string signature = SignatureV1(method, parameters, key.access_key_secret);
  parameters["Signature"] = std::move(signature);
  return parameters;
}

std::string AuthorizationV3(const V3Request& request, std::string_view access_key_id,
                            std::string_view secret) {
  const CanonicalHeaders headers = Canonicalise(request);
  std::string canonical = request.method;
  canonical.append("\n").append(request.path.empty() ? "/" : request.path);
  canonical.append("\n").append(CanonicalQuery(request.query));
  canonical.append("\n").append(headers.lines);
  canonical.append("\n").append(headers.names).append("\n").append(request.body_hash);
  std::string to_sign(kV3Algorithm);
  to_sign.append("\n").append(Sha256Hex(canonical));
  std::string value(kV3Algorithm);
  value.append(" Credential=").append(access_key_id);
  value.append(",SignedHeaders=").append(headers.names);
  value.append(",Signature=").append(HexEncode(Hmac(HmacDigest::kSha256, secret, to_sign)));
  return value;
}

std::vector<std::pair<std::string, std::string>> SignV3(const V3Call& call, const SigningKey& key,
                                                        WallTime now, std::string_view nonce) {
  V3Request request{call.method, "/", call.query, {}, Sha256Hex("")};
  request.headers = {{"host", call.host},
                     {"x-acs-action", call.action},
                     {"x-acs-version", call.version},
                     {"x-acs-date", FormatRfc3339(now)},
                     {"x-acs-signature-nonce", std::string(nonce)},
                     {"x-acs-content-sha256", request.body_hash}};
  if (!key.security_token.empty()) {
    request.headers.emplace_back("x-acs-accesskey-id", key.access_key_id);
    request.headers.emplace_back("x-acs-security-token", key.security_token);
  }
  std::string authorization = AuthorizationV3(request, key.access_key_id, key.access_key_secret);
  request.headers.erase(request.headers.begin());  // Host is the client's own
  request.headers.emplace_back("Authorization", std::move(authorization));
  return std::move(request.headers);
}

}  // namespace instanced::alibaba
