#include "tests/cloudsim/tests/signing.h"

#include "tests/cloudsim/api/digest.h"

namespace instanced::cloudsim {
namespace {

std::string Compact(const std::string& iso) {
  std::string out;
  for (const char c : iso) {
    if (c != '-' && c != ':') out += c;
  }
  return out;
}

}  // namespace

Request SignedAws(const AwsKey& key, const std::string& service, const std::string& method,
                  const std::string& target, const std::string& body, long long at) {
  const std::string date = Compact(IsoTime(at));
  const std::string day = date.substr(0, 8);
  Request request{method, target, {{"host", "127.0.0.1"}, {"x-amz-date", date}}, body};
  std::string names = "host;x-amz-date";
  std::string lines = "host:127.0.0.1\nx-amz-date:" + date + "\n";
  if (!key.token.empty()) {
    request.headers.emplace_back("x-amz-security-token", key.token);
    names += ";x-amz-security-token";
    lines += "x-amz-security-token:" + key.token + "\n";
  }
  std::map<std::string, std::string> query;
  for (const auto& [name, value] : ParseQuery(request.Query())) {
    query[PercentEncode(name)] = PercentEncode(value);
  }
  std::string canonical_query;
  for (const auto& [name, value] : query) {
    canonical_query += (canonical_query.empty() ? "" : "&") + name + "=" + value;
  }
  const std::string canonical = method + "\n" + PercentEncodePath(request.Path()) + "\n" +
                                canonical_query + "\n" + lines + "\n" + names + "\n" +
                                Hex(Sha256(body));
  const std::string scope = day + "/us-east-1/" + service + "/aws4_request";
  const std::string text =
      "AWS4-HMAC-SHA256\n" + date + "\n" + scope + "\n" + Hex(Sha256(canonical));
  std::string signing = HmacSha256("AWS4" + key.secret, day);
  for (const std::string& part : {std::string("us-east-1"), service, std::string("aws4_request")}) {
    signing = HmacSha256(signing, part);
  }
  request.headers.emplace_back("authorization",
                               "AWS4-HMAC-SHA256 Credential=" + key.access_key + "/" + scope +
                                   ", SignedHeaders=" + names +
                                   ", Signature=" + Hex(HmacSha256(signing, text)));
  if (!body.empty()) request.headers.emplace_back("content-length", std::to_string(body.size()));
  return request;
}

Request SignedAlibaba(const AlibabaKey& key, const std::string& action, const std::string& version,
                      std::map<std::string, std::string> parameters, const std::string& nonce,
                      long long at) {
  parameters.insert({{"Action", action},
                     {"Version", version},
                     {"Format", "JSON"},
                     {"AccessKeyId", key.access_key},
                     {"SignatureMethod", "HMAC-SHA1"},
                     {"SignatureVersion", "1.0"},
                     {"SignatureNonce", nonce},
                     {"Timestamp", IsoTime(at)}});
  if (!key.token.empty()) parameters["SecurityToken"] = key.token;
  std::string query;
  for (const auto& [name, value] : parameters) {
    query += (query.empty() ? "" : "&") + PercentEncode(name) + "=" + PercentEncode(value);
  }
  const std::string text = "POST&%2F&" + PercentEncode(query);
  const std::string signature = Base64(HmacSha1(key.secret + "&", text));
  return {
      "POST", "/?" + query + "&Signature=" + PercentEncode(signature), {{"host", "127.0.0.1"}}, ""};
}

std::string Wire(const Request& request) {
  std::string out = request.method + " " + request.target + " HTTP/1.1\r\n";
  for (const auto& [name, value] : request.headers) out += name + ": " + value + "\r\n";
  return out + "connection: close\r\n\r\n" + request.body;
}

}  // namespace instanced::cloudsim
