// One simulated cloud instance and the phase it is in at a given virtual time.
//
// An instance stores facts (when created, when ready, when deleted) and never a state: the state
// is computed from the facts and the time, so that nothing has to tick.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "tests/cloudsim/world/settings.h"

namespace instanced::cloudsim {

enum class Service { kConnect, kSupplyChain, kCcc, kOutboundBot, kAwsSts, kAlibabaSts, kUnknown };

// The names used by flags, fault rules and the call log: connect, scn, ccc, outboundbot, sts,
// alibaba-sts, unknown.
const char* ServiceName(Service service);
Service ServiceOf(const std::string& name);

enum class Phase { kCreating, kReady, kFailed, kDeleting, kDeleted, kDeleteFailed, kGone };

// What a reader of the instance sees; replaced as a whole by each change.
struct Contents {
  Json fields = Json::object();
  std::map<std::string, std::string> tags;
  std::map<std::string, std::string> attributes;
};

struct Instance {
  std::uint64_t serial = 0;
  Service service = Service::kUnknown;
  std::string account;
  std::string region;
  std::string id;
  Contents contents;
  std::optional<Contents> before;  // the contents until changed_at, for lagging reads
  Millis changed_at = 0;
  Millis created_at = 0;
  Millis ready_at = 0;
  std::optional<Millis> deleted_at;
  std::string failure;         // non-empty: creation ends failed, with this reason
  std::string delete_failure;  // non-empty: deletion ends failed, with this reason
  std::string forced_state;    // set by drift: shown instead of the computed state
  std::string origin = "api";  // api, foreign or preset
};

Phase PhaseAt(const Instance& instance, const Settings& settings, Millis now);

// The cloud's own name of the state at `now`; empty where the cloud has none.
std::string StateAt(const Instance& instance, const Settings& settings, Millis now);

// What a read lagging by `lag` sees: nothing when the instance is not visible to it.
const Contents* ContentsAt(const Instance& instance, const Settings& settings, Millis now,
                           Millis lag);

Json ToJson(const Instance& instance);
Instance InstanceFromJson(const Json& json);

}  // namespace instanced::cloudsim
