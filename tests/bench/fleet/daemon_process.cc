#include "tests/bench/fleet/daemon_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "tests/cloudsim/client.h"

namespace instanced::bench {
namespace {

constexpr int kStopMillis = 30'000;

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::string ReadProc(pid_t pid, const char* name) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

double MebibytesOf(const std::string& status, const std::string& name) {
  const auto at = status.find(name + ":");
  if (at == std::string::npos) return 0;
  return std::strtod(status.c_str() + at + name.size() + 1, nullptr) / 1024;
}

}  // namespace

std::expected<DaemonProcess, std::string> DaemonProcess::Start(const std::string& program,
                                                               std::vector<std::string> arguments,
                                                               std::vector<std::string> variables,
                                                               const std::string& log_path,
                                                               std::uint16_t metrics_port) {
  arguments.insert(arguments.begin(), {program, "run"});
  auto argv = Pointers(arguments);
  auto environment = Pointers(variables);
  const int log = open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  DaemonProcess process;
  process.metrics_port_ = metrics_port;
  process.pid_ = fork();
  if (process.pid_ == 0) {
    // The daemon ends with the benchmark, however that ends.
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execve(program.c_str(), argv.data(), environment.data());
    _exit(127);
  }
  close(log);
  if (process.pid_ < 0)
    return std::unexpected("cannot start " + program + ": " + std::strerror(errno));
  return process;
}

DaemonProcess::DaemonProcess(DaemonProcess&& other) noexcept
    : pid_(other.pid_), metrics_port_(other.metrics_port_) {
  other.pid_ = -1;
}

DaemonProcess::~DaemonProcess() { Stop(); }

bool DaemonProcess::Running() const {
  siginfo_t info{};
  return pid_ > 0 &&
         waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == 0;
}

Usage DaemonProcess::Used() const {
  Usage usage;
  const auto status = ReadProc(pid_, "status");
  usage.rss_mib = MebibytesOf(status, "VmRSS");
  usage.anonymous_mib = MebibytesOf(status, "RssAnon");
  const auto stat = ReadProc(pid_, "stat");
  // After the name in parentheses: state, then ten fields, then user and system ticks.
  std::istringstream rest(stat.substr(std::min(stat.size(), stat.rfind(')') + 2)));
  std::string skipped;
  for (int i = 0; i < 11; ++i) rest >> skipped;
  double user = 0;
  double system = 0;
  rest >> user >> system;
  usage.cpu_seconds = (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
  return usage;
}

std::map<std::string, double> DaemonProcess::Samples() const {
  const auto answer = cloudsim::SendRaw(
      metrics_port_, "GET /metrics HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n\r\n",
      10'000);
  std::map<std::string, double> samples;
  std::istringstream lines(answer.bytes);
  for (std::string line; std::getline(lines, line);) {
    const auto space = line.rfind(' ');
    if (line.starts_with('#') || space == std::string::npos) continue;
    samples[line.substr(0, space)] = std::strtod(line.c_str() + space, nullptr);
  }
  return samples;
}

void DaemonProcess::Signal(int number) const { kill(pid_, number); }

void DaemonProcess::Stop() {
  if (pid_ <= 0) return;
  kill(pid_, SIGTERM);
  for (int waited = 0; waited < kStopMillis && Running(); waited += 10) poll(nullptr, 0, 10);
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

double Sum(const std::map<std::string, double>& samples, const std::string& prefix,
           const std::string& part) {
  double sum = 0;
  for (auto it = samples.lower_bound(prefix); it != samples.end(); ++it) {
    if (!it->first.starts_with(prefix)) break;
    if (it->first.find(part) != std::string::npos) sum += it->second;
  }
  return sum;
}

std::uint16_t FreePort() {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  std::uint16_t port = 0;
  if (bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
      getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    port = ntohs(address.sin_port);
  }
  close(descriptor);
  return port;
}

}  // namespace instanced::bench
