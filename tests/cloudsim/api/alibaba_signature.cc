#include "tests/cloudsim/api/alibaba_signature.h"

#include <algorithm>

#include "tests/cloudsim/api/digest.h"

namespace instanced::cloudsim {
namespace {

constexpr std::string_view kV3 = "ACS3-HMAC-SHA256";

std::string Canonical(Pairs parameters) {
  std::ranges::sort(parameters);
  std::string out;
  for (const auto& [name, value] : parameters) {
    if (!out.empty()) out += '&';
    out.append(PercentEncode(name)).append("=").append(PercentEncode(value));
  }
  return out;
}

std::string_view TrimSpaces(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::string SortedValues(const Request& request, const std::string& name) {
  std::vector<std::string> values;
  for (const auto& [header, value] : request.headers) {
    if (header == name) values.emplace_back(TrimSpaces(value));
  }
  std::ranges::sort(values);
  std::string out;
  for (std::size_t i = 0; i < values.size(); ++i) out.append(i ? "," : "").append(values[i]);
  return out;
}

}  // namespace

std::string AlibabaV1StringToSign(const std::string& method, Pairs parameters) {
  std::erase_if(parameters, [](const auto& pair) { return pair.first == "Signature"; });
  return method + "&%2F&" + PercentEncode(Canonical(std::move(parameters)));
}

std::string AlibabaV1Signature(const std::string& secret, const std::string& string_to_sign) {
  return Base64(HmacSha1(secret + "&", string_to_sign));
}

std::optional<AlibabaV3Authorization> ParseAlibabaV3Authorization(std::string_view header) {
  if (!header.starts_with(kV3)) return {};
  header.remove_prefix(kV3.size());
  AlibabaV3Authorization result;
  while (!header.empty()) {
    const auto end = std::min(header.find(','), header.size());
    const std::string_view part = TrimSpaces(header.substr(0, end));
    header.remove_prefix(std::min(end + 1, header.size()));
    const auto equals = part.find('=');
    if (equals == std::string_view::npos) return {};
    std::string_view value = part.substr(equals + 1);
    if (part.starts_with("Credential=")) result.access_key = value;
    if (part.starts_with("Signature=")) result.signature = value;
    if (!part.starts_with("SignedHeaders=")) continue;
    while (!value.empty()) {
      const auto stop = std::min(value.find(';'), value.size());
      result.signed_headers.emplace_back(value.substr(0, stop));
      value.remove_prefix(std::min(stop + 1, value.size()));
    }
  }
  const bool complete = !result.access_key.empty() && !result.signature.empty();
  return complete ? std::optional(std::move(result)) : std::nullopt;
}

std::string AlibabaV3CanonicalRequest(const Request& request,
                                      const std::vector<std::string>& signed_headers,
                                      std::string_view payload_hash) {
  const std::string_view path = request.Path();
  std::string out = request.method + "\n" + (path.empty() ? "/" : std::string(path)) + "\n" +
                    Canonical(ParseQuery(request.Query())) + "\n";
  std::string names;
  for (const std::string& name : signed_headers) {
    out.append(name).append(":").append(SortedValues(request, name)).append("\n");
    if (!names.empty()) names += ';';
    names += name;
  }
  return out.append("\n").append(names).append("\n").append(payload_hash);
}

std::string AlibabaV3Signature(const std::string& secret, const std::string& canonical_request) {
  return Hex(HmacSha256(secret, std::string(kV3) + "\n" + Hex(Sha256(canonical_request))));
}

}  // namespace instanced::cloudsim
