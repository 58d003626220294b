#include "tests/cloudsim/world/outbound_bot.h"

#include <algorithm>

namespace instanced::cloudsim {
namespace {

std::unexpected<Refusal> Unknown(const World& world, const std::string& id) {
  if (world.settings().outboundbot_unknown == "InternalError") {
    return Refuse(500, "InternalError", "An error occurred while processing your request.");
  }
  return Refuse(404, world.settings().outboundbot_unknown,
                "The instance " + id + " does not exist.");
}

std::unexpected<Refusal> Missing(const std::string& member) {
  return Refuse(400, "Missing" + member, member + " is mandatory for this action.");
}

const Instance* FindById(World& world, const Ask& ask) {
  return world.Find(Service::kOutboundBot, Text(ask, "InstanceId"), ask.caller.account, "",
                    ask.now);
}

std::int64_t UsedConcurrency(World& world, const Ask& ask, const std::string& except) {
  std::int64_t used = 0;
  for (const Instance* instance :
       world.All(Service::kOutboundBot, ask.caller.account, "", ask.now)) {
    if (instance->id != except && instance->origin != "preset" && !instance->deleted_at) {
      used += instance->contents.fields.value("MaxConcurrentConversation", 0);
    }
  }
  return used;
}

bool OverLicence(World& world, const Ask& ask, std::int64_t wanted, const std::string& except) {
  const std::int64_t limit = world.settings().outboundbot_concurrency;
  return limit > 0 && UsedConcurrency(world, ask, except) + wanted > limit;
}

Json Render(const Instance& instance, const Contents& seen) {
  const Json& fields = seen.fields;
  return {{"CreationTime", instance.created_at},
          {"InstanceId", instance.id},
          {"CreatorId", 435986},
          {"OwnerName", "owner-" + instance.account},
          {"Owner", instance.account},
          {"CreatorName", "creator"},
          {"InstanceName", fields.at("InstanceName")},
          {"InstanceDescription", fields.value("InstanceDescription", "")},
          {"ResourceGroupId", fields.value("ResourceGroupId", "rg-default")},
          {"NluServiceType", fields.value("NluServiceType", "Managed")},
          {"MaxConcurrentConversation", fields.at("MaxConcurrentConversation")}};
}

std::optional<Refusal> LimitFault(World& world, const Ask& ask, const std::string& except) {
  if (!ask.input.contains("MaxConcurrentConversation")) {
    return Missing("MaxConcurrentConversation").error();
  }
  const auto wanted = Number(ask, "MaxConcurrentConversation");
  if (!wanted || *wanted < 0) {
    return Refusal{400, "InvalidParameter", "MaxConcurrentConversation is not valid."};
  }
  if (OverLicence(world, ask, *wanted, except)) {
    return Refusal{400, "LimitExceeded.ConcurrentConversation", "The licence is exceeded."};
  }
  return std::nullopt;
}

void Edit(Instance& instance, const Ask& ask) {
  Json& fields = instance.contents.fields;
  for (const char* member : {"InstanceName", "InstanceDescription"}) {
    if (ask.input.contains(member)) fields[member] = ask.input[member];
  }
  fields["MaxConcurrentConversation"] = *Number(ask, "MaxConcurrentConversation");
  if (const auto numbers = Numbered(ask, "CallingNumber"); !numbers.empty()) {
    fields["CallingNumbers"] = numbers;
  }
}

bool NameTaken(World& world, const Ask& ask, const std::string& by_other_than) {
  const Instance* holder =
      world.Holder(Service::kOutboundBot, ask.caller.account, Text(ask, "InstanceName"), ask.now);
  return holder && holder->id != by_other_than;
}

Outcome CreateInstance(World& world, const Ask& ask) {
  if (Text(ask, "InstanceName").empty()) return Missing("InstanceName");
  if (NameTaken(world, ask, "")) {
    return Refuse(400, "InvalidInstanceName.Duplicated", "The instance name is already used.");
  }
  if (auto fault = LimitFault(world, ask, "")) return std::unexpected(*fault);
  const std::string nlu = Text(ask, "NluServiceType");
  if (!nlu.empty() && nlu != "Managed" && nlu != "Authorized" && nlu != "Provided" &&
      nlu != "DialogStudio") {
    return Refuse(400, "InvalidParameter", "NluServiceType is not valid.");
  }
  Instance instance =
      world.Draft(Service::kOutboundBot, ask.caller.account, ask.caller.region, ask.now);
  Edit(instance, ask);
  for (const char* member : {"NluServiceType", "ResourceGroupId"}) {
    if (ask.input.contains(member)) instance.contents.fields[member] = ask.input[member];
  }
  world.Put(instance);
  return Done{{{"Instance", Render(instance, instance.contents)}}, instance.id, Effect::kCreated};
}

Outcome DescribeInstance(World& world, const Ask& ask) {
  const Instance* found = FindById(world, ask);
  const Settings& settings = world.settings();
  const Contents* seen =
      found ? ContentsAt(*found, settings, ask.now, settings.describe_lag_ms) : nullptr;
  if (!seen) return Unknown(world, Text(ask, "InstanceId"));
  return Done{{{"Instance", Render(*found, *seen)}}, found->id};
}

Outcome ModifyInstance(World& world, const Ask& ask) {
  const Instance* found = FindById(world, ask);
  if (!found || found->deleted_at) return Unknown(world, Text(ask, "InstanceId"));
  if (NameTaken(world, ask, found->id)) {
    return Refuse(400, "InvalidInstanceName.Duplicated", "The instance name is already used.");
  }
  if (auto fault = LimitFault(world, ask, found->id)) return std::unexpected(*fault);
  world.Change(*found, ask.now, [&](Instance& next) { Edit(next, ask); });
  Json rendered = Render(*found, found->contents);
  rendered.erase("ResourceGroupId");
  return Done{{{"Instance", std::move(rendered)}}, found->id, Effect::kUpdated};
}

Outcome DeleteInstance(World& world, const Ask& ask) {
  const Instance* found = FindById(world, ask);
  if (!found || found->deleted_at) return Unknown(world, Text(ask, "InstanceId"));
  if (found->origin == "preset") {
    return Refuse(403, "Forbidden", "A preset instance cannot be deleted.");
  }
  const std::string id = found->id;
  world.Change(*found, ask.now, [&](Instance& next) { next.deleted_at = ask.now; });
  return Done{Json::object(), id, Effect::kDeleted};
}

// The "Tag.N.Key"/"Tag.N.Value" pairs of the input.
std::map<std::string, std::string> TagsOf(const Ask& ask) {
  std::map<std::string, std::string> tags;
  for (int index = 1;; ++index) {
    const std::string prefix = "Tag." + std::to_string(index) + ".";
    const std::string key = Text(ask, (prefix + "Key").c_str());
    if (key.empty()) return tags;
    tags[key] = Text(ask, (prefix + "Value").c_str());
  }
}

Json ListItem(const Instance& instance, const Contents& seen) {
  Json item = Render(instance, seen);
  item["IsPreset"] = instance.origin == "preset";
  item["IsTemplateContainer"] = false;
  item["ResourceTags"] = Json::array();
  for (const auto& [key, value] : seen.tags) {
    item["ResourceTags"].push_back({{"Key", key}, {"Value", value}});
  }
  return item;
}

Outcome ListInstances(World& world, const Ask& ask) {
  const std::int64_t number = Number(ask, "PageNumber").value_or(1);
  const std::int64_t size = Number(ask, "PageSize").value_or(10);
  if (number < 1 || size < 1 || size > 100) {
    return Refuse(400, "InvalidParameter", "PageNumber or PageSize is not valid.");
  }
  const Settings& settings = world.settings();
  const std::string name = Text(ask, "Name");
  const std::string group = Text(ask, "ResourceGroupId");
  const auto tags = TagsOf(ask);
  Json list = Json::array();
  std::int64_t total = 0;
  for (const Instance* i : world.All(Service::kOutboundBot, ask.caller.account, "", ask.now)) {
    const Contents* seen = ContentsAt(*i, settings, ask.now, settings.list_lag_ms);
    if (!seen) continue;
    const std::string own = seen->fields.at("InstanceName");
    if (own.find(name) == std::string::npos) continue;  // a fuzzy filter, the harder case
    if (!group.empty() && seen->fields.value("ResourceGroupId", "rg-default") != group) continue;
    if (!std::ranges::includes(seen->tags, tags)) continue;
    if (total >= (number - 1) * size && total < number * size) list.push_back(ListItem(*i, *seen));
    ++total;
  }
  return Done{{{"Instances", std::move(list)},
               {"TotalCount", total},
               {"PageNumber", number},
               {"PageSize", size}},
              ""};
}

Outcome ForEachResource(World& world, const Ask& ask, const std::function<void(Instance&)>& edit) {
  const auto ids = Numbered(ask, "ResourceId");
  if (ids.empty()) return Missing("ResourceId.1");
  for (const std::string& id : ids) {
    const Instance* found = world.Find(Service::kOutboundBot, id, ask.caller.account, "", ask.now);
    if (!found || found->deleted_at) return Unknown(world, id);
  }
  for (const std::string& id : ids) {
    world.Change(*world.Find(Service::kOutboundBot, id, ask.caller.account, "", ask.now), ask.now,
                 edit);
  }
  return Done{Json::object(), ids.front(), Effect::kUpdated};
}

Outcome TagResources(World& world, const Ask& ask) {
  const auto tags = TagsOf(ask);
  if (tags.empty()) return Missing("Tag.1.Key");
  return ForEachResource(world, ask, [&](Instance& next) {
    for (const auto& [key, value] : tags) next.contents.tags[key] = value;
  });
}

Outcome UntagResources(World& world, const Ask& ask) {
  const auto keys = Numbered(ask, "TagKey");
  return ForEachResource(world, ask, [&](Instance& next) {
    if (Text(ask, "All") == "true") next.contents.tags.clear();
    for (const std::string& key : keys) next.contents.tags.erase(key);
  });
}

Outcome ListTagResources(World& world, const Ask& ask) {
  Json list = Json::array();
  for (const std::string& id : Numbered(ask, "ResourceId")) {
    const Instance* found = world.Find(Service::kOutboundBot, id, ask.caller.account, "", ask.now);
    if (!found) continue;
    for (const auto& [key, value] : found->contents.tags) {
      list.push_back(
          {{"ResourceId", id}, {"ResourceType", "INSTANCE"}, {"TagKey", key}, {"TagValue", value}});
    }
  }
  return Done{{{"TagResources", std::move(list)}, {"NextToken", ""}}, ""};
}

Outcome ChangeResourceGroup(World& world, const Ask& ask) {
  const Instance* found =
      world.Find(Service::kOutboundBot, Text(ask, "ResourceId"), ask.caller.account, "", ask.now);
  if (!found || found->deleted_at) return Unknown(world, Text(ask, "ResourceId"));
  const std::string group = Text(ask, "NewResourceGroupId");
  if (group.empty()) return Missing("NewResourceGroupId");
  world.Change(*found, ask.now,
               [&](Instance& next) { next.contents.fields["ResourceGroupId"] = group; });
  return Done{Json::object(), found->id, Effect::kUpdated};
}

}  // namespace

void EnsurePreset(World& world, const std::string& account, Millis now) {
  for (const Instance* instance : world.All(Service::kOutboundBot, account, "", now)) {
    if (instance->origin == "preset") return;
  }
  Instance preset = world.Draft(Service::kOutboundBot, account, "cn-shanghai", now);
  preset.origin = "preset";
  preset.contents.fields = {{"InstanceName", "preset-demo"},
                            {"InstanceDescription", "Preset demonstration instance"},
                            {"MaxConcurrentConversation", 1}};
  world.Put(std::move(preset));
}

const std::map<std::string, Operation>& OutboundBotOperations() {
  static const std::map<std::string, Operation> operations = {
      {"CreateInstance", CreateInstance},
      {"DescribeInstance", DescribeInstance},
      {"ModifyInstance", ModifyInstance},
      {"DeleteInstance", DeleteInstance},
      {"ListInstances", ListInstances},
      {"TagResources", TagResources},
      {"UntagResources", UntagResources},
      {"ListTagResources", ListTagResources},
      {"ChangeResourceGroup", ChangeResourceGroup},
  };
  return operations;
}

}  // namespace instanced::cloudsim
