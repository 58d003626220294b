// AccessKeySource: where the transport gets the key it signs with.
//
// Threads: the loop's. Ownership: shared by every provider of one ProviderConfig.
#pragma once

#include <optional>

#include "api/error/error.h"
#include "controller/provider/alibaba/rpc_signature.h"
#include "controller/provider/call_gate.h"
#include "controller/task/task.h"

namespace instanced::alibaba {

struct AccessKey {
  SigningKey key;
  std::optional<WallTime> expires_at;  // nothing: does not expire by itself
};

class AccessKeySource {
 public:
  virtual ~AccessKeySource() = default;
  virtual Task<Result<SigningKey>> Get(CallContext context) = 0;
  // The key was refused, or the configuration was read anew: the next Get fetches again.
  virtual void Invalidate() = 0;
};

// A key somebody already holds; used to ask the security token service for another one.
class FixedAccessKey final : public AccessKeySource {
 public:
  explicit FixedAccessKey(SigningKey key) : key_(std::move(key)) {}
  Task<Result<SigningKey>> Get(CallContext) override { co_return key_; }
  void Invalidate() override {}

 private:
  SigningKey key_;
};

}  // namespace instanced::alibaba
