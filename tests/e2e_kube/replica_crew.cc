#include "tests/e2e_kube/replica_crew.h"

#include <sstream>

#include "tests/cloudsim/client.h"

namespace instanced::e2e {
namespace {

std::string Address(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }

std::string BodyOf(std::uint16_t port, const std::string& path) {
  const auto answer = cloudsim::SendRaw(
      port, "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 500);
  const auto body = answer.bytes.find("\r\n\r\n");
  return body == std::string::npos ? "" : answer.bytes.substr(body + 4);
}

}  // namespace

void ReplicaCrew::Start(const std::string& name) {
  Member member;
  member.metrics = FreePort();
  member.health = FreePort();
  auto call = site_.DaemonCall("log-" + name);
  for (auto& argument : call.arguments) {
    if (argument == site_.state_file().string()) {
      argument = (site_.folder() / (name + ".db")).string();
    }
  }
  call.arguments.insert(call.arguments.end(), {"--metrics-address", Address(member.metrics),
                                               "--health-address", Address(member.health)});
  member.program = std::make_unique<Program>(call);
  members_[name] = std::move(member);
}

std::optional<int> ReplicaCrew::Held(const std::string& name) const {
  std::istringstream lines(BodyOf(members_.at(name).metrics, "/metrics"));
  std::optional<int> held;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("leader_election_master_status{")) continue;
    held = held.value_or(0) + (line.ends_with(" 1") ? 1 : 0);
  }
  return held;
}

std::string ReplicaCrew::Readiness(const std::string& name) const {
  auto body = BodyOf(members_.at(name).health, "/readyz");
  while (!body.empty() && (body.back() == '\n' || body.back() == '\r')) body.pop_back();
  return body;
}

std::string ReplicaCrew::WaitForHolder(double seconds) const {
  std::string holder;
  WaitUntil(
      [&] {
        int holders = 0;
        for (const auto& [name, member] : members_) {
          if (!member.program->Running() || Held(name).value_or(0) == 0) continue;
          ++holders;
          holder = name;
        }
        return holders == 1;
      },
      seconds);
  return holder;
}

Waited ReplicaCrew::WaitUntilHeld(const std::string& name, int leases, double seconds) const {
  return WaitUntil([&] { return Held(name) == leases; }, seconds);
}

Waited ReplicaCrew::WaitUntilShared(const std::vector<std::string>& names, int leases,
                                    double seconds) const {
  const int each = leases / static_cast<int>(names.size());
  const auto shared = [&] {
    int all = 0;
    for (const auto& name : names) {
      const int held = Held(name).value_or(0);
      if (held < each || held > each + 1) return false;
      all += held;
    }
    return all == leases;
  };
  return WaitUntil(shared, seconds);
}

Ran ReplicaCrew::Instancectl(const std::string& name, std::vector<std::string> arguments) const {
  arguments.insert(arguments.end(), {"--socket", (site_.folder() / (name + ".sock")).string()});
  return RunToEnd({INSTANCECTL_PROGRAM,
                   arguments,
                   {{"HOME", site_.folder().string()}},
                   site_.folder() / ("instancectl-" + name),
                   {}},
                  20);
}

std::string ReplicaCrew::Log(const std::string& name) const {
  return ReadText(site_.folder() / ("log-" + name));
}

}  // namespace instanced::e2e
