// Alibaba Cloud Call Center, API 2017-07-05: https://help.aliyun.com/zh/ccs/
#include <algorithm>
#include <array>

#include "api/kinds/fields.h"
#include "api/kinds/kind_tables.h"

namespace instanced {
namespace {

using enum Mutability;
using enum Comparison;

// The API has no call that modifies an instance. Numbers and administrators may be refused one by
// one while the creation succeeds, and come back in another form: they cannot be compared.
constexpr std::array kFields{
    FieldRule{"name", kImmutable, kExact, {}},
    FieldRule{"domainName", kImmutable, kIgnoreCase, {}},
    FieldRule{"storageMaxDays", kImmutable, kExact, {}},
    FieldRule{"storageMaxSize", kImmutable, kExact, {}},
    FieldRule{"description", kImmutable, kDescription, {}},
    FieldRule{"directoryId", kImmutable, kExact, {}},
    FieldRule{"phoneNumber", kCreateOnly, kExact, {}},
    FieldRule{"phoneNumbers", kCreateOnly, kUnorderedList, {}},
    FieldRule{"adminRamIds", kCreateOnly, kUnorderedList, {}},
    FieldRule{"userObjects", kCreateOnly, kUnorderedList, {}},
};

constexpr std::array<std::string_view, 1> kObserve{"GetInstance"};

using nlohmann::json;

const json& ListAt(const json& object, const char* name) {
  static const json kNone = json::array();
  const auto it = object.find(name);
  return it != object.end() && it->is_array() ? *it : kNone;
}

// A number stands there as text, or as a phone number with its members.
std::string NumberOf(const json& entry) {
  if (entry.is_string()) return entry.get<std::string>();
  return entry.is_object() ? entry.value("number", "") : "";
}

std::string NameOf(const json& user) {
  return user.is_object() ? user.value("/detail/loginName"_json_pointer, "") : "";
}

bool Has(const json& list, std::string_view wanted, std::string (*text_of)(const json&)) {
  return std::ranges::any_of(list, [&](const json& entry) { return text_of(entry) == wanted; });
}

FieldDiff Refused(std::string field, std::string key, json declared) {
  return {std::move(field), std::move(key), std::move(declared), nullptr, kCreateOnly, ""};
}

std::string FieldOfNumber(const json& parameters, const std::string& number) {
  if (Has(ListAt(parameters, "phoneNumbers"), number, NumberOf)) return "phoneNumbers";
  const auto single = parameters.find("phoneNumber");
  return single != parameters.end() && *single == number ? "phoneNumber" : "";
}

void TakeNumbers(const json& parameters, const json& at_provider, json& warnings,
                 std::vector<FieldDiff>& diffs) {
  json left = json::array();
  for (const json& entry : ListAt(warnings, "failPhoneNumbers")) {
    const std::string number = NumberOf(entry);
    const std::string field = FieldOfNumber(parameters, number);
    if (field.empty() || Has(ListAt(at_provider, "phoneNumbers"), number, NumberOf)) continue;
    diffs.push_back(Refused(field, field == "phoneNumbers" ? number : "", number));
    left.push_back(entry);
  }
  warnings.erase("failPhoneNumbers");
  if (!left.empty()) warnings["failPhoneNumbers"] = std::move(left);
}

// Login names are shown only where personal data is; the number of administrators tells as well.
void TakeLogins(const json& parameters, const json& at_provider, json& warnings,
                std::vector<FieldDiff>& diffs) {
  const std::size_t declared =
      ListAt(parameters, "adminRamIds").size() + ListAt(parameters, "userObjects").size();
  const json& admin = ListAt(at_provider, "admin");
  json left = json::array();
  for (const json& name : ListAt(warnings, "failLoginNames")) {
    if (!name.is_string() || Has(admin, name.get<std::string>(), NameOf)) continue;
    left.push_back(name);
  }
  const bool named = warnings.contains("failLoginNames");
  const bool none_left = declared == 0 || admin.size() >= declared || (named && left.empty());
  warnings.erase("failLoginNames");
  if (none_left) warnings.erase("failLoginNameCount");
  const auto count = warnings.find("failLoginNameCount");
  if (count == warnings.end() || !count->is_number_unsigned()) return;
  if (named) *count = left.size();
  diffs.push_back(Refused("userObjects", "",
                          std::to_string(count->get<std::size_t>()) +
                              " of the declared administrators, refused by the create"));
  if (!left.empty()) warnings["failLoginNames"] = std::move(left);
}

std::vector<FieldDiff> RefusedParts(const json& parameters, const json& at_provider,
                                    json& warnings) {
  std::vector<FieldDiff> diffs;
  TakeNumbers(parameters, at_provider, warnings, diffs);
  TakeLogins(parameters, at_provider, warnings, diffs);
  return diffs;
}

}  // namespace

constinit const KindTraits kCloudCallCenterInstanceTraits{
    .kind = Kind::kCloudCallCenterInstance,
    .plural = "cloudcallcenterinstances",
    .singular = "cloudcallcenterinstance",
    .short_name = "ccci",
    .cloud = Cloud::kAlibaba,
    .service = "ccc",
    .fields = kFields,
    .create_guard = CreateGuard::kNaturalKey,
    .natural_key_field = "domainName",
    .natural_key_scope = NaturalKeyScope::kUnique,
    .mark_style = MarkStyle::kDescriptionSuffix,
    .description_field = "description",
    .operations = {.observe = kObserve,
                   .create = "CreateInstance",
                   .remove = "DeleteInstance",
                   .list = "ListInstancesOfUser",
                   .tag = {},
                   .untag = {}},
    .grouping = UpdateGrouping::kTogether,
    .list_is_complete = true,  // an entry has the members of GetInstance
    .list_scope = ListScope::kUser,
    .churn_limited = false,
    .other_fields = nullptr,
    .refused_parts = RefusedParts,
};

}  // namespace instanced
