#include "tests/bench/fleet/fleet.h"

#include <fstream>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "controller/clock/clock.h"

namespace instanced::bench {
namespace {

constexpr int kTeams = 8;
constexpr int kObjectsPerFile = 500;
constexpr const char* kAccount = "1059803544828509";
constexpr const char* kAccessKey = "LTAICLOUDSIM0001";
constexpr const char* kSecret = "cloudsim-ali-secret-one";

std::string ConfigText(const std::string& team, const std::string& region, const std::string& url) {
  std::string text =
      "apiVersion: instanced.dev/v1alpha1\nkind: ProviderConfig\nmetadata: {name: "
      "default, namespace: " +
      team + "}\nspec:\n  alibaba:\n    region: " + region + "\n    accountId: \"" + kAccount +
      "\"\n    endpoints: {outboundbot: \"" + url + "\", sts: \"" + url +
      "\"}\n    credentials: {environment: {}}\n  budgets:\n";
  for (const char* operation : {"DescribeInstance", "CreateInstance", "ListInstances"}) {
    text +=
        std::string("    \"outboundbot:") + operation + "\": {perSecond: 10000, burst: 10000}\n";
  }
  return text + "---\n";
}

std::string ObjectText(int number, const std::string& poll_interval) {
  const std::string name = "bot-" + std::to_string(number);
  std::string text =
      "apiVersion: instanced.dev/v1alpha1\nkind: OutboundBotInstance\nmetadata:\n"
      "  name: " +
      name + "\n  namespace: team-" + std::to_string(number % kTeams) + "\n";
  if (!poll_interval.empty()) {
    text += "  annotations: {instanced.dev/poll-interval: " + poll_interval + "}\n";
  }
  return text + "spec: {forProvider: {instanceName: " + name +
         ", maxConcurrentConversation: 1, nluServiceType: DialogStudio}}\n---\n";
}

}  // namespace

Fleet::Fleet(FleetPlan plan) : plan_(std::move(plan)) {
  std::filesystem::remove_all(plan_.folder);
  std::filesystem::create_directories(plan_.folder / "manifests");
  auto cloud = cloudsim::CloudsimProcess::Start(
      (plan_.programs / "cloudsim").string(),
      {"--no-rates", "--no-quotas", "--provision-time", "0", "--log-limit", "2000"});
  if (!cloud) throw std::runtime_error(cloud.error());
  cloud_.emplace(std::move(*cloud));
  WriteManifests({});
}

void Fleet::WriteFile(const std::string& name, const std::string& text) const {
  // Written beside the folder and moved in, as deployments do.
  const auto draft = plan_.folder / "draft";
  std::ofstream(draft) << text;
  std::filesystem::rename(draft, plan_.folder / "manifests" / name);
}

void Fleet::WriteManifests(const std::string& poll_interval) const {
  std::string configs;
  for (int i = 0; i < kTeams; ++i) {
    const auto region = "cn-region-" + std::to_string(i % plan_.regions);
    configs += ConfigText("team-" + std::to_string(i), region, cloud_->url());
  }
  WriteFile("configs.yaml", configs + ConfigText("newcomers", "cn-shanghai", cloud_->url()));
  std::string text;
  for (int i = 0; i < plan_.objects; ++i) {
    text += ObjectText(i, poll_interval);
    if ((i + 1) % kObjectsPerFile != 0 && i + 1 != plan_.objects) continue;
    WriteFile("part-" + std::to_string(i / kObjectsPerFile) + ".yaml", text);
    text.clear();
  }
}

void Fleet::Start(std::vector<std::string> more_flags) {
  const auto port = FreePort();
  std::vector<std::string> flags{"--manifests",       (plan_.folder / "manifests").string(),
                                 "--state",           (plan_.folder / "state.db").string(),
                                 "--metrics-address", "127.0.0.1:" + std::to_string(port),
                                 "--health-address",  "off",
                                 "--log-level",       "warning",
                                 "--max-in-flight",   std::to_string(plan_.in_flight),
                                 "--quiet-time",      "0s"};
  flags.insert(flags.end(), more_flags.begin(), more_flags.end());
  auto started = DaemonProcess::Start((plan_.programs / "instanced").string(), flags,
                                      {std::string("ALIBABA_CLOUD_ACCESS_KEY_ID=") + kAccessKey,
                                       std::string("ALIBABA_CLOUD_ACCESS_KEY_SECRET=") + kSecret},
                                      (plan_.folder / "daemon.log").string(), port);
  if (!started) throw std::runtime_error(started.error());
  daemon_.reset();
  daemon_.emplace(std::move(*started));
}

double Fleet::AwaitReady(double limit_seconds) {
  const double begun = Seconds();
  while (Seconds() - begun < limit_seconds) {
    if (!daemon_->Running()) throw std::runtime_error("the daemon ended; see daemon.log");
    const auto ready = Sum(daemon_->Samples(), "instanced_instances{", "\"Ready\"");
    if (ready >= plan_.objects) return Seconds() - begun;
    Pause(0.2);
  }
  throw std::runtime_error("not every object became Ready in time");
}

double Fleet::AwaitFirstCall(double limit_seconds) {
  const double begun = Seconds();
  while (Seconds() - begun < limit_seconds) {
    if (Calls() > 0) return Seconds() - begun;
    Pause(0.01);
  }
  throw std::runtime_error("the daemon called no cloud");
}

void Fleet::SetLatency(int milliseconds) {
  if (!control().ChangeSettings({{"latency_real_ms", milliseconds}})) {
    throw std::runtime_error("cloudsim refuses the latency");
  }
}

std::optional<double> Fleet::PickUpMillis(int number, int limit_millis) {
  const std::string name = "newcomer-" + std::to_string(number);
  const auto id = control().CreateForeign(
      {{"service", "outboundbot"},
       {"account", kAccount},
       {"region", "cn-shanghai"},
       {"fields", {{"InstanceName", name}, {"MaxConcurrentConversation", 1}}}});
  if (!id) throw std::runtime_error(id.error());
  const std::string text =
      "apiVersion: instanced.dev/v1alpha1\nkind: OutboundBotInstance\nmetadata: {name: " + name +
      ", namespace: newcomers}\nspec:\n  externalName: \"" + *id +
      "\"\n  managementPolicies: [Observe]\n  forProvider: {instanceName: " + name +
      ", maxConcurrentConversation: 1}\n";
  const auto before = SystemClock().WallNow().time_since_epoch().count();
  WriteFile(name + ".yaml", text);
  const auto call = control().Wait({.phase = "received", .instance = *id}, limit_millis);
  if (!call) return std::nullopt;
  return static_cast<double>(call->received_real - before);
}

double Fleet::Calls() const { return Sum(daemon_->Samples(), "instanced_provider_calls_total{"); }
double Fleet::Passes() const {
  return Sum(daemon_->Samples(), "controller_runtime_reconcile_total{");
}

}  // namespace instanced::bench
