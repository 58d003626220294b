#include "tests/cloudsim/world/connect.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "tests/cloudsim/world/tags.h"

namespace instanced::cloudsim {
namespace {

constexpr std::array<std::pair<const char*, const char*>, 13> kAttributes = {{
    {"INBOUND_CALLS", ""},
    {"OUTBOUND_CALLS", ""},
    {"CONTACTFLOW_LOGS", "false"},
    {"CONTACT_LENS", "true"},
    {"AUTO_RESOLVE_BEST_VOICES", "true"},
    {"USE_CUSTOM_TTS_VOICES", "false"},
    {"EARLY_MEDIA", "true"},
    {"MULTI_PARTY_CONFERENCE", "false"},
    {"HIGH_VOLUME_OUTBOUND", "false"},
    {"ENHANCED_CONTACT_MONITORING", "false"},
    {"ENHANCED_CHAT_MONITORING", "false"},
    {"MULTI_PARTY_CHAT_CONFERENCE", "false"},
    {"MESSAGE_STREAMING", "false"},
}};

constexpr const char* kChurnMessage =
    "Your account has been flagged for an excessive number of instance creation and deletion "
    "attempts. Try again later.";

std::unexpected<Refusal> Invalid(std::string message) {
  return Refuse(400, "InvalidRequestException", std::move(message));
}

std::unexpected<Refusal> NotFound() {
  return Refuse(404, "ResourceNotFoundException", "The specified resource was not found.");
}

bool IsAlias(const std::string& alias) {
  const auto alphanumeric = [](unsigned char c) { return std::isalnum(c) != 0; };
  return !alias.empty() && alias.size() <= 45 && !alias.starts_with("d-") &&
         alphanumeric(alias.front()) && alphanumeric(alias.back()) &&
         std::ranges::all_of(alias, [&](unsigned char c) { return alphanumeric(c) || c == '-'; });
}

bool IsDirectory(const std::string& id) {
  return id.size() == 12 && id.starts_with("d-") &&
         id.find_first_not_of("0123456789abcdef", 2) == std::string::npos;
}

std::string Arn(const Instance& instance) {
  return "arn:aws:connect:" + instance.region + ":" + instance.account + ":instance/" + instance.id;
}

const char* BoolText(bool value) { return value ? "true" : "false"; }

const Instance* FindById(World& world, const Ask& ask, std::string id) {
  if (const auto slash = id.rfind("instance/"); slash != std::string::npos) {
    id = id.substr(slash + 9);
  }
  return world.Find(Service::kConnect, id, ask.caller.account, ask.caller.region, ask.now);
}

Json Summary(const Instance& instance, const Contents& seen, const Settings& settings, Millis now) {
  Json json = {{"Id", instance.id},
               {"Arn", Arn(instance)},
               {"IdentityManagementType", seen.fields.at("IdentityManagementType")},
               {"CreatedTime", static_cast<double>(instance.created_at) / 1000},
               {"ServiceRole", "arn:aws:iam::" + instance.account +
                                   ":role/aws-service-role/connect.amazonaws.com/"
                                   "AWSServiceRoleForAmazonConnect"},
               {"InstanceStatus", StateAt(instance, settings, now)},
               {"InboundCallsEnabled", seen.attributes.at("INBOUND_CALLS") == "true"},
               {"OutboundCallsEnabled", seen.attributes.at("OUTBOUND_CALLS") == "true"}};
  if (const auto alias = seen.fields.find("InstanceAlias"); alias != seen.fields.end()) {
    json["InstanceAlias"] = *alias;
    json["InstanceAccessUrl"] = "https://" + alias->get<std::string>() + ".my.connect.aws";
  }
  return json;
}

std::string CreateFault(const Ask& ask) {
  const std::string identity = Text(ask, "IdentityManagementType");
  if (identity != "SAML" && identity != "CONNECT_MANAGED" && identity != "EXISTING_DIRECTORY") {
    return "IdentityManagementType must be SAML, CONNECT_MANAGED or EXISTING_DIRECTORY.";
  }
  for (const char* flag : {"InboundCallsEnabled", "OutboundCallsEnabled"}) {
    if (!ask.input.contains(flag) || !ask.input[flag].is_boolean()) {
      return std::string(flag) + " must be a boolean.";
    }
  }
  const std::string directory = Text(ask, "DirectoryId");
  if (!directory.empty() && !IsDirectory(directory)) return "DirectoryId is not valid.";
  if (identity == "EXISTING_DIRECTORY" && directory.empty()) return "DirectoryId is required.";
  if (ask.input.contains("InstanceAlias")) {
    if (!IsAlias(Text(ask, "InstanceAlias"))) return "InstanceAlias is not valid.";
  } else if (directory.empty()) {
    return "InstanceAlias is required without a directory.";
  }
  if (Text(ask, "ClientToken").size() > 500) return "ClientToken is too long.";
  if (!ask.input.contains("Tags")) return "";
  const auto tags = StringMap(ask.input["Tags"]);
  return tags && !tags->empty() ? TagFault(*tags, 50) : "Tags must map 1 to 50 keys to strings.";
}

Outcome Created(const Instance& instance, Effect effect) {
  return Done{{{"Id", instance.id}, {"Arn", Arn(instance)}}, instance.id, effect};
}

std::string TokenKey(const Ask& ask) {
  const std::string token = Text(ask, "ClientToken");
  return token.empty() ? ""
                       : "connect\n" + ask.caller.account + "\n" + ask.caller.region + "\n" + token;
}

Instance Fresh(World& world, const Ask& ask) {
  Instance instance =
      world.Draft(Service::kConnect, ask.caller.account, ask.caller.region, ask.now);
  instance.ready_at = ask.now + world.settings().connect_provision_ms;
  instance.failure = ask.directives.create_failure;
  Contents& contents = instance.contents;
  for (const char* member : {"IdentityManagementType", "InstanceAlias", "DirectoryId"}) {
    if (ask.input.contains(member)) contents.fields[member] = ask.input[member];
  }
  for (const auto& [name, value] : kAttributes) contents.attributes[name] = value;
  contents.attributes["INBOUND_CALLS"] = BoolText(ask.input["InboundCallsEnabled"]);
  contents.attributes["OUTBOUND_CALLS"] = BoolText(ask.input["OutboundCallsEnabled"]);
  if (ask.input.contains("Tags")) contents.tags = *StringMap(ask.input["Tags"]);
  return instance;
}

bool ChurnExhausted(const World& world, const Ask& ask) {
  const std::int64_t limit = world.settings().churn_limit;
  return limit > 0 && world.Churn(ask.caller.account, ask.now) >= limit;
}

Outcome CreateInstance(World& world, const Ask& ask) {
  if (const std::string fault = CreateFault(ask); !fault.empty()) return Invalid(fault);
  Json unmarked = ask.input;
  unmarked.erase("ClientToken");
  const std::string token = TokenKey(ask);
  const std::string digest = unmarked.dump();
  if (const TokenUse* use = token.empty() ? nullptr : world.Token(token, ask.now)) {
    if (use->digest != digest) {
      return Refuse(409, "IdempotencyException", "The token was used for a different request.");
    }
    Instance known;
    known.id = use->id;
    known.account = ask.caller.account;
    known.region = ask.caller.region;
    return Created(known, Effect::kReplayed);
  }
  if (ChurnExhausted(world, ask))
    return Refuse(402, "ServiceQuotaExceededException", kChurnMessage);
  const std::string alias = Text(ask, "InstanceAlias");
  if (!alias.empty() && world.Holder(Service::kConnect, "", alias, ask.now)) {
    return Invalid("Invalid Input. Instance alias is already used.");
  }
  const std::int64_t quota = world.settings().connect_instances;
  if (quota > 0 &&
      world.Count(Service::kConnect, ask.caller.account, ask.caller.region, ask.now) >= quota) {
    return Refuse(402, "ServiceQuotaExceededException", "The quota of instances is reached.");
  }
  Instance instance = Fresh(world, ask);
  world.AddChurn(ask.caller.account, ask.now);
  if (!token.empty()) world.UseToken(token, {instance.id, digest, ask.now});
  world.Put(instance);
  return Created(instance, Effect::kCreated);
}

Outcome DescribeInstance(World& world, const Ask& ask) {
  const Instance* found = FindById(world, ask, Text(ask, "InstanceId"));
  const Settings& settings = world.settings();
  const Contents* seen =
      found ? ContentsAt(*found, settings, ask.now, settings.describe_lag_ms) : nullptr;
  if (!seen) return NotFound();
  Json json = Summary(*found, *seen, settings, ask.now);
  if (!seen->tags.empty()) json["Tags"] = seen->tags;
  if (json["InstanceStatus"] == "CREATION_FAILED") {
    json["StatusReason"] = {
        {"Message", found->failure.empty() ? "The instance has failed." : found->failure}};
  }
  Json body = {{"Instance", std::move(json)}};
  const auto replication = seen->fields.find("ReplicationConfiguration");
  if (replication != seen->fields.end()) body["ReplicationConfiguration"] = *replication;
  return Done{std::move(body), found->id};
}

Outcome DeleteInstance(World& world, const Ask& ask) {
  const Instance* found = FindById(world, ask, Text(ask, "InstanceId"));
  if (!found || PhaseAt(*found, world.settings(), ask.now) == Phase::kGone) return NotFound();
  if (found->deleted_at) return Done{nullptr, found->id};
  if (ChurnExhausted(world, ask))
    return Refuse(402, "ServiceQuotaExceededException", kChurnMessage);
  world.AddChurn(ask.caller.account, ask.now);
  const std::string id = found->id;
  world.Change(*found, ask.now, [&](Instance& next) { next.deleted_at = ask.now; });
  return Done{nullptr, id, Effect::kDeleted};
}

Outcome ListInstances(World& world, const Ask& ask) {
  std::int64_t size = 10;
  if (ask.input.contains("maxResults")) {
    const auto asked = Number(ask, "maxResults");
    if (!asked || *asked < 1 || *asked > 10) return Invalid("maxResults must be 1 to 10.");
    size = *asked;
  }
  const auto page =
      PageOf(world, Service::kConnect, ask, Text(ask, "nextToken"), static_cast<std::size_t>(size),
             [&](const Instance& i) { return i.region == ask.caller.region; });
  if (!page) return Invalid("nextToken is not valid.");
  const Settings& settings = world.settings();
  Json list = Json::array();
  for (const Instance* instance : page->instances) {
    list.push_back(Summary(*instance,
                           *ContentsAt(*instance, settings, ask.now, settings.list_lag_ms),
                           settings, ask.now));
  }
  Json body = {{"InstanceSummaryList", std::move(list)}};
  if (!page->next_token.empty()) body["NextToken"] = page->next_token;
  return Done{std::move(body), ""};
}

Outcome DescribeInstanceAttribute(World& world, const Ask& ask) {
  const Instance* found = FindById(world, ask, Text(ask, "InstanceId"));
  if (!found) return NotFound();
  const auto value = found->contents.attributes.find(Text(ask, "AttributeType"));
  if (value == found->contents.attributes.end()) {
    return Refuse(400, "InvalidParameterException", "AttributeType is not valid.");
  }
  return Done{{{"Attribute", {{"AttributeType", value->first}, {"Value", value->second}}}},
              found->id};
}

Outcome ListInstanceAttributes(World& world, const Ask& ask) {
  const Instance* found = FindById(world, ask, Text(ask, "InstanceId"));
  const Settings& settings = world.settings();
  const Contents* seen =
      found ? ContentsAt(*found, settings, ask.now, settings.describe_lag_ms) : nullptr;
  if (!seen) return NotFound();
  const std::int64_t size =
      ask.input.contains("maxResults") ? Number(ask, "maxResults").value_or(0) : 7;
  if (size < 1 || size > 7) {
    return Refuse(400, "InvalidParameterException", "maxResults must be 1 to 7.");
  }
  const std::string after = Text(ask, "nextToken");
  Json list = Json::array();
  Json body;
  for (auto at = seen->attributes.upper_bound(after); at != seen->attributes.end(); ++at) {
    if (list.size() == static_cast<std::size_t>(size)) {
      body["NextToken"] = list.back()["AttributeType"];
      break;
    }
    list.push_back({{"AttributeType", at->first}, {"Value", at->second}});
  }
  body["Attributes"] = std::move(list);
  return Done{std::move(body), found->id};
}

Outcome UpdateInstanceAttribute(World& world, const Ask& ask) {
  const Instance* found = FindById(world, ask, Text(ask, "InstanceId"));
  if (!found || found->deleted_at) return NotFound();
  const std::string type = Text(ask, "AttributeType");
  const std::string value = Text(ask, "Value");
  if (!found->contents.attributes.contains(type)) {
    return Refuse(400, "InvalidParameterException", "AttributeType is not valid.");
  }
  if (value.empty() || value.size() > 100) {
    return Refuse(400, "InvalidParameterException", "Value must have 1 to 100 characters.");
  }
  world.Change(*found, ask.now, [&](Instance& next) { next.contents.attributes[type] = value; });
  return Done{nullptr, found->id, Effect::kUpdated};
}

Outcome TagResource(World& world, const Ask& ask) {
  const Instance* found = FindById(world, ask, Text(ask, "resourceArn"));
  if (!found || found->deleted_at) return NotFound();
  const auto tags = StringMap(ask.input.value("tags", Json()));
  if (!tags || tags->empty()) return Refuse(400, "InvalidParameterException", "tags are required.");
  auto merged = *tags;
  merged.insert(found->contents.tags.begin(), found->contents.tags.end());
  if (const std::string fault = TagFault(merged, 50); !fault.empty()) {
    return Refuse(400, "InvalidParameterException", fault);
  }
  world.Change(*found, ask.now, [&](Instance& next) { next.contents.tags = merged; });
  return Done{nullptr, found->id, Effect::kUpdated};
}

Outcome UntagResource(World& world, const Ask& ask) {
  const Instance* found = FindById(world, ask, Text(ask, "resourceArn"));
  if (!found || found->deleted_at) return NotFound();
  const auto keys = Repeated(ask, "tagKeys");
  if (keys.empty() || keys.size() > 50) {
    return Refuse(400, "InvalidParameterException", "1 to 50 tagKeys are required.");
  }
  world.Change(*found, ask.now, [&](Instance& next) {
    for (const std::string& key : keys) next.contents.tags.erase(key);
  });
  return Done{nullptr, found->id, Effect::kUpdated};
}

Outcome ListTagsForResource(World& world, const Ask& ask) {
  const Instance* found = FindById(world, ask, Text(ask, "resourceArn"));
  const Settings& settings = world.settings();
  const Contents* seen =
      found ? ContentsAt(*found, settings, ask.now, settings.describe_lag_ms) : nullptr;
  if (!seen) return NotFound();
  return Done{{{"tags", seen->tags}}, found->id};
}

}  // namespace

const std::map<std::string, Operation>& ConnectOperations() {
  static const std::map<std::string, Operation> operations = {
      {"CreateInstance", CreateInstance},
      {"DescribeInstance", DescribeInstance},
      {"DeleteInstance", DeleteInstance},
      {"ListInstances", ListInstances},
      {"DescribeInstanceAttribute", DescribeInstanceAttribute},
      {"ListInstanceAttributes", ListInstanceAttributes},
      {"UpdateInstanceAttribute", UpdateInstanceAttribute},
      {"TagResource", TagResource},
      {"UntagResource", UntagResource},
      {"ListTagsForResource", ListTagsForResource},
  };
  return operations;
}

}  // namespace instanced::cloudsim
