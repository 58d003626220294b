// AWS Supply Chain behind the provider seam.
//
// Observe is GetInstance and ListTagsForResource; an instance that is deleted or being deleted is
// not asked for its tags, and its mark is not read. UpdateInstance and DeleteInstance take no
// token; repeating them is harmless. A create answered with a conflict is Taken when it asked for a
// domain, the one field that is unique, and Busy otherwise: looked up, then tried again soon.
//
// Threads: the loop's. Ownership: must outlive its calls in flight.
#pragma once

#include <string>

#include "controller/provider/aws/aws_region.h"
#include "controller/provider/aws/aws_transport.h"
#include "controller/provider/aws/rest_json_client.h"
#include "controller/provider/provider.h"

namespace instanced::aws {

AwsService SupplyChainService();

class SupplyChainProvider final : public InstanceProvider {
 public:
  SupplyChainProvider(RestJsonClient client, AwsLocation location);

  Result<std::string> EncodeCreate(const CreateInput& input) const override;
  Task<Result<Created>> Create(CallContext context, std::string request) override;
  Task<Result<Observation>> Observe(CallContext context, std::string external_name) override;
  Task<Result<void>> Update(CallContext context, UpdateInput input) override;
  Task<Result<void>> Delete(CallContext context, std::string external_name,
                            std::string token) override;
  Task<Result<ListPage>> List(CallContext context, std::string page) override;

 private:
  Result<RestCall> CallFor(const UpdateInput& input) const;

  RestJsonClient client_;
  AwsLocation location_;
};

}  // namespace instanced::aws
