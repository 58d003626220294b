// Small request signers of the tests' own, written for the tests only: they share no code with
// the simulator's verification except hashing and percent encoding.
#pragma once

#include <map>
#include <string>

#include "tests/cloudsim/api/message.h"

namespace instanced::cloudsim {

struct AwsKey {
  std::string access_key = "AKIACLOUDSIM00000001";
  std::string secret = "cloudsim-aws-secret-one";
  std::string token;
};

// A signed restJson or query request; `target` is sent as given. `at`: ms since the epoch.
Request SignedAws(const AwsKey& key, const std::string& service, const std::string& method,
                  const std::string& target, const std::string& body, long long at);

struct AlibabaKey {
  std::string access_key = "LTAICLOUDSIM0001";
  std::string secret = "cloudsim-ali-secret-one";
  std::string token;
};

// A V1-signed POST with everything in the query.
Request SignedAlibaba(const AlibabaKey& key, const std::string& action, const std::string& version,
                      std::map<std::string, std::string> parameters, const std::string& nonce,
                      long long at);

// The request's bytes on the wire, Content-Length included.
std::string Wire(const Request& request);

}  // namespace instanced::cloudsim
