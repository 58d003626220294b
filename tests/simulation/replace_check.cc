#include "tests/simulation/replace_check.h"

#include "controller/reconcile/retry_table.h"
#include "tests/simulation/sim_replica.h"

namespace instanced {

std::string ReplaceCheck::Process(int replica, std::int64_t epoch) const {
  const auto* process = world_.Replicas()[static_cast<std::size_t>(replica - 1)];
  return std::to_string(replica) + "/" + std::to_string(process->lives) + "/" +
         std::to_string(epoch);
}

void ReplaceCheck::Recorded(int replica, const ObjectKey& key, const InstanceStatus& status) {
  if (status.intent->operation != kReplaceOperation) return;
  attempts_[key] = {status.intent->not_before, Process(replica, status.intent->epoch), Begun::kNo};
}

void ReplaceCheck::DeleteSent(const FakeCall& call, const Intent& intent, Duration shown_within) {
  Attempt& attempt = attempts_[call.key];
  if (attempt.not_before != intent.not_before) attempt = {intent.not_before, "", Begun::kPerhaps};
  const auto* process = world_.Replicas()[static_cast<std::size_t>(call.caller - 1)];
  const auto domain = world_.cloud.DomainOf(call.key.kind);
  const auto epoch = process->daemon ? process->daemon->TenureOf(&domain).epoch : intent.epoch;
  if (attempt.writer != Process(call.caller, epoch)) attempt.begun = Begun::kPerhaps;
  const auto& unwanted = people_.wishes().at(call.key).replacement_unwanted_since;
  const bool long_ago = unwanted && world_.Now() - *unwanted > shown_within;
  if (long_ago && attempt.begun == Begun::kNo) {
    world_.Violate("delete of " + call.id + " for a replacement that was taken back");
  }
}

void ReplaceCheck::Answered(const FakeCall& call, const Fate& fate) {
  if (call.operation != "Delete") return;
  const bool refused = fate.fate == CallFate::kRefused && ProvesNoEffect(fate.error);
  if (!refused) attempts_[call.key].begun = Begun::kPerhaps;
}

}  // namespace instanced
