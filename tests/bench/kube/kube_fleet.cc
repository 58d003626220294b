#include "tests/bench/kube/kube_fleet.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "controller/kube/kube_config.h"
#include "controller/task/task_group.h"
#include "tests/bench/fleet/machine.h"

namespace instanced::bench {
namespace {

using nlohmann::json;

constexpr int kTeams = 8;
constexpr int kWriters = 32;
constexpr const char* kAccount = "1059803544828509";
constexpr const char* kAccessKey = "LTAICLOUDSIM0001";
constexpr const char* kSecret = "cloudsim-ali-secret-one";

std::string Team(int number) { return "team-" + std::to_string(number % kTeams); }
std::string Name(int number) { return "bot-" + std::to_string(number); }

json Object(const char* kind, const std::string& space, const std::string& name, json spec) {
  return {{"apiVersion", "instanced.dev/v1alpha1"},
          {"kind", kind},
          {"metadata", {{"name", name}, {"namespace", space}}},
          {"spec", std::move(spec)}};
}

json Config(const std::string& space, const std::string& region, const std::string& url) {
  json budgets;
  for (const char* operation : {"DescribeInstance", "CreateInstance", "ListInstances"}) {
    budgets[std::string("outboundbot:") + operation] = {{"perSecond", 10000}, {"burst", 10000}};
  }
  return Object("ProviderConfig", space, "default",
                {{"alibaba",
                  {{"region", region},
                   {"accountId", kAccount},
                   {"endpoints", {{"outboundbot", url}, {"sts", url}}},
                   {"credentials", {{"environment", json::object()}}}}},
                 {"budgets", budgets}});
}

Task<void> WriteSome(std::function<Task<Result<std::string>>(int)> one, int* next, int count,
                     std::string* failure) {
  while (*next < count && failure->empty()) {
    auto writing = one((*next)++);
    const auto written = co_await writing;
    if (!written) *failure = written.error().message;
  }
}

}  // namespace

KubeFleet::KubeFleet(KubeFleetPlan plan) : plan_(std::move(plan)) {
  std::filesystem::remove_all(plan_.folder);
  std::filesystem::create_directories(plan_.folder);
  const auto text = ReadSmallFile(plan_.kubeconfig);
  if (!text) throw std::runtime_error(text.error().message);
  auto config = ReadKubeconfig({{*text, plan_.kubeconfig.parent_path()}}, "", ReadSmallFile);
  if (!config) throw std::runtime_error(config.error().message);
  HttpClientOptions options;
  options.tls = config->tls;
  http_ = std::move(*BeastHttpClient::Create(loop_, options));
  client_ = std::make_unique<KubeClient>(*http_, *http_, clock_, *config, ReadSmallFile,
                                         KubeClientOptions{}, nullptr);
  auto cloud = cloudsim::CloudsimProcess::Start(
      (plan_.programs / "cloudsim").string(),
      {"--no-rates", "--no-quotas", "--provision-time", "0", "--log-limit", "2000"});
  if (!cloud) throw std::runtime_error(cloud.error());
  cloud_.emplace(std::move(*cloud));
}

void KubeFleet::Must(Result<std::string> answer, const std::string& what) {
  if (!answer) throw std::runtime_error("cannot " + what + ": " + answer.error().message);
}

void KubeFleet::Spread(int count, const std::function<Task<Result<std::string>>(int)>& one) {
  int next = 0;
  std::string failure;
  TaskGroup writers(loop_);
  for (int i = 0; i < kWriters; ++i) writers.Spawn(WriteSome(one, &next, count, &failure));
  loop_.RunUntil([&] { return writers.size() == 0; });
  if (!failure.empty()) throw std::runtime_error("cannot write objects: " + failure);
}

double KubeFleet::CreateAll() {
  const auto make = [&](const ResourceRef& where, const json& body) {
    Must(RunBlocking(loop_, client_->Create(where, body.dump(), {})), "create " + body.dump());
  };
  const auto prepare = [&](const std::string& space, const std::string& region) {
    make({"", "v1", "namespaces", ""},
         {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", space}}}});
    make(ResourceOf(Kind::kProviderConfig, space), Config(space, region, cloud_->url()));
  };
  for (int i = 0; i < kTeams; ++i) prepare(Team(i), "cn-region-" + std::to_string(i));
  prepare("newcomers", "cn-shanghai");
  const double begun = Seconds();
  Spread(plan_.objects, [this](int i) {
    const auto body = Object("OutboundBotInstance", Team(i), Name(i),
                             {{"forProvider",
                               {{"instanceName", Name(i)},
                                {"maxConcurrentConversation", 1},
                                {"nluServiceType", "DialogStudio"}}}});
    return client_->Create(ResourceOf(Kind::kOutboundBotInstance, Team(i)), body.dump(), {});
  });
  return Seconds() - begun;
}

double KubeFleet::PatchAll(const json& spec) {
  const double begun = Seconds();
  Spread(plan_.objects, [this, body = json{{"spec", spec}}.dump()](int i) {
    return client_->MergePatch(ObjectOf({Kind::kOutboundBotInstance, Team(i), Name(i)}), body, {});
  });
  return Seconds() - begun;
}

DaemonProcess KubeFleet::Start(const std::string& name, Election election) const {
  const auto port = FreePort();
  const auto log = plan_.folder / (name + ".log");
  std::filesystem::remove(log);
  auto started = DaemonProcess::Start(
      (plan_.programs / "instanced").string(),
      {"--kubernetes", "--kubeconfig", plan_.kubeconfig.string(), "--namespace", "all",
       "--leader-elect", election == Election::kLeases ? "yes" : "no", "--state",
       (plan_.folder / (name + ".db")).string(), "--metrics-address",
       "127.0.0.1:" + std::to_string(port), "--health-address", "off", "--log-format", "json"},
      {std::string("ALIBABA_CLOUD_ACCESS_KEY_ID=") + kAccessKey,
       std::string("ALIBABA_CLOUD_ACCESS_KEY_SECRET=") + kSecret},
      log.string(), port);
  if (!started) throw std::runtime_error(started.error());
  return std::move(*started);
}

std::string KubeFleet::Text(const char* file) const {
  std::ostringstream text;
  text << std::ifstream(plan_.folder / file).rdbuf();
  return text.str();
}

double KubeFleet::AwaitLog(const std::string& name, const std::string& words, double begun,
                           double limit) const {
  while (Seconds() - begun < limit) {
    if (Text((name + ".log").c_str()).find(words) != std::string::npos) return Seconds() - begun;
    Pause(0.005);
  }
  throw std::runtime_error("the log of " + name + " does not say \"" + words + "\"");
}

std::optional<double> KubeFleet::PickUpMillis(int number, int limit_millis) {
  const std::string name = "newcomer-" + std::to_string(number);
  const auto control = cloud_->control();
  const auto id = control.CreateForeign(
      {{"service", "outboundbot"},
       {"account", kAccount},
       {"region", "cn-shanghai"},
       {"fields", {{"InstanceName", name}, {"MaxConcurrentConversation", 1}}}});
  if (!id) throw std::runtime_error(id.error());
  const auto body =
      Object("OutboundBotInstance", "newcomers", name,
             {{"externalName", *id},
              {"managementPolicies", {"Observe"}},
              {"forProvider", {{"instanceName", name}, {"maxConcurrentConversation", 1}}}});
  Must(RunBlocking(loop_, client_->Create(ResourceOf(Kind::kOutboundBotInstance, "newcomers"),
                                          body.dump(), {})),
       "create a newcomer");
  const auto before = clock_.WallNow().time_since_epoch().count();
  const auto call = control.Wait({.phase = "received", .instance = *id}, limit_millis);
  if (!call) return std::nullopt;
  return static_cast<double>(call->received_real - before);
}

}  // namespace instanced::bench
