// Amazon Connect behind the provider seam.
//
// Observe is DescribeInstance and, once the instance is active, ListInstanceAttributes to its end:
// the one place where a verb follows pages, because they are at most 3 of 7 for the 13 attribute
// types there are. Anything beyond the third page is not read.
// There is no deleting state: a deleted instance is NotFound at once or after a while.
//
// Threads: the loop's. Ownership: must outlive its calls in flight.
#pragma once

#include <string>

#include "controller/provider/aws/aws_region.h"
#include "controller/provider/aws/aws_transport.h"
#include "controller/provider/aws/rest_json_client.h"
#include "controller/provider/provider.h"

namespace instanced::aws {

AwsService ConnectService();

class ConnectProvider final : public InstanceProvider {
 public:
  ConnectProvider(RestJsonClient client, AwsLocation location);

  Result<std::string> EncodeCreate(const CreateInput& input) const override;
  Task<Result<Created>> Create(CallContext context, std::string request) override;
  Task<Result<Observation>> Observe(CallContext context, std::string external_name) override;
  Task<Result<void>> Update(CallContext context, UpdateInput input) override;
  Task<Result<void>> Delete(CallContext context, std::string external_name,
                            std::string token) override;
  Task<Result<ListPage>> List(CallContext context, std::string page) override;

 private:
  Task<Result<void>> ReadAttributes(CallContext context, Observation& observation);
  Result<RestCall> CallFor(const UpdateInput& input) const;

  RestJsonClient client_;
  AwsLocation location_;
};

}  // namespace instanced::aws
