// Certificates made on the spot, so that no key is kept in the tree and none can expire there.
#pragma once

#include <memory>
#include <string>

namespace instanced {

struct Identity {
  std::string cert_pem;
  std::string key_pem;
};

enum class Validity { kNow, kExpired };

// A certificate authority of its own, valid for an hour.
class TestAuthority {
 public:
  TestAuthority();
  ~TestAuthority();
  const std::string& ca_pem() const { return ca_pem_; }
  // `name` as OpenSSL writes alternative names: "DNS:cloud.test", "IP:127.0.0.1".
  Identity Issue(const std::string& name, Validity validity = Validity::kNow) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
  std::string ca_pem_;
};

}  // namespace instanced
