#include "tests/e2e/kill_plan.h"

#include <signal.h>

#include <utility>

namespace instanced::e2e {
namespace {

std::size_t RecordedCalls(const Site& site) {
  std::size_t calls = 0;
  for (const auto& entry : site.History()) calls += entry.value("kind", "") == "Call" ? 1 : 0;
  return calls;
}

std::optional<cloudsim::CallRecord> WaitHeld(const Site& site, std::int64_t since, double seconds) {
  cloudsim::CallFilter filter;
  filter.since = since;
  filter.phase = "held";
  return site.clouds().Wait(filter, static_cast<int>(seconds * 1000));
}

std::optional<std::string> Hold(const Site& site, const char* phase) {
  const auto id = site.clouds().AddFault(
      {{"action", "hold"}, {"kind", "mutating"}, {"phase", phase}, {"count", 1}});
  return id ? std::optional(*id) : std::nullopt;
}

// The daemon is stopped, so that the answer is in its socket and it cannot read it.
bool AnswerUnread(Site& site, std::int64_t seq) {
  site.daemon().Signal(SIGSTOP);
  site.clouds().Release(seq);
  cloudsim::CallFilter filter;
  filter.since = seq - 1;
  filter.phase = "answered";
  const auto answered = site.clouds().Wait(filter, 3000);
  return answered && answered->seq == seq;
}

std::optional<Gap> KillHeld(Site& site, Gap gap, double seconds) {
  const auto since = site.LastCall();
  const auto rule = Hold(site, gap == Gap::kRequestRead ? "received" : "effect");
  if (!rule) return std::nullopt;
  const auto held = WaitHeld(site, since, seconds);
  site.clouds().RemoveFault(*rule);
  if (!held) return std::nullopt;
  if (gap == Gap::kAnswerSent && !AnswerUnread(site, held->seq)) gap = Gap::kEffectDone;
  site.KillDaemon();
  return gap;
}

std::optional<Gap> KillRecorded(Site& site, double seconds) {
  const auto before = RecordedCalls(site);
  const auto recorded = [&] { return RecordedCalls(site) > before; };
  if (WaitUntil(recorded, seconds) == Waited::kTooLate) return std::nullopt;
  site.KillDaemon();
  return Gap::kRecorded;
}

}  // namespace

std::string_view NameOf(Gap gap) {
  switch (gap) {
    case Gap::kRequestRead:
      return "request read, effect not done";
    case Gap::kEffectDone:
      return "effect done, answer not sent";
    case Gap::kAnswerSent:
      return "answer sent, not recorded";
    case Gap::kRecorded:
      return "recorded";
    case Gap::kAnywhere:
      return "at random";
  }
  std::unreachable();
}

std::optional<Gap> KillIn(Site& site, Gap gap, double seconds) {
  if (gap == Gap::kRecorded) return KillRecorded(site, seconds);
  if (gap != Gap::kAnywhere) return KillHeld(site, gap, seconds);
  LetPass(seconds);
  site.KillDaemon();
  return gap;
}

}  // namespace instanced::e2e
