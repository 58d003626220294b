#include "controller/telemetry/metrics.h"

#include <map>
#include <utility>
#include <variant>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "controller/lock/lock.h"
#include "controller/telemetry/clean_text.h"

namespace instanced {
namespace {

using CounterFamily = prometheus::Family<prometheus::Counter>*;
using GaugeFamily = prometheus::Family<prometheus::Gauge>*;
using HistogramFamily = prometheus::Family<prometheus::Histogram>*;
using Series = std::variant<prometheus::Counter*, prometheus::Gauge*, prometheus::Histogram*>;

}  // namespace

class Metrics::Store {
 public:
  Store() : registry(std::make_shared<prometheus::Registry>()) {
    for (const MetricInfo& info : AllMetrics()) {
      families_.push_back(MakeFamily(info));
      series_.emplace_back();
    }
  }

  template <class T>
  T* Find(Metric metric, LabelValues values) {
    const auto index = static_cast<std::size_t>(metric);
    const MetricInfo& info = InfoOf(metric);
    std::string name;
    for (const std::string_view value : values) name.append(value).push_back('\x1f');
    const Locked lock(mutex_);
    auto found = series_[index].find(name);
    if (found == series_[index].end()) {
      found = series_[index].emplace(name, MakeSeries(info, values)).first;
    }
    T* const* series = std::get_if<T*>(&found->second);
    return series == nullptr ? nullptr : *series;
  }

  void Reset(Metric metric) {
    const auto index = static_cast<std::size_t>(metric);
    const Locked lock(mutex_);
    auto* family = std::get_if<GaugeFamily>(&families_[index]);
    if (family == nullptr) return;
    for (auto& [name, series] : series_[index]) {
      (*family)->Remove(std::get<prometheus::Gauge*>(series));
    }
    series_[index].clear();
  }

  std::shared_ptr<prometheus::Registry> registry;

 private:
  using Family = std::variant<CounterFamily, GaugeFamily, HistogramFamily>;

  Family MakeFamily(const MetricInfo& info) {
    const std::string name(info.name);
    const std::string help(info.help);
    switch (info.type) {
      case MetricType::kCounter:
        return &prometheus::BuildCounter().Name(name).Help(help).Register(*registry);
      case MetricType::kGauge:
        return &prometheus::BuildGauge().Name(name).Help(help).Register(*registry);
      case MetricType::kHistogram:
        return &prometheus::BuildHistogram().Name(name).Help(help).Register(*registry);
    }
    std::unreachable();
  }

  Series MakeSeries(const MetricInfo& info, LabelValues values) {
    std::map<std::string, std::string> labels;
    const auto* value = values.begin();
    for (const std::string_view label : info.labels) {
      labels[std::string(label)] = value == values.end() ? "" : CleanUtf8(*value++);
    }
    const Family& family = families_[static_cast<std::size_t>(info.metric)];
    if (const auto* counters = std::get_if<CounterFamily>(&family)) {
      return &(*counters)->Add(labels);
    }
    if (const auto* gauges = std::get_if<GaugeFamily>(&family)) return &(*gauges)->Add(labels);
    return &std::get<HistogramFamily>(family)->Add(
        labels, prometheus::Histogram::BucketBoundaries(info.buckets.begin(), info.buckets.end()));
  }

  Mutex mutex_;
  std::vector<Family> families_;
  std::vector<std::map<std::string, Series, std::less<>>> series_ INSTANCED_GUARDED_BY(mutex_);
};

Metrics::Metrics() : store_(std::make_unique<Store>()) {}
Metrics::~Metrics() = default;

void Metrics::Count(Metric metric, LabelValues labels, double by) {
  if (auto* counter = store_->Find<prometheus::Counter>(metric, labels)) counter->Increment(by);
}

void Metrics::CountUpTo(Metric metric, LabelValues labels, double total) {
  auto* counter = store_->Find<prometheus::Counter>(metric, labels);
  if (counter != nullptr && total > counter->Value()) counter->Increment(total - counter->Value());
}

void Metrics::Set(Metric metric, LabelValues labels, double value) {
  if (auto* gauge = store_->Find<prometheus::Gauge>(metric, labels)) gauge->Set(value);
}

void Metrics::Observe(Metric metric, LabelValues labels, double value) {
  if (auto* histogram = store_->Find<prometheus::Histogram>(metric, labels)) {
    histogram->Observe(value);
  }
}

void Metrics::Reset(Metric metric) { store_->Reset(metric); }

std::string Metrics::Scrape() const {
  return prometheus::TextSerializer().Serialize(store_->registry->Collect());
}

std::weak_ptr<prometheus::Collectable> Metrics::collectable() const { return store_->registry; }

}  // namespace instanced
