#include "tests/deploy/observed/prometheus_process.h"

#include <gtest/gtest.h>

#include <array>
#include <cctype>
#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "tests/cloudsim/client.h"
#include "tests/e2e/site.h"

namespace instanced::deploy {
namespace {

std::string Escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    escaped += std::isalnum(byte) ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return escaped;
}

}  // namespace

std::string Shortened(std::string rules) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kShorter{{
      // Long enough for a busy machine to answer late.
      {"absent(up{job=\"instanced\"})\n        for: 5m",
       "absent(up{job=\"instanced\"})\n        for: 8s"},
      {"for: 1m", "for: 1s"},
      {"for: 2m", "for: 1s"},
      {"for: 5m", "for: 1s"},
      {"for: 10m", "for: 1s"},
      {"for: 15m", "for: 1s"},
      {"for: 30m", "for: 3s"},
      {"for: 1h", "for: 5s"},
      {"for: 2h", "for: 8s"},
      {"[5m]", "[10s]"},
      {"[15m]", "[5s]"},
      {"[1h]", "[30s]"},
      {"offset 15m", "offset 30s"},
      {"offset 1h", "offset 30s"},
      {"_seconds) > 300", "_seconds) > 3"},
  }};
  for (const auto& [from, to] : kShorter) {
    for (auto at = rules.find(from); at != std::string::npos; at = rules.find(from, at)) {
      rules.replace(at, from.size(), to);
    }
  }
  for (const auto* unit : {"m]", "h]", "m\n", "h\n", "m)", "h)"}) {
    for (auto at = rules.find(unit); at != std::string::npos; at = rules.find(unit, at + 1)) {
      const auto digits = rules.find_last_not_of("0123456789", at - 1);
      const bool duration = digits + 1 < at && (rules[digits] == '[' || rules[digits] == ' ');
      EXPECT_FALSE(duration) << "a duration without a shorter one: " << rules.substr(digits, 10);
    }
  }
  return rules;
}

PrometheusProcess::PrometheusProcess(const std::vector<ScrapeTarget>& targets,
                                     const std::vector<std::string>& rule_files)
    : port_(e2e::FreePort()) {
  std::string config =
      "global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 500ms}\n"
      "scrape_configs:\n- job_name: instanced\n  static_configs:\n";
  for (const auto& target : targets) {
    config += fmt::format("  - {{targets: ['127.0.0.1:{}'], labels: {{namespace: {}}}}}\n",
                          target.port, target.name_space);
  }
  config += "rule_files:\n";
  for (std::size_t i = 0; i < rule_files.size(); ++i) {
    const auto name = fmt::format("rules{}.yaml", i);
    std::ofstream(folder_.path() + "/" + name) << Shortened(rule_files[i]);
    config += "- " + name + "\n";
  }
  const auto file = folder_.path() + "/prometheus.yaml";
  std::ofstream(file) << config;
  program_ = std::make_unique<e2e::Program>(e2e::ProgramCall{
      PROMETHEUS_PROGRAM,
      {"--config.file=" + file, "--storage.tsdb.path=" + folder_.path() + "/data",
       fmt::format("--web.listen-address=127.0.0.1:{}", port_), "--log.level=warn"},
      {{"PATH", "/usr/bin:/bin"}, {"GOMAXPROCS", "2"}},
      folder_.path() + "/log",
      {}});
}

bool PrometheusProcess::Ready() const {
  // HTTP/1.0, so that the answer comes in one piece.
  return cloudsim::SendRaw(port_, "GET /-/ready HTTP/1.0\r\n\r\n", 3000).bytes.find(" 200 ") !=
         std::string::npos;
}

Json PrometheusProcess::Ask(const std::string& path_and_query) const {
  const auto answer =
      cloudsim::SendRaw(port_, "GET " + path_and_query + " HTTP/1.0\r\n\r\n", 10'000);
  const auto body = answer.bytes.find("\r\n\r\n");
  if (body == std::string::npos) return "no answer";
  const Json document = Json::parse(answer.bytes.substr(body + 4), nullptr, false);
  if (!document.is_object() || document.value("status", "") != "success") {
    return answer.bytes.substr(body + 4);
  }
  return document.at("data").at("result");
}

Json PrometheusProcess::Query(const std::string& expression) const {
  return Ask("/api/v1/query?query=" + Escaped(expression));
}

Json PrometheusProcess::QueryRange(const std::string& expression) const {
  const Json now = Query("time()");
  if (!now.is_array() || now.size() != 2) return "no time";
  const double end = now.at(0).get<double>();
  return Ask(fmt::format("/api/v1/query_range?query={}&start={:.3f}&end={:.3f}&step=1",
                         Escaped(expression), end - 600, end));
}

std::string PrometheusProcess::Log() const { return e2e::ReadText(folder_.path() + "/log"); }

}  // namespace instanced::deploy
