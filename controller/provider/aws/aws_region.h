// Regions, partitions, endpoints and ARNs. Pure.
//
// Facts: endpoints are https://{service}.{region}.amazonaws.com, in China with .cn; the partition
// is aws, aws-cn or aws-us-gov by the region's beginning.
#pragma once

#include <string>
#include <string_view>

#include "controller/http/http_client.h"

namespace instanced::aws {

enum class RegionForm { kValid, kInvalid };
// Letters, digits and dashes, as every region is: it becomes part of a host name.
RegionForm CheckRegion(std::string_view region);
HttpEndpoint ServiceEndpoint(std::string_view service, std::string_view region);

// Where an instance stands; the account is empty while nobody has said it.
struct AwsLocation {
  std::string region;
  std::string account_id;
};
// "arn:aws:connect:us-east-1:123456789012:instance/1111-..."
std::string InstanceArn(std::string_view service, const AwsLocation& location,
                        std::string_view instance_id);

}  // namespace instanced::aws
