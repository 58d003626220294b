#include "controller/provider/aws/aws_region.h"

#include <algorithm>

namespace instanced::aws {
namespace {

constexpr std::size_t kRegionMax = 32;

std::string_view Partition(std::string_view region) {
  if (region.starts_with("cn-")) return "aws-cn";
  if (region.starts_with("us-gov-")) return "aws-us-gov";
  return "aws";
}

}  // namespace

RegionForm CheckRegion(std::string_view region) {
  const bool plain = std::ranges::all_of(
      region, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
  const bool valid = plain && region.size() >= 2 && region.size() <= kRegionMax &&
                     region.front() != '-' && region.back() != '-';
  return valid ? RegionForm::kValid : RegionForm::kInvalid;
}

HttpEndpoint ServiceEndpoint(std::string_view service, std::string_view region) {
  std::string host(service);
  host.append(".").append(region).append(".amazonaws.com");
  if (Partition(region) == "aws-cn") host.append(".cn");
  return {HttpOrigin{Scheme::kHttps, std::move(host), 443}, ""};
}

std::string InstanceArn(std::string_view service, const AwsLocation& location,
                        std::string_view instance_id) {
  std::string arn = "arn:";
  arn.append(Partition(location.region)).append(":").append(service).append(":");
  arn.append(location.region).append(":").append(location.account_id);
  return arn.append(":instance/").append(instance_id);
}

}  // namespace instanced::aws
