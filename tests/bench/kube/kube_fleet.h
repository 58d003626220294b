// A fleet in a real API server: custom resources, a simulated cloud and the operator between them.
//
// Objects are written by a client of our own, because kubectl takes its time. Ownership: the API
// server is whoever's that started it (tests/e2e_kube/apiserver.sh); what is made in it is left.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "controller/http/beast_http_client.h"
#include "controller/kube/kube_client.h"
#include "tests/bench/fleet/daemon_process.h"
#include "tests/cloudsim/client.h"

namespace instanced::bench {

struct KubeFleetPlan {
  std::filesystem::path programs;
  std::filesystem::path kubeconfig;
  std::filesystem::path folder;  // emptied first
  int objects = 1000;
};

class KubeFleet {
 public:
  explicit KubeFleet(KubeFleetPlan plan);

  // Namespaces, ProviderConfigs and all objects; seconds of the server.
  double CreateAll();
  // A merge patch on every object's spec; seconds.
  double PatchAll(const nlohmann::json& spec);

  enum class Election { kAlone, kLeases };
  // `name` gives it a log and a state of its own. Its log before this start is forgotten.
  DaemonProcess Start(const std::string& name, Election election = Election::kAlone) const;
  // Seconds since `begun` until the log of `name` has `words`.
  double AwaitLog(const std::string& name, const std::string& words, double begun,
                  double limit) const;
  // One more object that only looks at an instance of its own: milliseconds from the server's
  // answer to its creation until the cloud has read the first call about it.
  std::optional<double> PickUpMillis(int number, int limit_millis);

  int objects() const { return plan_.objects; }

 private:
  void Must(Result<std::string> answer, const std::string& what);
  void Spread(int count, const std::function<Task<Result<std::string>>(int)>& one);
  std::string Text(const char* file) const;

  KubeFleetPlan plan_;
  SystemClock clock_;
  Loop loop_{clock_};
  std::unique_ptr<BeastHttpClient> http_;
  std::unique_ptr<KubeClient> client_;
  std::optional<cloudsim::CloudsimProcess> cloud_;
};

}  // namespace instanced::bench
