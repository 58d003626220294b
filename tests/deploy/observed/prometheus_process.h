// PrometheusProcess: a real Prometheus on loopback that scrapes the given targets under the
// shipped rules, whose waiting times are shortened so that a test can see them pass.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/e2e/program.h"
#include "tests/fakes/temp_directory/temp_directory.h"

namespace instanced::deploy {

using Json = nlohmann::json;

struct ScrapeTarget {
  std::string name_space;  // becomes the label `namespace`
  std::uint16_t port = 0;
};

// The rules with minutes and hours shortened to seconds, and the one threshold that is an age.
// Fails the test when a duration is left that it does not know.
std::string Shortened(std::string rules);

class PrometheusProcess {
 public:
  // `rule_files` are texts. Scrapes every second, evaluates twice in one.
  PrometheusProcess(const std::vector<ScrapeTarget>& targets,
                    const std::vector<std::string>& rule_files);

  bool Ready() const;
  // data.result of /api/v1/query, or of query_range over the last ten minutes, a second a step;
  // what went wrong otherwise.
  Json Query(const std::string& expression) const;
  Json QueryRange(const std::string& expression) const;
  std::string Log() const;

 private:
  Json Ask(const std::string& path_and_query) const;
  TempDirectory folder_;
  std::uint16_t port_ = 0;
  std::unique_ptr<e2e::Program> program_;
};

}  // namespace instanced::deploy
