// The daemon as a child process, seen from outside: its processor time, memory and metrics.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <vector>

namespace instanced::bench {

struct Usage {
  double cpu_seconds = 0;  // user and system
  double rss_mib = 0;
  double anonymous_mib = 0;  // RssAnon
};

class DaemonProcess {
 public:
  // Starts `program run` with the arguments and these variables alone; its log goes to `log_path`.
  static std::expected<DaemonProcess, std::string> Start(const std::string& program,
                                                         std::vector<std::string> arguments,
                                                         std::vector<std::string> variables,
                                                         const std::string& log_path,
                                                         std::uint16_t metrics_port);
  DaemonProcess(DaemonProcess&& other) noexcept;
  DaemonProcess& operator=(DaemonProcess&&) = delete;
  ~DaemonProcess();

  bool Running() const;
  Usage Used() const;
  // Every sample of /metrics: "name{labels}" as the exposer writes it. Empty when it cannot be
  // read.
  std::map<std::string, double> Samples() const;
  void Signal(int number) const;
  // SIGTERM, then SIGKILL after half a minute.
  void Stop();

 private:
  DaemonProcess() = default;
  pid_t pid_ = -1;
  std::uint16_t metrics_port_ = 0;
};

// The sum of all samples whose name begins with `prefix` and that contain `part`.
double Sum(const std::map<std::string, double>& samples, const std::string& prefix,
           const std::string& part = "");

std::uint16_t FreePort();

}  // namespace instanced::bench
