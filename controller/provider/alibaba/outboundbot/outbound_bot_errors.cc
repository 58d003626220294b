#include <array>

#include "controller/provider/alibaba/outboundbot/outbound_bot_codec.h"

namespace instanced::alibaba {
namespace {

using enum CodeMatch;
using enum ErrorClass;

// What Describe and Delete answer for an unknown id is documented nowhere; siblings answer
// NotExist.Instance. A resource group that is missing is not a missing instance.
constexpr auto kErrors = std::to_array<ErrorRow>({
    {"", kExact, "InvalidInstanceName.Duplicated", kTaken},
    {"", kExact, "LimitExceeded.ConcurrentConversation", kQuota},
    {"", kPrefix, "LimitExceeded.", kQuota},
    {"", kExact, "NotExist.Instance", kNotFound},
    {"ChangeResourceGroup", kPrefix, "InvalidResourceGroup", kValidation},
    {"ChangeResourceGroup", kPrefix, "NotExist.ResourceGroup", kValidation},
    {"ChangeResourceGroup", kPrefix, "EntityNotExist.ResourceGroup", kValidation},
    {"", kExact, "InternalError", kTransient},
});

}  // namespace

std::span<const ErrorRow> OutboundBotErrors() { return kErrors; }

}  // namespace instanced::alibaba
