// AWS Signature Version 4 as a server checks it. Rules: AWS General Reference, "Signature
// Version 4 signing process". Written apart from the product's signer on purpose.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/cloudsim/api/message.h"

namespace instanced::cloudsim {

struct AwsAuthorization {
  std::string access_key;
  std::string date;  // yyyymmdd
  std::string region;
  std::string service;
  std::vector<std::string> signed_headers;
  std::string signature;

  std::string Scope() const { return date + "/" + region + "/" + service + "/aws4_request"; }
};

// Nothing when the header is not a complete SigV4 authorization.
std::optional<AwsAuthorization> ParseAwsAuthorization(std::string_view header);

std::string AwsCanonicalRequest(const Request& request,
                                const std::vector<std::string>& signed_headers,
                                std::string_view payload_hash);

// Computes signatures, remembering the derived keys of recent scopes.
class AwsSigner {
 public:
  std::string Signature(const std::string& secret, const AwsAuthorization& authorization,
                        const std::string& amz_date, const std::string& canonical_request);

 private:
  std::unordered_map<std::string, std::string> keys_;
};

}  // namespace instanced::cloudsim
