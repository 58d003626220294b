#include "tests/e2e/site.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <random>
#include <stdexcept>

namespace instanced::e2e {
namespace {

constexpr const char* kOwner = "e2e-owner";

std::filesystem::path NewFolder() {
  std::string path = (std::filesystem::temp_directory_path() / "instanced-e2e-XXXXXX").string();
  if (!mkdtemp(path.data())) throw std::runtime_error("cannot make a temporary folder");
  return path;
}

bool IsOwn(const Json& instance) { return instance.value("origin", "") == "api"; }

}  // namespace

std::uint16_t FreePort() {
  // Below the range from which outgoing connections take theirs: between here and the daemon's own
  // bind nobody but another test asks for one of these.
  static std::minstd_rand chance{std::random_device{}()};
  std::uniform_int_distribution<int> below_ephemeral(15'000, 32'000);
  for (int attempt = 0; attempt < 100; ++attempt) {
    const auto port = static_cast<std::uint16_t>(below_ephemeral(chance));
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    const bool bound = bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    close(descriptor);
    if (bound) return port;
  }
  throw std::runtime_error("cannot find a free port");
}

const CloudAccount& AwsOne() {
  static const CloudAccount kAccount{"123456789012", "AKIACLOUDSIM00000001",
                                     "cloudsim-aws-secret-one"};
  return kAccount;
}
const CloudAccount& AwsTwo() {
  static const CloudAccount kAccount{"210987654321", "AKIACLOUDSIM00000002",
                                     "cloudsim-aws-secret-two"};
  return kAccount;
}
const CloudAccount& AlibabaOne() {
  static const CloudAccount kAccount{"1059803544828509", "LTAICLOUDSIM0001",
                                     "cloudsim-ali-secret-one"};
  return kAccount;
}
const CloudAccount& AlibabaTwo() {
  static const CloudAccount kAccount{"1059803544828510", "LTAICLOUDSIM0002",
                                     "cloudsim-ali-secret-two"};
  return kAccount;
}

Site::Site(SiteOptions options) : folder_(NewFolder()), manifests_(folder_ / "manifests") {
  options.cloudsim.insert(options.cloudsim.end(), {"--state", (folder_ / "clouds").string()});
  auto started = cloudsim::CloudsimProcess::Start(CLOUDSIM_PROGRAM, options.cloudsim);
  if (!started) throw std::runtime_error(started.error());
  clouds_.emplace(std::move(*started));
  environment_ = {{"AWS_ACCESS_KEY_ID", AwsOne().access_key},
                  {"AWS_SECRET_ACCESS_KEY", AwsOne().secret},
                  {"ALIBABA_CLOUD_ACCESS_KEY_ID", AlibabaOne().access_key},
                  {"ALIBABA_CLOUD_ACCESS_KEY_SECRET", AlibabaOne().secret},
                  {"HOME", folder_.string()}};
  flags_ = {
      "--owner-id",      kOwner, "--poll-in-transition", "200ms", "--poll-stable",        "1500ms",
      "--quiet-time",    "40ms", "--rescan-interval",    "2s",    "--consistency-window", "1s",
      "--call-deadline", "2s",   "--drain-timeout",      "5s",    "--connect-timeout",    "1s",
      "--log-format",    "json", "--log-level",          "debug"};
  for (std::size_t at = 0; at < options.flags.size(); ++at) {
    // A flag of the site's own, given anew, replaces its value.
    const auto own = std::ranges::find(flags_, options.flags[at]);
    if (own == flags_.end() || !own->starts_with("--")) {
      flags_.push_back(options.flags[at]);
    } else {
      *std::next(own) = options.flags[++at];
    }
  }
  launcher_ = std::move(options.launcher);
  manifests_.Write(ProviderConfigManifest("default", url(), AwsOne(), AlibabaOne()));
}

Site::~Site() {
  if (daemon_) daemon_->Kill();
  if (testing::Test::HasFailure()) {
    std::cerr << "kept for a look: " << folder_ << "\n";
    return;
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

ProgramCall Site::DaemonCall(const std::string& log_name) const {
  ProgramCall call{INSTANCED_PROGRAM, {"run"}, environment_, folder_ / log_name, {}};
  const auto where = Where();
  call.arguments.insert(call.arguments.end(), where.begin(), where.end());
  call.arguments.insert(call.arguments.end(), {"--state", state_file().string()});
  call.arguments.insert(call.arguments.end(), flags_.begin(), flags_.end());
  if (!launcher_.empty()) {
    call.arguments.insert(call.arguments.begin(), call.path);
    call.arguments.insert(call.arguments.begin(), launcher_.begin() + 1, launcher_.end());
    call.path = launcher_.front();
  }
  return call;
}

void Site::StartDaemon(std::optional<std::uint64_t> file_size_max) {
  metrics_port_ = FreePort();
  health_port_ = FreePort();
  ProgramCall call = DaemonCall("log");
  call.file_size_max = file_size_max;
  const auto address = [](std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); };
  call.arguments.insert(call.arguments.end(), {"--metrics-address", address(metrics_port_),
                                               "--health-address", address(health_port_)});
  daemon_ = std::make_unique<Program>(call);
}

void Site::KillDaemon() {
  if (daemon_) daemon_->Kill();
}

std::optional<Ending> Site::StopDaemon(double seconds) {
  if (!daemon_) return std::nullopt;
  daemon_->Signal(SIGTERM);
  return daemon_->WaitForEnd(seconds);
}

Ran Site::Instancectl(std::vector<std::string> arguments) const {
  arguments.insert(arguments.end(), {"--socket", (folder_ / "state.sock").string()});
  return RunToEnd({INSTANCECTL_PROGRAM, arguments, environment_, folder_ / "instancectl", {}}, 20);
}

std::optional<RecordedObject> Site::Object(const Json& manifest) const {
  for (auto& object : Objects()) {
    if (object.key == KeyOf(manifest)) return std::move(object);
  }
  return std::nullopt;
}

bool Site::AllReady(const std::vector<Json>& manifests) const {
  std::map<std::string, RecordedObject> recorded;
  for (auto& object : Objects()) recorded[object.key] = std::move(object);
  return std::ranges::all_of(manifests, [&](const Json& manifest) {
    const auto it = recorded.find(KeyOf(manifest));
    return it != recorded.end() && it->second.Is("Ready") && it->second.Is("Synced");
  });
}

std::vector<Json> Site::OwnInstances(const std::string& service) const {
  std::vector<Json> own;
  for (auto& instance : clouds().Instances(service)) {
    if (IsOwn(instance) && instance.value("state", "") != "Deleted") own.push_back(instance);
  }
  return own;
}

std::vector<std::string> Site::Effects(std::int64_t since) const {
  cloudsim::CallFilter filter;
  filter.since = since;
  std::vector<std::string> effects;
  for (const auto& call : clouds().Calls(filter)) {
    if (call.effect != "none") effects.push_back(call.service + ":" + call.operation);
  }
  return effects;
}

std::size_t Site::CountEffects(const std::string& effect, std::int64_t since) const {
  cloudsim::CallFilter filter;
  filter.since = since;
  const auto calls = clouds().Calls(filter);
  return static_cast<std::size_t>(
      std::ranges::count_if(calls, [&](const auto& call) { return call.effect == effect; }));
}

std::int64_t Site::LastCall() const {
  const auto answer = clouds().Call("GET", "/control/calls?limit=1");
  return answer ? answer->value("last", std::int64_t{0}) : 0;
}

std::optional<std::string> Site::Get(std::uint16_t port, const std::string& path,
                                     int status) const {
  const auto answer = cloudsim::SendRaw(
      port, "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", 3000);
  const auto head_end = answer.bytes.find("\r\n\r\n");
  if (head_end == std::string::npos) return std::nullopt;
  if (answer.bytes.substr(9, 3) != std::to_string(status)) return std::nullopt;
  return answer.bytes.substr(head_end + 4);
}

}  // namespace instanced::e2e
