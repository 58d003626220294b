#include "tests/cloudsim/api/call_log.h"

#include <algorithm>

namespace instanced::cloudsim {
namespace {

bool Fits(const std::string& wanted, const std::string& actual) {
  return wanted.empty() || wanted == actual;
}

bool Reached(const std::string& phase, const CallRecord& record) {
  if (phase == "effect") return record.effect_real != 0;
  if (phase == "answered") return record.answered_real != 0;
  return phase != "held" || !record.held.empty();
}

}  // namespace

bool Matches(const CallFilter& filter, const CallRecord& record) {
  return record.seq > filter.since && Reached(filter.phase, record) &&
         Fits(filter.service, record.service) && Fits(filter.account, record.account) &&
         Fits(filter.operation, record.operation) && Fits(filter.kind, record.kind) &&
         Fits(filter.name, record.name) && Fits(filter.instance, record.instance);
}

std::int64_t CallLog::Add(CallRecord record) {
  record.seq = ++last_;
  calls_.push_back(std::move(record));
  if (calls_.size() > limit_) calls_.pop_front();
  return last_;
}

CallRecord* CallLog::Find(std::int64_t seq) {
  if (calls_.empty() || seq < calls_.front().seq || seq > calls_.back().seq) return nullptr;
  return &calls_[static_cast<std::size_t>(seq - calls_.front().seq)];
}

const CallRecord* CallLog::First(const CallFilter& filter) const {
  const auto found = std::ranges::find_if(
      calls_, [&](const CallRecord& record) { return Matches(filter, record); });
  return found == calls_.end() ? nullptr : &*found;
}

std::vector<const CallRecord*> CallLog::List(const CallFilter& filter, std::size_t limit) const {
  std::vector<const CallRecord*> found;
  for (const CallRecord& record : calls_) {
    if (found.size() == limit) break;
    if (Matches(filter, record)) found.push_back(&record);
  }
  return found;
}

}  // namespace instanced::cloudsim
