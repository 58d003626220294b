#include "tests/cloudsim/world/supply_chain.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "tests/cloudsim/world/tags.h"

namespace instanced::cloudsim {
namespace {

constexpr std::string_view kModifierApostrophe = "\xca\xbc";
constexpr const char* kPrefix = "instance/";

std::unexpected<Refusal> Invalid(std::string message) {
  return Refuse(400, "ValidationException", std::move(message));
}

std::unexpected<Refusal> NotFound() {
  return Refuse(404, "ResourceNotFoundException", "Instance not found.");
}

// Code points of `text` when all of them are ASCII alphanumerics, U+02BC or in `extra`.
std::optional<std::size_t> AllowedLength(std::string_view text, std::string_view extra) {
  std::size_t length = 0;
  while (!text.empty()) {
    const bool apostrophe = text.starts_with(kModifierApostrophe);
    const auto c = static_cast<unsigned char>(text.front());
    if (!apostrophe && !std::isalnum(c) && extra.find(text.front()) == std::string_view::npos) {
      return {};
    }
    text.remove_prefix(apostrophe ? 2 : 1);
    ++length;
  }
  return length;
}

bool IsName(const std::string& name) {
  const auto length = AllowedLength(name, " _'%-");
  return length && *length >= 1 && *length <= 63 &&
         std::isalnum(static_cast<unsigned char>(name.back())) != 0 &&
         std::string_view(" _'%-").find(name.front()) == std::string_view::npos &&
         !name.starts_with(kModifierApostrophe);
}

bool IsDescription(const std::string& text) {
  const auto length = AllowedLength(text, "., _'%-");
  return length && *length <= 500;
}

bool IsDomain(const std::string& domain) {
  const auto legal = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; };
  return domain.size() >= 2 && domain.size() <= 63 && domain.front() != '-' &&
         domain.back() != '-' && std::ranges::all_of(domain, legal);
}

bool IsKeyArn(const std::string& arn) {
  return arn.starts_with("arn:") && arn.size() <= 2048 && arn.find(":kms:") != std::string::npos &&
         arn.find(":key/") != std::string::npos;
}

std::string EditFault(const Ask& ask) {
  for (const char* member : {"instanceName", "instanceDescription"}) {
    if (ask.input.contains(member) && !ask.input[member].is_string()) {
      return std::string(member) + " must be a string.";
    }
  }
  const std::string name = Text(ask, "instanceName");
  if (!name.empty() && !IsName(name)) return "instanceName is not valid.";
  if (!IsDescription(Text(ask, "instanceDescription"))) return "instanceDescription is not valid.";
  return "";
}

std::string CreateFault(const Ask& ask) {
  if (const std::string fault = EditFault(ask); !fault.empty()) return fault;
  if (ask.input.contains("kmsKeyArn") && !IsKeyArn(Text(ask, "kmsKeyArn"))) {
    return "kmsKeyArn is not valid.";
  }
  if (ask.input.contains("webAppDnsDomain") && !IsDomain(Text(ask, "webAppDnsDomain"))) {
    return "webAppDnsDomain is not valid.";
  }
  if (ask.input.contains("clientToken")) {
    const std::size_t length = Text(ask, "clientToken").size();
    if (length < 33 || length > 126) return "clientToken must have 33 to 126 characters.";
  }
  if (!ask.input.contains("tags")) return "";
  const auto tags = StringMap(ask.input["tags"]);
  return tags ? TagFault(*tags, 200) : "tags must map strings to strings.";
}

Json Render(const Instance& instance, const Contents& seen, const Settings& settings, Millis now) {
  const Phase phase = PhaseAt(instance, settings, now);
  const std::string state = StateAt(instance, settings, now);
  const Millis modified = std::max(instance.changed_at, instance.created_at);
  Json json = {{"instanceId", instance.id},
               {"awsAccountId", instance.account},
               {"state", state},
               {"createdTime", static_cast<double>(instance.created_at) / 1000},
               {"lastModifiedTime", static_cast<double>(modified) / 1000},
               {"instanceDescription", ""},
               {"versionNumber", 2.0}};
  for (const char* member :
       {"instanceName", "instanceDescription", "kmsKeyArn", "webAppDnsDomain", "versionNumber"}) {
    if (seen.fields.contains(member)) json[member] = seen.fields[member];
  }
  if (phase == Phase::kFailed) json["errorMessage"] = instance.failure;
  if (phase == Phase::kDeleteFailed) json["errorMessage"] = instance.delete_failure;
  return json;
}

Json Envelope(const Instance& instance, const World& world, Millis now) {
  return {{"instance", Render(instance, instance.contents, world.settings(), now)}};
}

const Instance* FindById(World& world, const Ask& ask, const std::string& id) {
  return world.Find(Service::kSupplyChain, id, ask.caller.account, ask.caller.region, ask.now);
}

const Instance* FindByArn(World& world, const Ask& ask) {
  const std::string arn = Text(ask, "resourceArn");
  const auto at = arn.rfind(kPrefix);
  if (!arn.starts_with("arn:aws:scn:") || at == std::string::npos) return nullptr;
  const Instance* found = FindById(world, ask, arn.substr(at + std::string_view(kPrefix).size()));
  return found && PhaseAt(*found, world.settings(), ask.now) != Phase::kGone ? found : nullptr;
}

Instance Fresh(World& world, const Ask& ask) {
  Instance instance =
      world.Draft(Service::kSupplyChain, ask.caller.account, ask.caller.region, ask.now);
  instance.ready_at = ask.now + world.settings().scn_provision_ms;
  instance.failure = ask.directives.create_failure;
  for (const char* member :
       {"instanceName", "instanceDescription", "kmsKeyArn", "webAppDnsDomain"}) {
    if (ask.input.contains(member)) instance.contents.fields[member] = ask.input[member];
  }
  if (ask.input.contains("tags")) instance.contents.tags = *StringMap(ask.input["tags"]);
  return instance;
}

Outcome Replay(World& world, const Ask& ask, const TokenUse& use, const std::string& digest) {
  if (use.digest != digest) {
    return Refuse(409, "ConflictException", "The token was used for a different request.");
  }
  const Instance* found = FindById(world, ask, use.id);
  if (!found) return Refuse(409, "ConflictException", "The instance of this token is deleted.");
  return Done{Envelope(*found, world, ask.now), found->id, Effect::kReplayed};
}

Outcome CreateInstance(World& world, const Ask& ask) {
  if (const std::string fault = CreateFault(ask); !fault.empty()) return Invalid(fault);
  Json unmarked = ask.input;
  unmarked.erase("clientToken");
  const std::string digest = unmarked.dump();
  const std::string token = Text(ask, "clientToken");
  const std::string key = "scn\n" + ask.caller.account + "\n" + ask.caller.region + "\n" + token;
  if (const TokenUse* use = token.empty() ? nullptr : world.Token(key, ask.now)) {
    return Replay(world, ask, *use, digest);
  }
  const std::string domain = Text(ask, "webAppDnsDomain");
  if (!domain.empty() && world.Holder(Service::kSupplyChain, "", domain, ask.now)) {
    return Refuse(409, "ConflictException", "webAppDnsDomain is already in use.");
  }
  const std::int64_t quota = world.settings().scn_instances;
  if (quota > 0 &&
      world.Count(Service::kSupplyChain, ask.caller.account, ask.caller.region, ask.now) >= quota) {
    return Refuse(402, "ServiceQuotaExceededException", "The quota of instances is reached.");
  }
  const Instance instance = Fresh(world, ask);
  if (!token.empty()) world.UseToken(key, {instance.id, digest, ask.now});
  world.Put(instance);
  return Done{Envelope(instance, world, ask.now), instance.id, Effect::kCreated};
}

Outcome GetInstance(World& world, const Ask& ask) {
  const Instance* found = FindById(world, ask, Text(ask, "instanceId"));
  const Settings& settings = world.settings();
  const Contents* seen =
      found ? ContentsAt(*found, settings, ask.now, settings.describe_lag_ms) : nullptr;
  if (!seen) return NotFound();
  return Done{{{"instance", Render(*found, *seen, settings, ask.now)}}, found->id};
}

Outcome UpdateInstance(World& world, const Ask& ask) {
  if (const std::string fault = EditFault(ask); !fault.empty()) return Invalid(fault);
  const Instance* found = FindById(world, ask, Text(ask, "instanceId"));
  if (!found) return NotFound();
  if (StateAt(*found, world.settings(), ask.now) != "Active") {
    return Refuse(409, "ConflictException", "The instance is not active.");
  }
  world.Change(*found, ask.now, [&](Instance& next) {
    for (const char* member : {"instanceName", "instanceDescription"}) {
      if (ask.input.contains(member)) next.contents.fields[member] = ask.input[member];
    }
  });
  return Done{Envelope(*found, world, ask.now), found->id, Effect::kUpdated};
}

Outcome DeleteInstance(World& world, const Ask& ask) {
  const Instance* found = FindById(world, ask, Text(ask, "instanceId"));
  const Phase phase = found ? PhaseAt(*found, world.settings(), ask.now) : Phase::kGone;
  if (phase == Phase::kGone) return NotFound();
  if (phase == Phase::kDeleting || phase == Phase::kDeleted) {
    return Done{Envelope(*found, world, ask.now), found->id};
  }
  world.Change(*found, ask.now, [&](Instance& next) {
    next.deleted_at = ask.now;
    next.delete_failure = ask.directives.delete_failure;
    next.forced_state.clear();
  });
  return Done{Envelope(*found, world, ask.now), found->id, Effect::kDeleted};
}

bool Listed(const std::vector<std::string>& filter, const std::string& value) {
  return filter.empty() || std::ranges::find(filter, value) != filter.end();
}

Outcome ListInstances(World& world, const Ask& ask) {
  std::int64_t size = 10;
  if (ask.input.contains("maxResults")) {
    const auto asked = Number(ask, "maxResults");
    if (!asked || *asked < 0 || *asked > 20) return Invalid("maxResults must be 0 to 20.");
    if (*asked > 0) size = *asked;
  }
  const auto names = Repeated(ask, "instanceNameFilter");
  const auto states = Repeated(ask, "instanceStateFilter");
  if (names.size() > 10 || states.size() > 6) return Invalid("Too many filter values.");
  const Settings& settings = world.settings();
  const auto wanted = [&](const Instance& i) {
    return i.region == ask.caller.region &&
           Listed(names, i.contents.fields.value("instanceName", "")) &&
           Listed(states, StateAt(i, settings, ask.now));
  };
  const auto page = PageOf(world, Service::kSupplyChain, ask, Text(ask, "nextToken"),
                           static_cast<std::size_t>(size), wanted);
  if (!page) return Invalid("nextToken is not valid.");
  Json list = Json::array();
  for (const Instance* instance : page->instances) {
    list.push_back(Render(*instance,
                          *ContentsAt(*instance, settings, ask.now, settings.list_lag_ms), settings,
                          ask.now));
  }
  Json body = {{"instances", std::move(list)}};
  if (!page->next_token.empty()) body["nextToken"] = page->next_token;
  return Done{std::move(body), ""};
}

Outcome TagResource(World& world, const Ask& ask) {
  const Instance* found = FindByArn(world, ask);
  if (!found) return NotFound();
  const auto tags = StringMap(ask.input.value("tags", Json()));
  if (!tags) return Invalid("tags are required.");
  auto merged = *tags;
  merged.insert(found->contents.tags.begin(), found->contents.tags.end());
  if (const std::string fault = TagFault(merged, 200); !fault.empty()) return Invalid(fault);
  world.Change(*found, ask.now, [&](Instance& next) { next.contents.tags = merged; });
  return Done{Json::object(), found->id, Effect::kUpdated};
}

Outcome UntagResource(World& world, const Ask& ask) {
  const Instance* found = FindByArn(world, ask);
  if (!found) return NotFound();
  const auto keys = Repeated(ask, "tagKeys");
  if (keys.empty() || keys.size() > 200) return Invalid("1 to 200 tagKeys are required.");
  world.Change(*found, ask.now, [&](Instance& next) {
    for (const std::string& key : keys) next.contents.tags.erase(key);
  });
  return Done{Json::object(), found->id, Effect::kUpdated};
}

Outcome ListTagsForResource(World& world, const Ask& ask) {
  const Instance* found = FindByArn(world, ask);
  const Settings& settings = world.settings();
  const Contents* seen =
      found ? ContentsAt(*found, settings, ask.now, settings.describe_lag_ms) : nullptr;
  if (!seen) return NotFound();
  return Done{{{"tags", seen->tags}}, found->id};
}

}  // namespace

const std::map<std::string, Operation>& SupplyChainOperations() {
  static const std::map<std::string, Operation> operations = {
      {"CreateInstance", CreateInstance}, {"GetInstance", GetInstance},
      {"UpdateInstance", UpdateInstance}, {"DeleteInstance", DeleteInstance},
      {"ListInstances", ListInstances},   {"TagResource", TagResource},
      {"UntagResource", UntagResource},   {"ListTagsForResource", ListTagsForResource},
  };
  return operations;
}

}  // namespace instanced::cloudsim
