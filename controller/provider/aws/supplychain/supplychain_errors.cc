#include "controller/provider/aws/supplychain/supplychain_errors.h"

#include <array>

namespace instanced::aws {
namespace {

using enum AwsMeaning;

constexpr std::array kSupplyChain{
    AwsErrorRule{"AccessDeniedException", 403, kAuth, AuthHint::kPermission},
    AwsErrorRule{"ConflictException", 409, kExists},
    AwsErrorRule{"InternalServerException", 500, kTransient},
    AwsErrorRule{"ResourceNotFoundException", 404, kNotFound},
    AwsErrorRule{"ServiceQuotaExceededException", 402, kQuota},
    AwsErrorRule{"ThrottlingException", 429, kThrottled},
    AwsErrorRule{"ValidationException", 400, kValidation},
};

}  // namespace

std::span<const AwsErrorRule> SupplyChainErrors() { return kSupplyChain; }

AwsVerdict ClassifySupplyChain(Effect effect, std::string_view code, int http_status,
                               std::string_view /*message*/) {
  return Classify(kSupplyChain, effect, code, http_status);
}

}  // namespace instanced::aws
