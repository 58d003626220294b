// What end-to-end tests need to use the program `cloudsim`: a process of it, and its control
// endpoint as blocking calls. Failures of the transport throw nothing; they come back as sentences.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/cloudsim/api/call_log.h"

namespace instanced::cloudsim {

// The control endpoint of one running cloudsim on 127.0.0.1. README.md describes the operations.
class Control {
 public:
  explicit Control(std::uint16_t port) : port_(port) {}

  // Any operation; the answer's JSON, or what went wrong (an HTTP status other than 200 included).
  std::expected<nlohmann::json, std::string> Call(const std::string& method,
                                                  const std::string& path_and_query,
                                                  const nlohmann::json& body = nullptr) const;

  std::vector<CallRecord> Calls(const CallFilter& filter = {}) const;
  // All instances, or those of one service ("connect", "scn", "ccc", "outboundbot").
  nlohmann::json Instances(const std::string& service = "") const;
  // The rule's id.
  std::expected<std::string, std::string> AddFault(const nlohmann::json& rule) const;
  bool ClearFaults() const;
  bool RemoveFault(const std::string& id) const;
  bool Drift(const nlohmann::json& change) const;
  bool Vanish(const std::string& service, const std::string& id) const;
  std::expected<std::string, std::string> CreateForeign(const nlohmann::json& instance) const;
  bool ChangeSettings(const nlohmann::json& patch) const;
  bool AdvanceClock(std::int64_t virtual_ms) const;
  bool ExpireCredential(const std::string& access_key) const;
  // The first call that matches, waited for; nothing after the time.
  std::optional<CallRecord> Wait(const CallFilter& filter, int timeout_ms) const;
  // Resumes one held call, or all for 0; how many were.
  std::size_t Release(std::int64_t seq = 0) const;
  bool Reset() const;
  bool Stop() const;

 private:
  std::uint16_t port_;
};

// A child process. Ended with SIGTERM (then SIGKILL) by pid when destroyed.
class CloudsimProcess {
 public:
  // Starts `program` on free ports with `arguments` added and --with-parent, and waits for its
  // first line.
  static std::expected<CloudsimProcess, std::string> Start(
      const std::string& program, const std::vector<std::string>& arguments = {});
  CloudsimProcess(CloudsimProcess&& other) noexcept;
  CloudsimProcess& operator=(CloudsimProcess&&) = delete;
  ~CloudsimProcess();

  std::uint16_t port() const { return port_; }
  std::uint16_t control_port() const { return control_port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  Control control() const { return Control(control_port_); }
  pid_t pid() const { return pid_; }
  void Kill();  // SIGKILL
  void Stop();  // SIGTERM, then SIGKILL after five seconds

 private:
  CloudsimProcess() = default;
  void End(int signal_number);

  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
  std::uint16_t control_port_ = 0;
};

// One request over a fresh connection to 127.0.0.1:port: the raw bytes until the peer closes or
// `timeout_ms` passes. For the client above and for tests of broken answers.
struct RawAnswer {
  std::string bytes;
  enum class End { kClosed, kReset, kTimedOut, kNotConnected } end = End::kClosed;
};
RawAnswer SendRaw(std::uint16_t port, const std::string& bytes, int timeout_ms);

}  // namespace instanced::cloudsim
