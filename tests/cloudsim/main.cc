#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>

#include "tests/cloudsim/flags.h"

namespace instanced::cloudsim {
namespace {

// The first line of output: where to reach the program and with what.
void Announce(const Server& server, const std::vector<Credential>& accounts) {
  Json list = Json::array();
  for (const Credential& account : accounts) {
    list.push_back({{"cloud", account.cloud},
                    {"account", account.account},
                    {"access_key", account.access_key},
                    {"secret", account.secret}});
  }
  const Json line = {{"port", server.port()},
                     {"control_port", server.control_port()},
                     {"pid", getpid()},
                     {"accounts", list}};
  std::printf("%s\n", line.dump().c_str());
  std::fflush(stdout);
}

void WaitForEnd(const Server& server, const sigset_t& signals, Lifetime lifetime) {
  const pid_t parent = getppid();
  const timespec tick{0, 100'000'000};
  while (!server.StopAsked()) {
    if (sigtimedwait(&signals, nullptr, &tick) > 0) return;
    if (lifetime == Lifetime::kWithParent && getppid() != parent) return;
  }
}

int Run(const Flags& flags) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  const SystemClock clock;
  Server server(flags.server, clock);
  if (const auto started = server.Start(); !started) {
    std::fprintf(stderr, "cloudsim: %s\n", started.error().c_str());
    return 1;
  }
  Announce(server, flags.server.simulator.accounts);
  WaitForEnd(server, signals, flags.lifetime);
  server.Stop();
  return 0;
}

}  // namespace
}  // namespace instanced::cloudsim

int main(int argc, char** argv) {
  const auto flags = instanced::cloudsim::ParseFlags(argc, argv);
  if (!flags) {
    std::fputs(flags.error().text.c_str(), flags.error().code == 0 ? stdout : stderr);
    return flags.error().code;
  }
  return instanced::cloudsim::Run(*flags);
}
