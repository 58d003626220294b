#include "tests/cloudsim/api/authenticate.h"

#include <algorithm>
#include <cstdlib>

#include "tests/cloudsim/api/alibaba_signature.h"
#include "tests/cloudsim/api/digest.h"

namespace instanced::cloudsim {
namespace {

constexpr Millis kMostSkew = 15 * kMinute;

std::string Value(const Pairs& pairs, std::string_view name) {
  const auto found = std::ranges::find(pairs, name, [](const auto& pair) { return pair.first; });
  return found == pairs.end() ? "" : found->second;
}

std::optional<Refusal> AwsClockFault(Millis signed_at, Millis wall) {
  if (signed_at < 0) return Refusal{400, "IncompleteSignature", "X-Amz-Date is missing or wrong."};
  if (signed_at < wall - kMostSkew) {
    return Refusal{400, "RequestExpired", "The request was signed more than 15 minutes ago."};
  }
  if (signed_at > wall + kMostSkew) {
    return Refusal{403, "RequestInTheFuture", "The request is signed for a time in the future."};
  }
  return std::nullopt;
}

// Everything a client must sign: host, content-type and each x-amz-* it sends.
std::string UnsignedHeader(const Request& request, const std::vector<std::string>& names) {
  const auto covered = [&](const std::string& name) {
    return std::ranges::find(names, name) != names.end();
  };
  if (!covered("host")) return "host";
  for (const auto& [name, value] : request.headers) {
    if (name.starts_with("x-amz-") && !covered(name)) return name;
  }
  return "";
}

std::optional<Refusal> AwsTokenFault(const Credential& credential, std::string_view token,
                                     Millis wall) {
  if (!SameBytes(token, credential.session_token)) {
    return Refusal{403, "UnrecognizedClientException",
                   "The security token included in the request is invalid."};
  }
  if (credential.expires_at != 0 && wall >= credential.expires_at) {
    return Refusal{403, "ExpiredTokenException",
                   "The security token included in the request is expired."};
  }
  return std::nullopt;
}

std::unexpected<Refusal> Mismatch(std::string message) {
  return Refuse(403, "InvalidSignatureException", std::move(message));
}

struct AlibabaProof {
  std::string access_key;
  std::string nonce;
  std::string token;
  Millis signed_at = -1;
  std::string to_sign;  // shown in the refusal, as the cloud does
  std::string signature;
  std::string (*sign)(const std::string& secret, const std::string& text) = nullptr;
};

std::expected<AlibabaProof, Refusal> ProofV3(const Request& request) {
  const auto authorization = ParseAlibabaV3Authorization(request.Header("authorization"));
  if (!authorization) return Refuse(400, "IncompleteSignature", "Authorization is malformed.");
  const std::string hash = Hex(Sha256(request.body));
  if (request.Header("x-acs-content-sha256") != hash) {
    return Refuse(400, "SignatureDoesNotMatch", "x-acs-content-sha256 is not the body's hash.");
  }
  for (const char* name : {"host", "x-acs-action", "x-acs-version", "x-acs-date",
                           "x-acs-signature-nonce", "x-acs-content-sha256"}) {
    if (std::ranges::find(authorization->signed_headers, name) ==
        authorization->signed_headers.end()) {
      return Refuse(400, "IncompleteSignature", std::string(name) + " must be signed.");
    }
  }
  return AlibabaProof{authorization->access_key,
                      std::string(request.Header("x-acs-signature-nonce")),
                      std::string(request.Header("x-acs-security-token")),
                      ParseIsoTime(request.Header("x-acs-date")),
                      AlibabaV3CanonicalRequest(request, authorization->signed_headers, hash),
                      authorization->signature,
                      AlibabaV3Signature};
}

std::expected<AlibabaProof, Refusal> ProofV1(const Request& request, const Pairs& parameters) {
  for (const char* name : {"AccessKeyId", "Signature", "SignatureNonce", "Timestamp"}) {
    if (Value(parameters, name).empty()) {
      return Refuse(400, std::string("Missing") + name, std::string(name) + " is mandatory.");
    }
  }
  if (Value(parameters, "SignatureMethod") != "HMAC-SHA1") {
    return Refuse(400, "InvalidSignatureMethod", "Only HMAC-SHA1 is supported.");
  }
  return AlibabaProof{Value(parameters, "AccessKeyId"),
                      Value(parameters, "SignatureNonce"),
                      Value(parameters, "SecurityToken"),
                      ParseIsoTime(Value(parameters, "Timestamp")),
                      AlibabaV1StringToSign(request.method, parameters),
                      Value(parameters, "Signature"),
                      AlibabaV1Signature};
}

std::optional<Refusal> AlibabaTokenFault(const Credential& credential, const std::string& token,
                                         Millis wall) {
  if (!credential.session_token.empty() && token.empty()) {
    return Refusal{400, "MissingSecurityToken", "SecurityToken is mandatory for this key."};
  }
  if (!SameBytes(token, credential.session_token)) {
    return Refusal{400, "InvalidSecurityToken.MismatchWithAccessKey", "The token is not valid."};
  }
  if (credential.expires_at != 0 && wall >= credential.expires_at) {
    return Refusal{400, "InvalidSecurityToken.Expired", "The security token has expired."};
  }
  return std::nullopt;
}

}  // namespace

std::expected<Caller, Refusal> AuthenticateAws(const Request& request, const std::string& service,
                                               const CredentialBook& book, AwsSigner& signer,
                                               Millis wall) {
  const std::string_view header = request.Header("authorization");
  if (header.empty()) {
    return Refuse(403, "MissingAuthenticationTokenException", "The request is not signed.");
  }
  const auto authorization = ParseAwsAuthorization(header);
  if (!authorization) return Refuse(403, "IncompleteSignature", "Authorization is malformed.");
  const Credential* credential = book.Find("aws", authorization->access_key);
  if (!credential) {
    return Refuse(403, "UnrecognizedClientException",
                  "The security token included in the request is invalid.");
  }
  const std::string date(request.Header("x-amz-date"));
  if (auto fault = AwsClockFault(ParseIsoTime(date), wall)) return std::unexpected(*fault);
  if (!date.starts_with(authorization->date)) return Mismatch("The scope is of another day.");
  if (authorization->service != service) return Mismatch("The scope is of another service.");
  const std::string left_out = UnsignedHeader(request, authorization->signed_headers);
  if (!left_out.empty()) return Mismatch("The header " + left_out + " must be signed.");
  const std::string hash = Hex(Sha256(request.body));
  const std::string_view declared = request.Header("x-amz-content-sha256");
  if (!declared.empty() && declared != hash) return Mismatch("The body has another hash.");
  const std::string expected =
      signer.Signature(credential->secret, *authorization, date,
                       AwsCanonicalRequest(request, authorization->signed_headers, hash));
  if (!SameBytes(expected, authorization->signature)) {
    return Mismatch("The request signature we calculated does not match the one you provided.");
  }
  const auto token = request.Header("x-amz-security-token");
  if (auto fault = AwsTokenFault(*credential, token, wall)) return std::unexpected(*fault);
  return Caller{credential->account, authorization->region, credential->access_key,
                credential->arn};
}

std::expected<Caller, Refusal> AuthenticateAlibaba(const Request& request, const Pairs& parameters,
                                                   CredentialBook& book, Millis wall) {
  const bool v3 = !request.Header("authorization").empty();
  const auto proof = v3 ? ProofV3(request) : ProofV1(request, parameters);
  if (!proof) return std::unexpected(proof.error());
  const Credential* credential = book.Find("alibaba", proof->access_key);
  if (!credential) {
    return Refuse(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.");
  }
  if (proof->signed_at < 0) {
    return Refuse(400, "InvalidTimeStamp.Format", "The timestamp is not well formed.");
  }
  if (std::llabs(proof->signed_at - wall) > kMostSkew) {
    return Refuse(400, "InvalidTimeStamp.Expired", "The timestamp is more than 15 minutes off.");
  }
  if (!SameBytes(proof->sign(credential->secret, proof->to_sign), proof->signature)) {
    return Refuse(400, "SignatureDoesNotMatch",
                  "Specified signature is not matched with our calculation. server string to sign "
                  "is:" +
                      proof->to_sign);
  }
  if (auto fault = AlibabaTokenFault(*credential, proof->token, wall)) {
    return std::unexpected(*fault);
  }
  if (!book.UseNonce(proof->access_key + "\n" + proof->nonce, wall)) {
    return Refuse(400, "SignatureNonceUsed", "Specified signature nonce was used already.");
  }
  const std::string region = Value(parameters, "RegionId");
  return Caller{credential->account, region.empty() ? "cn-shanghai" : region,
                credential->access_key, credential->arn};
}

}  // namespace instanced::cloudsim
