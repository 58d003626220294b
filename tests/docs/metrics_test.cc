#include <gtest/gtest.h>

#include "controller/telemetry/metric.h"
#include "tests/docs/page.h"

namespace instanced {
namespace {

std::string TypeOf(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return "counter";
    case MetricType::kGauge:
      return "gauge";
    case MetricType::kHistogram:
      return "histogram";
  }
  return "?";
}

TEST(MetricsPage, TableIsTheListOfMetrics) {
  std::vector<std::vector<std::string>> table;
  for (const auto& info : AllMetrics()) {
    std::string labels;
    for (const auto label : info.labels) labels.append(labels.empty() ? "" : ", ").append(label);
    table.push_back(
        {"`" + std::string(info.name) + "`", TypeOf(info.type), labels, std::string(info.help)});
  }

  EXPECT_EQ(docs::Rows(docs::ReadFile("docs/metrics.md")), table)
      << "the table of docs/metrics.md should be\n"
      << docs::TableText(table);
}

}  // namespace
}  // namespace instanced
