// The form in which every simulated operation is asked and answered.
#pragma once

#include <expected>
#include <functional>
#include <string>

#include "tests/cloudsim/world/world.h"

namespace instanced::cloudsim {

// Who asks, as the verified signature says.
struct Caller {
  std::string account;
  std::string region;
  std::string access_key;
  std::string arn;
};

// Bad luck a fault rule has decided for this one call.
struct Directives {
  std::string create_failure;  // the instance created now will end failed
  std::string delete_failure;  // the deletion begun now will end failed
  std::string partial_create;  // CCC: numbers or administrators that could not be attached
};

// `input` holds path labels, query and body members in one object, under the API's own names.
struct Ask {
  Caller caller;
  Json input = Json::object();
  Millis now = 0;
  Directives directives;
};

struct Refusal {
  int status = 400;
  std::string code;
  std::string message;
};

enum class Effect { kNone, kCreated, kReplayed, kUpdated, kDeleted };
const char* EffectName(Effect effect);

struct Done {
  Json body;
  std::string instance_id;
  Effect effect = Effect::kNone;
};

using Outcome = std::expected<Done, Refusal>;
using Operation = std::function<Outcome(World&, const Ask&)>;

std::unexpected<Refusal> Refuse(int status, std::string code, std::string message);

// A string member of the input; empty when absent or not a string.
std::string Text(const Ask& ask, const char* member);
// An integer member, also when spelled as a string; nothing when absent or not a number.
std::optional<std::int64_t> Number(const Ask& ask, const char* member);
// "Name.1", "Name.2", ... in order.
std::vector<std::string> Numbered(const Ask& ask, const std::string& name);
// Every value of a repeated query key (the api layer hands over a string or an array).
std::vector<std::string> Repeated(const Ask& ask, const char* member);
// A string map such as tags; nothing when it holds anything but strings.
std::optional<std::map<std::string, std::string>> StringMap(const Json& json);

// One page: `size` entries after the token's serial. Fails on a token not made here.
struct Page {
  std::vector<const Instance*> instances;
  std::string next_token;
};
std::optional<Page> PageOf(const World& world, Service service, const Ask& ask,
                           const std::string& token, std::size_t size,
                           const std::function<bool(const Instance&)>& wanted);

}  // namespace instanced::cloudsim
