#include <array>

#include "controller/provider/alibaba/ccc/ccc_codec.h"

namespace instanced::alibaba {
namespace {

using enum CodeMatch;
using enum ErrorClass;

// Create and delete of this version are in the SDKs but not in the public overview: an account may
// find them closed. That must never read as "gone", nor as a bug of the spec.
constexpr auto kErrors = std::to_array<ErrorRow>({
    {"CreateInstance", kPrefix, "InvalidApi", kNotOffered},
    {"DeleteInstance", kPrefix, "InvalidApi", kNotOffered},
    {"CreateInstance", kPrefix, "InvalidAction", kNotOffered},
    {"DeleteInstance", kPrefix, "InvalidAction", kNotOffered},
    {"CreateInstance", kPrefix, "InvalidVersion", kNotOffered},
    {"DeleteInstance", kPrefix, "InvalidVersion", kNotOffered},
    {"CreateInstance", kExact, "NoSuchVersion", kNotOffered},
    {"DeleteInstance", kExact, "NoSuchVersion", kNotOffered},
    {"CreateInstance", kExact, "UnsupportedOperation", kNotOffered},
    {"DeleteInstance", kExact, "UnsupportedOperation", kNotOffered},
    // Spellings of a closed API below Forbidden; what remains there is a missing permission.
    {"CreateInstance", kPrefix, "Forbidden.Unsupported", kNotOffered},
    {"DeleteInstance", kPrefix, "Forbidden.Unsupported", kNotOffered},
    {"CreateInstance", kPrefix, "Forbidden.NotSupport", kNotOffered},
    {"DeleteInstance", kPrefix, "Forbidden.NotSupport", kNotOffered},
    {"CreateInstance", kPrefix, "Forbidden.NotOpen", kNotOffered},
    {"DeleteInstance", kPrefix, "Forbidden.NotOpen", kNotOffered},
    {"CreateInstance", kPrefix, "Forbidden.Api", kNotOffered},
    {"DeleteInstance", kPrefix, "Forbidden.Api", kNotOffered},
    {"", kExact, "NotExists.InstanceId", kNotFound},
    {"", kPrefix, "NotExists.", kValidation},  // a number, user, role: not the instance
    {"", kExact, "AlreadyExists.InstanceId", kTaken},
    {"CreateInstance", kPrefix, "AlreadyExists.Domain", kTaken},
    {"", kPrefix, "AlreadyExists.", kBusy},
    {"", kPrefix, "InUse.", kBusy},
    {"", kExact, "UserBusy", kBusy},
    {"", kPrefix, "Parameter.", kValidation},
    {"", kExact, "Permission.StsToken", kAuth, Reaction::kRefreshCredential},
    {"", kPrefix, "Permission.", kAuth},
    {"", kPrefix, "InternalService.", kTransient},
});

}  // namespace

std::span<const ErrorRow> CccErrors() { return kErrors; }

}  // namespace instanced::alibaba
