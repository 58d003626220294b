// AWS Signature Version 4 for requests whose body is at hand. Time and credentials are arguments.
//
// Rules (the published signing test suite is the check): every header of the request is signed
// except those that proxies and clients change on the way; the path is percent-encoded once more
// as it stands on the wire; query pairs are decoded, encoded and sorted; the body is hashed whole.
// The key derived from secret, day, region and service is kept, so that a signature costs four
// hashes and not nine.
//
// Threads: one at a time per signer. Ownership: a signer keeps the last secret it signed with.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "controller/clock/clock.h"
#include "controller/http/http_client.h"
#include "controller/provider/aws/aws_credentials.h"

namespace instanced::aws {

struct SigningScope {
  std::string region;
  std::string service;  // the signing name: "connect", "scn", "sts"
};

enum class PathForm { kNormalized, kAsSent };  // "." and ".." and empty segments removed, or kept
enum class BodyHashHeader { kOmit, kSend };    // x-amz-content-sha256

struct SigningOptions {
  PathForm path = PathForm::kNormalized;
  BodyHashHeader body_hash = BodyHashHeader::kSend;
};

struct CanonicalRequest {
  std::string text;
  std::string signed_headers;  // "host;x-amz-date"
};

// Everything the signature covers, in the form both sides hash. The Host header is taken from the
// request's headers, else from its origin. `body_hash` is lower-case hex.
CanonicalRequest Canonicalize(const HttpRequest& request, std::string_view body_hash,
                              PathForm path_form);

// RFC 3986: all but A-Z a-z 0-9 - _ . ~ become %XX.
std::string PercentEncode(std::string_view text);
// Leaves what is not a complete %XX as it is.
std::string PercentDecode(std::string_view text);

class SigV4Signer final {
 public:
  explicit SigV4Signer(SigningScope scope, SigningOptions options = {});

  // Adds X-Amz-Date, X-Amz-Security-Token, X-Amz-Content-Sha256 and Authorization. The request
  // must not carry them yet and must not change afterwards.
  void Sign(HttpRequest& request, const AwsCredentials& credentials, WallTime now);

 private:
  using Key = std::array<std::uint8_t, 32>;
  const Key& SigningKey(const std::string& secret, std::string_view day);

  SigningScope scope_;
  SigningOptions options_;
  std::string key_secret_;
  std::string key_day_;
  Key key_{};
};

}  // namespace instanced::aws
