// JournalMetrics: how many transactions the journal makes, how they end and how long they take.
//
// Threads: called on the journal's thread, one transaction at a time. Ownership: borrows both.
#pragma once

#include "controller/journal/journal.h"
#include "controller/telemetry/metrics.h"

namespace instanced {

class JournalMetrics final : public JournalObserver {
 public:
  JournalMetrics(const Clock& clock, Metrics& metrics) : clock_(clock), metrics_(metrics) {}

  void WriteBegins() override { begun_ = clock_.Now(); }
  void WriteEnded(StoreHealth result) override {
    const std::string_view word = result == StoreHealth::kGreen ? "Ok" : "Failed";
    metrics_.Count(Metric::kJournalWrites, {word});
    metrics_.Observe(Metric::kJournalWriteDuration, {},
                     std::chrono::duration<double>(clock_.Now() - begun_).count());
  }

 private:
  const Clock& clock_;
  Metrics& metrics_;
  MonotonicTime begun_{};
};

}  // namespace instanced
