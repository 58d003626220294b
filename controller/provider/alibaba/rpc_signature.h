// The two signatures of Alibaba Cloud's RPC style, as pure functions of credential, time and nonce.
//
// V1 (SignatureVersion 1.0, HMAC-SHA1) signs the query parameters and travels as one of them. V3
// (ACS3-HMAC-SHA256) signs method, query, x-acs-* headers and body, and travels in Authorization.
// The caller makes a fresh nonce and time for every try: a nonce used twice is refused.
//
// Source: Alibaba's "RPC mechanism" and "V3 request structure and signature" pages.
// Threads: any. The secret appears in no result.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/clock/clock.h"

namespace instanced::alibaba {

// Query parameters by name; the order of the map is the order signed.
using RpcParameters = std::map<std::string, std::string>;

// Everything one signature needs besides the parameters.
struct SigningKey {
  std::string access_key_id;
  std::string access_key_secret;
  std::string security_token;  // empty without STS
};

// RFC 3986: unreserved A-Za-z0-9-_.~ stay, everything else is %XX in upper case.
std::string PercentEncode(std::string_view text);
// "a=1&b=%20": encoded, sorted by name.
std::string CanonicalQuery(const RpcParameters& parameters);

// METHOD&%2F&enc(query); public because a refused signature is compared with the server's.
std::string StringToSignV1(std::string_view method, const RpcParameters& parameters);
// base64(HMAC-SHA1(secret + "&", StringToSignV1)).
std::string SignatureV1(std::string_view method, const RpcParameters& parameters,
                        std::string_view secret);

// Adds the common parameters and Signature to the business parameters (Action, Version among them).
RpcParameters SignV1(std::string_view method, RpcParameters parameters, const SigningKey& key,
                     WallTime now, std::string_view nonce);

// What V3 signs. Header names may repeat; values of one name are sorted and joined with a comma.
struct V3Request {
  std::string method;
  std::string path = "/";
  RpcParameters query;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body_hash;  // lower-case hex of SHA-256
};
// "ACS3-HMAC-SHA256 Credential=...,SignedHeaders=...,Signature=...". Signs every x-acs-* header,
// host and content-type among `headers`.
std::string AuthorizationV3(const V3Request& request, std::string_view access_key_id,
                            std::string_view secret);

struct V3Call {
  std::string method;
  std::string host;
  std::string action;
  std::string version;
  RpcParameters query;
};
// All headers to send for an empty body, Authorization included and Host left out.
std::vector<std::pair<std::string, std::string>> SignV3(const V3Call& call, const SigningKey& key,
                                                        WallTime now, std::string_view nonce);

}  // namespace instanced::alibaba
