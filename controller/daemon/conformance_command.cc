#include "controller/daemon/conformance_command.h"

#include <algorithm>
#include <fstream>
#include <ostream>

#include <nlohmann/json.hpp>

#include "controller/daemon/plugin_specs.h"
#include "controller/provider/plugin/conformance/conformance.h"
#include "controller/provider/plugin/grpc_transport.h"
#include "controller/provider/plugin/plugin_errors.h"
#include "controller/task/loop.h"
#include "controller/task/sleep.h"

namespace instanced {
namespace {

using plugin::CheckState;

std::expected<std::vector<nlohmann::json>, std::string> ReadExamples(
    const std::filesystem::path& file) {
  if (file.empty()) return std::vector<nlohmann::json>{};
  const auto text = ReadSmallFile(file.string());
  if (!text) return std::unexpected("cannot read " + file.string() + ": " + text.error());
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  if (json.is_object()) return std::vector{json};
  const bool fits = json.is_array() && !json.empty() && json.size() <= 2 &&
                    std::ranges::all_of(json, [](const auto& one) { return one.is_object(); });
  if (!fits) return std::unexpected(file.string() + " holds no JSON object, and no list of two");
  return std::vector<nlohmann::json>(json.begin(), json.end());
}

std::string UnknownCheck(const std::vector<std::string>& names) {
  const auto all = plugin::AllChecks();
  for (const auto& name : names) {
    if (std::ranges::find(all, name, &plugin::Check::name) == all.end()) return name;
  }
  return {};
}

// Whether anybody answers at all; gRPC may need a moment to connect.
Task<bool> IsThere(plugin::RpcTransport* transport, const Clock* clock, Duration wait) {
  const auto give_up = clock->Now() + wait;
  while (clock->Now() < give_up) {
    auto call = transport->Call({plugin::Verb::kHandshake,
                                 plugin::EncodeHandshake("conformance"),
                                 clock->Now() + std::chrono::seconds(5),
                                 {}});
    const auto answer = co_await call;
    if (answer.status != plugin::kStatusUnavailable) co_return true;
    SleepUntil sleeping(clock->Now() + std::chrono::milliseconds(250));
    co_await sleeping;
  }
  co_return false;
}

}  // namespace

int RunConformance(const CheckConformance& check, std::ostream& out, std::ostream& err) {
  auto examples = ReadExamples(check.example);
  if (!examples) {
    err << "instanced: --example: " << examples.error() << "\n";
    return 2;
  }
  if (const auto unknown = UnknownCheck(check.checks); !unknown.empty()) {
    err << "instanced: --check: no check is called " << unknown << "\n";
    return 2;
  }
  plugin::ChannelTarget target{check.address, {}};
  if (check.tls) {
    auto tls = ReadPluginTls(*check.tls);
    if (!tls) {
      err << "instanced: " << tls.error().message << "\n";
      return 2;
    }
    target.tls = *std::move(tls);
  }
  SystemClock clock;
  SeededRandom random(SystemSeed());
  Loop loop(clock);
  plugin::GrpcThread grpc(
      clock, [&loop](std::function<void()> work) { loop.PostFromAnyThread(std::move(work)); });
  const auto transport = grpc.Open(target);
  if (!RunBlocking(loop, IsThere(transport.get(), &clock, check.wait))) {
    err << "instanced: nobody answers on " << check.address << "\n";
    return 3;
  }
  plugin::BenchOptions options;
  options.call_limit = check.call_limit;
  options.examples = *std::move(examples);
  const auto report = RunBlocking(
      loop, plugin::RunChecks(*transport, clock, random, std::move(options), check.checks));
  out << plugin::TextOf(report);
  if (!check.junit.empty()) {
    std::ofstream file(check.junit);
    file << plugin::JunitOf(report);
    if (!file.flush()) {
      err << "instanced: --junit: cannot write " << check.junit.string() << "\n";
      return 2;
    }
  }
  return report.Count(CheckState::kFailed) == 0 ? 0 : 1;
}

}  // namespace instanced
