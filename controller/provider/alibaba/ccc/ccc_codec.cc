#include "controller/provider/alibaba/ccc/ccc_codec.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <nlohmann/json.hpp>

#include "controller/provider/alibaba/lenient_json.h"
#include "controller/provider/alibaba/request_codec.h"

namespace instanced::alibaba {
namespace {

using nlohmann::json;
using enum FieldForm;

// The limit of 2020-07-01; this version documents none.
constexpr std::size_t kDescriptionMax = 256;

constexpr auto kCreateRules = std::to_array<ParameterRule>({
    {"name", "Name"},
    {"domainName", "DomainName"},
    {"storageMaxDays", "StorageMaxDays"},
    {"storageMaxSize", "StorageMaxSize"},
    {"description", "Description"},
    {"directoryId", "DirectoryId"},
    {"phoneNumber", "PhoneNumber"},
    {"phoneNumbers", "PhoneNumbers", ParameterForm::kList},
    {"adminRamIds", "AdminRamId", ParameterForm::kList},
    {"userObjects", "UserObject", ParameterForm::kList},
});

constexpr auto kInstanceFields = std::to_array<WireField>({
    {"InstanceId", "instanceId"},
    {"InstanceName", "instanceName"},
    {"InstanceDescription", "instanceDescription"},
    {"DomainName", "domainName"},
    {"ConsoleUrl", "consoleUrl"},
    {"StorageBucket", "storageBucket"},
    {"StorageMaxDays", "storageMaxDays", kInteger},
    {"StorageMaxSize", "storageMaxSize", kInteger},
    {"MaxOnlineAgents", "maxOnlineAgents", kInteger},
    {"TenantId", "tenantId"},
    {"DirectoryId", "directoryId", kTextOrNone},
    {"Status", "status"},
    {"CreatedTime", "createdTime", kTime},
    {"Owner", "owner"},
});

constexpr auto kPhoneNumberFields = std::to_array<WireField>({
    {"PhoneNumberId", "phoneNumberId"},
    {"InstanceId", "instanceId"},
    {"Number", "number"},
    {"PhoneNumberDescription", "phoneNumberDescription"},
    {"TestOnly", "testOnly", kFlag},
    {"RemainingTime", "remainingTime", kInteger},
    {"AllowOutbound", "allowOutbound", kFlag},
    {"Usage", "usage"},
    {"Trunks", "trunks", kInteger},
});

constexpr auto kUserFields = std::to_array<WireField>({
    {"RamId", "ramId"},
    {"InstanceId", "instanceId"},
    {"UserId", "userId", kTextOrNone},
});

constexpr auto kDetailFields = std::to_array<WireField>({{"Department", "department"}});
constexpr auto kPersonalFields = std::to_array<WireField>({
    {"LoginName", "loginName"},
    {"DisplayName", "displayName"},
    {"Email", "email"},
    {"Phone", "phone"},
});

// The comparable fields, under forProvider's names.
constexpr auto kComparableFields = std::to_array<WireField>({
    {"InstanceName", "name"},
    {"DomainName", "domainName"},
    {"StorageMaxDays", "storageMaxDays", kInteger},
    {"StorageMaxSize", "storageMaxSize", kInteger},
    {"DirectoryId", "directoryId", kTextOrNone},
});

json DecodeUser(const json& user, PersonalData personal) {
  json decoded = Project(user, kUserFields);
  const json* detail = FindMember(user, "Detail");
  if (detail == nullptr || !detail->is_object()) return decoded;
  json shown = Project(*detail, kDetailFields);
  if (personal == PersonalData::kShow) shown.update(Project(*detail, kPersonalFields));
  if (!shown.empty()) decoded["detail"] = std::move(shown);
  return decoded;
}

// A refused number is a bare string or a PhoneNumber.
json DecodeNumber(const json& number) {
  if (auto text = AsText(&number)) return *std::move(text);
  return Project(number, kPhoneNumberFields);
}

}  // namespace

Result<std::string> EncodeCccCreate(const CreateInput& input) {
  auto parameters = ToParameters(input.parameters, kCreateRules);
  if (!parameters) return std::unexpected(std::move(parameters.error()));
  auto description = MarkedDescription("description", (*parameters)["Description"],
                                       input.mark.suffix, kDescriptionMax);
  if (!description) return std::unexpected(std::move(description.error()));
  (*parameters)["Description"] = *std::move(description);
  return EncodeRequest(*parameters);
}

std::vector<std::string> DefaultCccReadyStates() { return {"running", "created", "active"}; }

Lifecycle CccLifecycle(std::string_view status, std::span<const std::string> ready_states) {
  const auto is = [status](std::string_view word) {
    return std::ranges::equal(status, word, [](unsigned char a, unsigned char b) {
      return std::tolower(a) == std::tolower(b);
    });
  };
  if (status.empty()) return Lifecycle::kUnknown;
  if (is("creating")) return Lifecycle::kCreating;
  if (is("stopped")) return Lifecycle::kSuspended;
  if (is("released")) return Lifecycle::kGone;
  return std::ranges::any_of(ready_states, is) ? Lifecycle::kReady : Lifecycle::kUnknown;
}

Observation DecodeCccInstance(const json& instance, std::span<const std::string> ready_states,
                              PersonalData personal) {
  Observation observation;
  observation.external_name = TextOf(instance, "InstanceId");
  observation.cloud_state = TextOf(instance, "Status");
  observation.lifecycle = CccLifecycle(observation.cloud_state, ready_states);
  observation.natural_key = TextOf(instance, "DomainName");
  observation.created_at = AsTime(FindMember(instance, "CreatedTime"));
  auto described = SplitSuffix(TextOf(instance, "InstanceDescription"));
  observation.mark = ObservedMark{{}, {}, std::move(described.suffix)};
  observation.fields = Project(instance, kComparableFields);
  observation.fields["description"] = std::move(described.description);
  observation.at_provider = Project(instance, kInstanceFields);
  json admin = json::array();
  for (const json* user : ItemsOf(instance, "Admin", "User")) {
    admin.push_back(DecodeUser(*user, personal));
  }
  if (!admin.empty()) observation.at_provider["admin"] = std::move(admin);
  json numbers = json::array();
  for (const json* number : ItemsOf(instance, "PhoneNumbers", "PhoneNumber")) {
    numbers.push_back(Project(*number, kPhoneNumberFields));
  }
  if (!numbers.empty()) observation.at_provider["phoneNumbers"] = std::move(numbers);
  return observation;
}

json DecodeCccCreateWarnings(const json& answer, PersonalData personal) {
  json warnings = json::object();
  for (const json* number : ItemsOf(answer, "FailPhoneNumbers", "FailPhoneNumber")) {
    warnings["failPhoneNumbers"].push_back(DecodeNumber(*number));
  }
  const auto names = ItemsOf(answer, "FailLoginNames", "FailLoginName");
  if (names.empty()) return warnings;
  warnings["failLoginNameCount"] = names.size();
  if (personal == PersonalData::kHide) return warnings;
  for (const json* name : names) {
    warnings["failLoginNames"].push_back(AsText(name).value_or(TextOf(*name, "LoginName")));
  }
  return warnings;
}

}  // namespace instanced::alibaba
