// Alibaba Cloud's request signatures as a server checks them: the RPC signature version 1.0 and
// ACS3-HMAC-SHA256 ("V3"). Rules: alibabacloud.com/help, "RPC mechanism" and "V3 request structure
// and signature". Written apart from the product's signer on purpose.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/cloudsim/api/message.h"

namespace instanced::cloudsim {

// `parameters`: decoded query and form parameters; the one named Signature is left out.
std::string AlibabaV1StringToSign(const std::string& method, Pairs parameters);
std::string AlibabaV1Signature(const std::string& secret, const std::string& string_to_sign);

struct AlibabaV3Authorization {
  std::string access_key;
  std::vector<std::string> signed_headers;
  std::string signature;
};
std::optional<AlibabaV3Authorization> ParseAlibabaV3Authorization(std::string_view header);

std::string AlibabaV3CanonicalRequest(const Request& request,
                                      const std::vector<std::string>& signed_headers,
                                      std::string_view payload_hash);
std::string AlibabaV3Signature(const std::string& secret, const std::string& canonical_request);

}  // namespace instanced::cloudsim
