// ReplicaCrew: daemons of one installation, started, stopped and killed by name, at one KubeSite.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/e2e_kube/kube_site.h"

namespace instanced::e2e {

class ReplicaCrew {
 public:
  explicit ReplicaCrew(const KubeSite& site) : site_(site) {}

  void Start(const std::string& name);
  Program& operator[](const std::string& name) { return *members_.at(name).program; }
  // As each one's own /metrics tells: how many leases it holds; nothing when it does not answer.
  std::optional<int> Held(const std::string& name) const;
  // "ok", "ok, standby", or what is missing; empty when it does not answer.
  std::string Readiness(const std::string& name) const;
  // Waits until exactly one holds a lease, and names it; empty when it takes too long.
  std::string WaitForHolder(double seconds) const;
  // Waits until this one holds so many.
  Waited WaitUntilHeld(const std::string& name, int leases, double seconds) const;
  // Waits until these hold all of `leases`, each as many as the others, or one more.
  Waited WaitUntilShared(const std::vector<std::string>& names, int leases, double seconds) const;
  std::uint16_t MetricsPort(const std::string& name) const { return members_.at(name).metrics; }
  std::string Log(const std::string& name) const;
  // Asks this one.
  Ran Instancectl(const std::string& name, std::vector<std::string> arguments) const;

 private:
  struct Member {
    std::unique_ptr<Program> program;
    std::uint16_t metrics = 0;
    std::uint16_t health = 0;
  };
  const KubeSite& site_;
  std::map<std::string, Member> members_;
};

}  // namespace instanced::e2e
