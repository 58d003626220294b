#include "tests/cloudsim/client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "tests/cloudsim/api/message.h"

extern char** environ;

namespace instanced::cloudsim {
namespace {

constexpr int kCallTimeout = 30'000;
constexpr int kStartTimeout = 30'000;
constexpr int kStopTimeout = 5'000;

std::string QueryOf(const CallFilter& filter) {
  std::string query = "since=" + std::to_string(filter.since);
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) query.append("&").append(name).append("=").append(PercentEncode(value));
  };
  add("phase", filter.phase);
  add("service", filter.service);
  add("account", filter.account);
  add("operation", filter.operation);
  add("instance", filter.instance);
  add("name", filter.name);
  add("kind", filter.kind);
  return query;
}

// Appends what arrives within the time. False at the end of the stream or of the time.
bool ReadSome(int descriptor, int timeout_ms, RawAnswer& answer) {
  pollfd wanted{descriptor, POLLIN, 0};
  if (poll(&wanted, 1, timeout_ms) <= 0) {
    answer.end = RawAnswer::End::kTimedOut;
    return false;
  }
  std::array<char, 4096> chunk{};
  const ssize_t size = read(descriptor, chunk.data(), chunk.size());
  if (size < 0) answer.end = RawAnswer::End::kReset;
  if (size <= 0) return false;
  answer.bytes.append(chunk.data(), static_cast<std::size_t>(size));
  return true;
}

std::expected<nlohmann::json, std::string> JsonOf(const RawAnswer& answer) {
  const auto head_end = answer.bytes.find("\r\n\r\n");
  if (head_end == std::string::npos || answer.bytes.size() < 12) {
    return std::unexpected("the control endpoint did not answer");
  }
  const std::string body = answer.bytes.substr(head_end + 4);
  nlohmann::json json = nlohmann::json::parse(body, nullptr, false);
  if (answer.bytes.substr(9, 3) != "200") {
    return std::unexpected(answer.bytes.substr(9, 3) + " " + body);
  }
  if (json.is_discarded()) return std::unexpected("the answer is not JSON: " + body);
  return json;
}

// Waits up to `timeout_ms` for the child; true when it is gone.
bool Reap(pid_t pid, int timeout_ms) {
  for (int waited = 0; waited <= timeout_ms; waited += 10) {
    if (waitpid(pid, nullptr, WNOHANG) != 0) return true;
    poll(nullptr, 0, 10);
  }
  return false;
}

std::string FirstLine(int descriptor) {
  RawAnswer output;
  while (output.bytes.find('\n') == std::string::npos &&
         ReadSome(descriptor, kStartTimeout, output)) {
  }
  return output.bytes.substr(0, output.bytes.find('\n'));
}

pid_t Spawn(const std::string& program, std::vector<std::string> arguments, int output) {
  arguments.insert(arguments.begin(), program);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  pid_t pid = -1;
  if (posix_spawn(&pid, program.c_str(), &actions, nullptr, argv.data(), environ) != 0) pid = -1;
  posix_spawn_file_actions_destroy(&actions);
  return pid;
}

}  // namespace

RawAnswer SendRaw(std::uint16_t port, const std::string& bytes, int timeout_ms) {
  RawAnswer answer;
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    close(descriptor);
    answer.end = RawAnswer::End::kNotConnected;
    return answer;
  }
  const ssize_t sent = send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(bytes.size())) answer.end = RawAnswer::End::kReset;
  while (ReadSome(descriptor, timeout_ms, answer)) {
  }
  close(descriptor);
  return answer;
}

std::expected<nlohmann::json, std::string> Control::Call(const std::string& method,
                                                         const std::string& path_and_query,
                                                         const nlohmann::json& body) const {
  const std::string text = body.is_null() ? "" : body.dump();
  return JsonOf(SendRaw(port_,
                        method + " " + path_and_query +
                            " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                            "Content-Type: application/json\r\nContent-Length: " +
                            std::to_string(text.size()) + "\r\n\r\n" + text,
                        kCallTimeout));
}

std::vector<CallRecord> Control::Calls(const CallFilter& filter) const {
  const auto answer = Call("GET", "/control/calls?" + QueryOf(filter));
  return answer ? answer->at("calls").get<std::vector<CallRecord>>() : std::vector<CallRecord>{};
}

nlohmann::json Control::Instances(const std::string& service) const {
  const auto answer = Call("GET", "/control/instances?service=" + service);
  return answer ? answer->at("instances") : nlohmann::json();
}

std::expected<std::string, std::string> Control::AddFault(const nlohmann::json& rule) const {
  const auto answer = Call("POST", "/control/faults", rule);
  if (!answer) return std::unexpected(answer.error());
  return answer->at("id").get<std::string>();
}

bool Control::ClearFaults() const { return Call("DELETE", "/control/faults").has_value(); }

bool Control::RemoveFault(const std::string& id) const {
  return Call("DELETE", "/control/faults?id=" + PercentEncode(id)).has_value();
}

bool Control::Drift(const nlohmann::json& change) const {
  return Call("POST", "/control/drift", change).has_value();
}

bool Control::Vanish(const std::string& service, const std::string& id) const {
  return Call("POST", "/control/vanish", {{"service", service}, {"id", id}}).has_value();
}

std::expected<std::string, std::string> Control::CreateForeign(
    const nlohmann::json& instance) const {
  const auto answer = Call("POST", "/control/instances", instance);
  if (!answer) return std::unexpected(answer.error());
  return answer->at("id").get<std::string>();
}

bool Control::ChangeSettings(const nlohmann::json& patch) const {
  return Call("POST", "/control/settings", patch).has_value();
}

bool Control::AdvanceClock(std::int64_t virtual_ms) const {
  return Call("POST", "/control/clock", {{"advance_ms", virtual_ms}}).has_value();
}

bool Control::ExpireCredential(const std::string& access_key) const {
  return Call("POST", "/control/expire", {{"access_key", access_key}}).has_value();
}

std::optional<CallRecord> Control::Wait(const CallFilter& filter, int timeout_ms) const {
  const auto answer = JsonOf(
      SendRaw(port_,
              "GET /control/wait?" + QueryOf(filter) + "&timeout_ms=" + std::to_string(timeout_ms) +
                  " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
              timeout_ms + kCallTimeout));
  return answer ? std::optional(answer->get<CallRecord>()) : std::nullopt;
}

std::size_t Control::Release(std::int64_t seq) const {
  const auto answer = Call("POST", "/control/release", {{"seq", seq}});
  return answer ? answer->at("released").get<std::size_t>() : 0;
}

bool Control::Reset() const { return Call("POST", "/control/reset").has_value(); }
bool Control::Stop() const { return Call("POST", "/control/stop").has_value(); }

std::expected<CloudsimProcess, std::string> CloudsimProcess::Start(
    const std::string& program, const std::vector<std::string>& arguments) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return std::unexpected(std::strerror(errno));
  std::vector<std::string> all = arguments;
  all.emplace_back("--with-parent");
  CloudsimProcess process;
  process.pid_ = Spawn(program, all, ends[1]);
  close(ends[1]);
  const std::string line = process.pid_ > 0 ? FirstLine(ends[0]) : "";
  close(ends[0]);
  const nlohmann::json announced = nlohmann::json::parse(line, nullptr, false);
  if (!announced.is_object()) return std::unexpected("cloudsim did not start: " + program);
  process.port_ = announced.at("port");
  process.control_port_ = announced.at("control_port");
  return process;
}

CloudsimProcess::CloudsimProcess(CloudsimProcess&& other) noexcept
    : pid_(other.pid_), port_(other.port_), control_port_(other.control_port_) {
  other.pid_ = -1;
}

CloudsimProcess::~CloudsimProcess() { Stop(); }
void CloudsimProcess::Kill() { End(SIGKILL); }
void CloudsimProcess::Stop() { End(SIGTERM); }

void CloudsimProcess::End(int signal_number) {
  if (pid_ <= 0) return;
  kill(pid_, signal_number);
  if (!Reap(pid_, kStopTimeout)) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  pid_ = -1;
}

}  // namespace instanced::cloudsim
