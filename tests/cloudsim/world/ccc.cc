#include "tests/cloudsim/world/ccc.h"

#include <algorithm>
#include <cctype>

namespace instanced::cloudsim {
namespace {

constexpr const char* kNone = "\xe6\x97\xa0";  // what the API writes for "none"

std::unexpected<Refusal> NotFound(const std::string& id) {
  return Refuse(404, "NotExists.InstanceId", "The instance " + id + " does not exist.");
}

bool IsDomain(const std::string& domain) {
  return !domain.empty() && domain.size() <= 48 && std::ranges::all_of(domain, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  });
}

std::optional<Refusal> CreateFault(const Ask& ask) {
  for (const char* member : {"Name", "DomainName", "StorageMaxDays", "StorageMaxSize"}) {
    if (Text(ask, member).empty()) {
      return Refusal{400, std::string("Missing") + member, std::string(member) + " is mandatory."};
    }
  }
  for (const char* member : {"StorageMaxDays", "StorageMaxSize"}) {
    const auto value = Number(ask, member);
    if (!value || *value < 0) {
      return Refusal{400, "Parameter.Format", std::string(member) + " must be a number."};
    }
  }
  if (!IsDomain(Text(ask, "DomainName"))) {
    return Refusal{400, "Parameter.Format", "DomainName is not valid."};
  }
  return std::nullopt;
}

Json PhoneNumber(const Instance& instance, const std::string& number, std::size_t index) {
  return {{"PhoneNumberId", instance.id.substr(0, 24) + "0000000000" + std::to_string(10 + index)},
          {"InstanceId", instance.id},
          {"Number", number},
          {"PhoneNumberDescription", "Simulated Telecom"},
          {"TestOnly", false},
          {"RemainingTime", 0},
          {"AllowOutbound", true},
          {"Usage", "Bidirection"},
          {"Trunks", 1}};
}

// The document's own oddity: ids in one list element, the person's details in the next.
Json Administrators(const Instance& instance, const Json& ram_ids, const std::string& login) {
  Json users = Json::array();
  for (const Json& ram_id : ram_ids) {
    users.push_back({{"RamId", ram_id}, {"InstanceId", instance.id}, {"UserId", kNone}});
    users.push_back({{"Detail",
                      {{"LoginName", login},
                       {"DisplayName", login},
                       {"Email", login + "@example.com"},
                       {"Phone", "13100001234"},
                       {"Department", "IT"}}}});
  }
  return users;
}

Json Render(const Instance& instance, const Contents& seen, const Settings& settings, Millis now) {
  const Json& fields = seen.fields;
  const std::string domain = fields.at("DomainName");
  Json numbers = Json::array();
  for (const Json& number : fields.value("PhoneNumbers", Json::array())) {
    numbers.push_back(PhoneNumber(instance, number, numbers.size()));
  }
  return {{"InstanceId", instance.id},
          {"InstanceName", fields.at("Name")},
          {"InstanceDescription", fields.value("Description", "")},
          {"DomainName", domain},
          {"ConsoleUrl", "ccc.aliyun.com/workbench/" + domain},
          {"StorageBucket", fields.value("StorageBucket", "cloudcallcenter-online")},
          {"StorageMaxDays", fields.at("StorageMaxDays")},
          {"StorageMaxSize", fields.at("StorageMaxSize")},
          {"MaxOnlineAgents", fields.value("MaxOnlineAgents", 100)},
          {"TenantId", "acc" + std::to_string(1000 + instance.serial)},
          {"DirectoryId", fields.value("DirectoryId", kNone)},
          {"Status", StateAt(instance, settings, now)},
          {"CreatedTime", instance.created_at},
          {"Owner", instance.account},
          {"Admin",
           {{"User", Administrators(instance, fields.value("AdminRamIds", Json::array()),
                                    fields.value("AdminLogin", "admin"))}}},
          {"PhoneNumbers", {{"PhoneNumber", numbers}}}};
}

const Instance* FindById(World& world, const Ask& ask) {
  return world.Find(Service::kCcc, Text(ask, "InstanceId"), ask.caller.account, "", ask.now);
}

std::optional<Refusal> Closed(const World& world) {
  const std::string& code = world.settings().ccc_closed_code;
  if (code.empty()) return std::nullopt;
  return Refusal{404, code, "The API is not open to this account."};
}

Instance Fresh(World& world, const Ask& ask) {
  Instance instance = world.Draft(Service::kCcc, ask.caller.account, ask.caller.region, ask.now);
  instance.ready_at = ask.now + world.settings().ccc_provision_ms;
  Json& fields = instance.contents.fields;
  for (const char* member : {"Name", "DomainName", "Description", "DirectoryId"}) {
    if (ask.input.contains(member)) fields[member] = ask.input[member];
  }
  for (const char* member : {"StorageMaxDays", "StorageMaxSize"}) {
    fields[member] = *Number(ask, member);
  }
  auto numbers = Numbered(ask, "PhoneNumbers");
  if (const std::string single = Text(ask, "PhoneNumber"); !single.empty()) {
    numbers.insert(numbers.begin(), single);
  }
  fields["PhoneNumbers"] = numbers;
  fields["AdminRamIds"] = Numbered(ask, "AdminRamId");
  return instance;
}

// With bad luck the first number is not attached; the answer says so and is still OK.
Json Detach(Instance& instance, const Directives& directives) {
  Json& numbers = instance.contents.fields["PhoneNumbers"];
  if (directives.partial_create.empty() || numbers.empty()) return Json::array();
  const Json failed = Json::array({numbers[0]});
  numbers.erase(0);
  return failed;
}

Outcome CreateInstance(World& world, const Ask& ask) {
  if (auto closed = Closed(world)) return std::unexpected(*closed);
  if (auto fault = CreateFault(ask)) return std::unexpected(*fault);
  if (world.Holder(Service::kCcc, "", Text(ask, "DomainName"), ask.now)) {
    return Refuse(409, "AlreadyExists.InstanceId", "The domain name is already taken.");
  }
  const std::int64_t quota = world.settings().ccc_instances;
  if (quota > 0 && world.Count(Service::kCcc, ask.caller.account, "", ask.now) >= quota) {
    return Refuse(400, "LimitExceeded.Instance", "The quota of instances is reached.");
  }
  Instance instance = Fresh(world, ask);
  const Json failed = Detach(instance, ask.directives);
  world.Put(instance);
  Json rendered = Render(instance, instance.contents, world.settings(), ask.now);
  rendered["SuccessPhoneNumbers"]["SuccessPhoneNumber"] = rendered["PhoneNumbers"]["PhoneNumber"];
  rendered["FailPhoneNumbers"]["FailPhoneNumber"] = Json::array();
  for (const Json& number : failed) {
    rendered["FailPhoneNumbers"]["FailPhoneNumber"].push_back(PhoneNumber(instance, number, 80));
  }
  rendered["SuccessLoginNames"]["SuccessLoginName"] = instance.contents.fields["AdminRamIds"];
  rendered["FailLoginNames"]["FailLoginName"] = Json::array();
  return Done{{{"Instance", std::move(rendered)}}, instance.id, Effect::kCreated};
}

Outcome GetInstance(World& world, const Ask& ask) {
  const Instance* found = FindById(world, ask);
  const Settings& settings = world.settings();
  const Contents* seen =
      found ? ContentsAt(*found, settings, ask.now, settings.describe_lag_ms) : nullptr;
  if (!seen) return NotFound(Text(ask, "InstanceId"));
  return Done{{{"Instance", Render(*found, *seen, settings, ask.now)}}, found->id};
}

Outcome DeleteInstance(World& world, const Ask& ask) {
  if (auto closed = Closed(world)) return std::unexpected(*closed);
  const Instance* found = FindById(world, ask);
  if (!found || found->deleted_at) return NotFound(Text(ask, "InstanceId"));
  const std::string id = found->id;
  world.Change(*found, ask.now, [&](Instance& next) { next.deleted_at = ask.now; });
  return Done{Json::object(), id, Effect::kDeleted};
}

Outcome ListInstancesOfUser(World& world, const Ask& ask) {
  const Settings& settings = world.settings();
  Json list = Json::array();
  for (const Instance* instance : world.All(Service::kCcc, ask.caller.account, "", ask.now)) {
    const Contents* seen = ContentsAt(*instance, settings, ask.now, settings.list_lag_ms);
    if (seen) list.push_back(Render(*instance, *seen, settings, ask.now));
  }
  return Done{{{"Instances", {{"CallCenterInstance", std::move(list)}}}}, ""};
}

}  // namespace

const std::map<std::string, Operation>& CccOperations() {
  static const std::map<std::string, Operation> operations = {
      {"CreateInstance", CreateInstance},
      {"GetInstance", GetInstance},
      {"DeleteInstance", DeleteInstance},
      {"ListInstancesOfUser", ListInstancesOfUser},
  };
  return operations;
}

}  // namespace instanced::cloudsim
