// Metrics: where numbers for operators go. The names are those of metric.h.
//
// Label values are given in the order of MetricInfo::labels; a missing one is empty. Text that is
// not UTF-8 is cleaned. Calls with a type the metric does not have do nothing: tests walk them all.
//
// Threads: any. Ownership: outlives the exposer.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "controller/telemetry/metric.h"

namespace prometheus {
class Collectable;
}

namespace instanced {

class Metrics {
 public:
  using LabelValues = std::initializer_list<std::string_view>;

  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // Counters: one more, some more, or up to a total that is counted elsewhere.
  void Count(Metric metric, LabelValues labels, double by = 1);
  void CountUpTo(Metric metric, LabelValues labels, double total);
  void Set(Metric metric, LabelValues labels, double value);
  void Observe(Metric metric, LabelValues labels, double value);
  // Drops every series of a gauge, before a new full set is written.
  void Reset(Metric metric);

  // The text a scrape answers.
  std::string Scrape() const;
  std::weak_ptr<prometheus::Collectable> collectable() const;

 private:
  class Store;
  std::unique_ptr<Store> store_;
};

}  // namespace instanced
