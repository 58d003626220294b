// Every request the simulated clouds have read, with the phases it went through.
//
// Phases come in order: received (read and authenticated), effect (the operation was carried out,
// durably), answered (the bytes were handed to the kernel). A held call stands between two phases.
// The log lives in memory and keeps the newest `limit` calls.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "tests/cloudsim/world/settings.h"

namespace instanced::cloudsim {

struct CallRecord {
  std::int64_t seq = 0;
  std::string service, account, access_key, region, operation, instance, name, token;
  std::string kind;             // mutating or reading
  std::string outcome;          // "ok" or the error code
  std::string effect = "none";  // none, created, replayed, updated, deleted
  std::string ending;           // how the connection went: answered, reset, silent, cut, closed
  std::string held;             // the phase it is held at now, or empty
  std::vector<std::string> rules;
  int status = 0;
  Millis received_real = 0, received_virtual = 0;
  Millis effect_real = 0;    // 0: no effect was carried out
  Millis answered_real = 0;  // 0: not answered
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(CallRecord, seq, service, account, access_key,
                                                region, operation, instance, name, token, kind,
                                                outcome, effect, ending, held, rules, status,
                                                received_real, received_virtual, effect_real,
                                                answered_real)

// What a caller of Wait or List looks for; empty members match all.
struct CallFilter {
  std::int64_t since = 0;  // only calls with a greater sequence number
  std::string phase = {};  // received, effect, answered, held
  std::string service = {}, account = {}, operation = {}, instance = {}, name = {}, kind = {};
};
bool Matches(const CallFilter& filter, const CallRecord& record);

class CallLog {
 public:
  explicit CallLog(std::size_t limit) : limit_(limit) {}

  // Gives the record the next sequence number and returns it.
  std::int64_t Add(CallRecord record);
  // Null when the call has been forgotten.
  CallRecord* Find(std::int64_t seq);
  // The oldest match, or null.
  const CallRecord* First(const CallFilter& filter) const;
  std::vector<const CallRecord*> List(const CallFilter& filter, std::size_t limit) const;
  std::int64_t last() const { return last_; }
  void Clear() { calls_.clear(); }

 private:
  std::size_t limit_;
  std::int64_t last_ = 0;
  std::deque<CallRecord> calls_;
};

}  // namespace instanced::cloudsim
