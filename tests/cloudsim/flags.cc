#include "tests/cloudsim/flags.h"

#include <CLI/CLI.hpp>
#include <charconv>

namespace instanced::cloudsim {
namespace {

struct Raw {
  std::vector<std::string> accounts, rates, settings;
  std::int64_t latency = 0;
  std::int64_t provision = -1;
  bool no_rates = false, no_quotas = false, with_parent = false;
};

std::optional<double> Decimal(std::string_view text) {
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

// "connect=2/5": 2 a second, bursts of 5.
std::string AddRate(const std::string& text, Settings& settings) {
  const auto equals = text.find('=');
  const auto slash = text.find('/');
  if (equals == std::string::npos || slash == std::string::npos || slash < equals) {
    return "a rate is SERVICE=PER_SECOND/BURST, not " + text;
  }
  const std::string service = text.substr(0, equals);
  const auto rate = Decimal(std::string_view(text).substr(equals + 1, slash - equals - 1));
  const auto burst = Decimal(std::string_view(text).substr(slash + 1));
  if (!rate || !burst || ServiceOf(service) == Service::kUnknown) {
    return "a rate is SERVICE=PER_SECOND/BURST, not " + text;
  }
  settings.rates[service] = {*rate, *burst};
  return "";
}

// "connect_instances=10": any member of Settings; the value is JSON, or else a plain string.
std::string AddSetting(const std::string& text, Settings& settings) {
  const auto equals = text.find('=');
  if (equals == std::string::npos) return "a setting is NAME=VALUE, not " + text;
  const std::string value = text.substr(equals + 1);
  Json parsed = Json::parse(value, nullptr, false);
  if (parsed.is_discarded()) parsed = value;
  auto merged = MergeSettings(settings, {{text.substr(0, equals), parsed}});
  if (!merged) return merged.error();
  settings = *std::move(merged);
  return "";
}

std::string Apply(const Raw& raw, SimulatorOptions& options) {
  Settings& settings = options.settings;
  settings.latency_real_ms = raw.latency;
  if (raw.provision >= 0) {
    settings.connect_provision_ms = raw.provision;
    settings.scn_provision_ms = raw.provision;
    settings.ccc_provision_ms = raw.provision;
  }
  if (raw.no_rates) settings.rates_mode = "off";
  if (raw.no_quotas) {
    settings.churn_limit = settings.connect_instances = settings.outboundbot_concurrency = 0;
  }
  std::string fault;
  for (const std::string& text : raw.rates) fault += AddRate(text, settings);
  for (const std::string& text : raw.settings) fault += AddSetting(text, settings);
  if (!raw.accounts.empty()) options.accounts.clear();
  for (const std::string& text : raw.accounts) {
    const auto account = ParseAccount(text);
    if (!account) return account.error();
    options.accounts.push_back(*account);
  }
  return fault;
}

}  // namespace

std::expected<Flags, FlagExit> ParseFlags(int argc, const char* const* argv) {
  Flags flags;
  Raw raw;
  ServerOptions& server = flags.server;
  CLI::App app("Simulated Amazon Connect, AWS Supply Chain, Alibaba CCC and OutboundBot",
               "cloudsim");
  app.add_option("--port", server.port, "port of the four APIs and STS on 127.0.0.1 (0: free)");
  app.add_option("--control-port", server.control_port, "port of the control endpoint (0: free)");
  app.add_option("--account", raw.accounts, "aws|alibaba:ACCOUNT:KEY:SECRET[:TOKEN], repeatable");
  app.add_option("--state", server.state_path, "file that keeps the clouds' memory");
  app.add_option("--latency", raw.latency, "real milliseconds added to every answer");
  app.add_option("--seed", server.simulator.seed, "seed of ids and fault probabilities");
  app.add_option("--time-scale", server.simulator.time_scale, "virtual seconds per real second");
  app.add_option("--provision-time", raw.provision, "virtual milliseconds until ready");
  app.add_option("--rate", raw.rates, "SERVICE=PER_SECOND/BURST, repeatable");
  app.add_option("--set", raw.settings, "NAME=VALUE of any setting, repeatable");
  app.add_option("--log-limit", server.simulator.log_limit, "calls kept in the log");
  app.add_flag("--no-rates", raw.no_rates, "no throttling");
  app.add_flag("--no-quotas", raw.no_quotas, "no instance, churn or licence limits");
  app.add_flag("--with-parent", raw.with_parent, "end when the parent process ends");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return std::unexpected(FlagExit{0, app.help()});
  } catch (const CLI::ParseError& failure) {
    return std::unexpected(FlagExit{2, std::string(failure.what()) + "\n"});
  }
  if (const std::string fault = Apply(raw, server.simulator); !fault.empty()) {
    return std::unexpected(FlagExit{2, fault + "\n"});
  }
  if (raw.with_parent) flags.lifetime = Lifetime::kWithParent;
  return flags;
}

}  // namespace instanced::cloudsim
