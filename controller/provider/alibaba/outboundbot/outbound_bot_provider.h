// OutboundBotProvider: Alibaba OutboundBot instances (API 2019-12-26) behind the provider seam.
//
// The API is synchronous and knows no state, so an instance that can be described is ready. It
// takes no idempotency token: InstanceName, unique, is what tells a create of unknown fate. A 500
// that repeats on Describe proves nothing; the list does.
//
// Threads: the loop's. Ownership: outlives every call it has in flight.
#pragma once

#include <string>

#include "controller/provider/alibaba/rpc_client.h"
#include "controller/provider/provider.h"

namespace instanced::alibaba {

class OutboundBotProvider final : public InstanceProvider {
 public:
  explicit OutboundBotProvider(RpcClient client) : client_(std::move(client)) {}

  Result<std::string> EncodeCreate(const CreateInput& input) const override;
  Task<Result<Created>> Create(CallContext context, std::string request) override;
  Task<Result<Observation>> Observe(CallContext context, std::string external_name) override;
  // step.operation is ModifyInstance or ChangeResourceGroup.
  Task<Result<void>> Update(CallContext context, UpdateInput input) override;
  Task<Result<void>> Delete(CallContext context, std::string external_name,
                            std::string token) override;
  Task<Result<ListPage>> List(CallContext context, std::string page) override;

 private:
  RpcClient client_;
};

}  // namespace instanced::alibaba
