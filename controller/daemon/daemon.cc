#include "controller/daemon/daemon.h"

#include <utility>

#include "controller/config/version.h"
#include "controller/daemon/daemon_parts.h"
#include "controller/daemon/heap.h"
#include "controller/daemon/options_from_config.h"

namespace instanced {
namespace {

std::string DeclaredIn(const Config& config) {
  if (!config.kubernetes) return config.manifests.string();
  const auto& space = config.kubernetes->namespace_;
  return space.empty() ? "Kubernetes, all namespaces" : "Kubernetes, namespace " + space;
}

}  // namespace

Daemon::Daemon(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Daemon::~Daemon() = default;

Result<std::unique_ptr<Daemon>> Daemon::Create(const Config& config, ConfigReader read_again) {
  // Not constructed inside Parts: its sink and format ask the terminal.
  static const SystemClock kClock;
  BoundHeapArenas();
  auto parts = std::make_unique<Parts>(config, std::move(read_again), LogFrom(config, kClock));
  if (auto opened = parts->Open(); !opened) return std::unexpected(std::move(opened.error()));
  if (auto listening = parts->Listen(); !listening) {
    return std::unexpected(std::move(listening.error()));
  }
  return std::unique_ptr<Daemon>(new Daemon(std::move(parts)));
}

int Daemon::Run() {
  Parts& parts = *parts_;
  parts.HandleSignals();
  parts.log.Info("started", {{"version", ProgramVersion()},
                             {"declared_in", DeclaredIn(parts.config)},
                             {"state", parts.config.state_file.string()},
                             {"owner", parts.owner},
                             {"admin_socket", parts.config.admin_socket.string()}});
  parts.others.Spawn(parts.Work());
  parts.loop.RunUntil([&] {
    const bool idle = parts.passes.size() == 0 && parts.others.size() == 0;
    return parts.stop_work.StopRequested() && (idle || parts.limits.size() == 0);
  });
  parts.desk->Close();
  parts.admin->Stop();
  if (parts.page) parts.page->Close();
  if (parts.health_server) parts.health_server->Close();
  parts.metrics_endpoint.reset();
  parts.log.Info("stopped", {{"passes_cut_off", parts.passes.size()}});
  return parts.exit_code;
}

}  // namespace instanced
