// CccProvider: Alibaba Cloud Call Center instances (API 2017-07-05) behind the provider seam.
//
// The API takes no idempotency token: DomainName, globally unique, is what tells a create of
// unknown fate. Nothing can be modified, and a create may refuse single numbers and login names
// while it succeeds; those reach atProvider.createWarnings, and stay there until they are there.
//
// Threads: the loop's. Ownership: outlives every call it has in flight.
#pragma once

#include <string>
#include <vector>

#include "controller/provider/alibaba/ccc/ccc_codec.h"
#include "controller/provider/alibaba/rpc_client.h"
#include "controller/provider/provider.h"

namespace instanced::alibaba {

struct CccOptions {
  std::vector<std::string> ready_states = DefaultCccReadyStates();
  PersonalData personal = PersonalData::kHide;
};

class CccProvider final : public InstanceProvider {
 public:
  CccProvider(RpcClient client, CccOptions options)
      : client_(std::move(client)), options_(std::move(options)) {}

  Result<std::string> EncodeCreate(const CreateInput& input) const override;
  Task<Result<Created>> Create(CallContext context, std::string request) override;
  Task<Result<Observation>> Observe(CallContext context, std::string external_name) override;
  // Terminal without a call: the API has none.
  Task<Result<void>> Update(CallContext context, UpdateInput input) override;
  Task<Result<void>> Delete(CallContext context, std::string external_name,
                            std::string token) override;
  // All instances of the user in one page.
  Task<Result<ListPage>> List(CallContext context, std::string page) override;

 private:
  Result<Created> DecodeCreated(const nlohmann::json& answer) const;

  RpcClient client_;
  CccOptions options_;
};

}  // namespace instanced::alibaba
