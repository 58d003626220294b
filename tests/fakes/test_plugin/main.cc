// The test plugin as a program: test_plugin [--address A] [--state FILE] [--scope S]
// [--defect NAME] [--create-takes MS]. Without --address it listens where the daemon says.
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <thread>

#include "tests/fakes/test_plugin/test_plugin.h"

int main(int argc, char** argv) {
  using instanced::test_plugin::TestPlugin;
  std::map<std::string, std::string> flags;
  for (int i = 1; i + 1 < argc; i += 2) flags[argv[i]] = argv[i + 1];
  instanced::test_plugin::TestPluginOptions options;
  const char* given = std::getenv("INSTANCED_PLUGIN_ADDRESS");
  options.address = flags.contains("--address") ? flags["--address"] : given ? given : "";
  options.state_file = flags["--state"];
  if (flags.contains("--scope")) options.scope = flags["--scope"];
  if (flags.contains("--create-takes")) {
    options.create_takes = std::chrono::milliseconds(std::atoi(flags["--create-takes"].c_str()));
  }
  if (flags.contains("--defect")) {
    const auto defect = instanced::test_plugin::DefectNamed(flags["--defect"]);
    if (!defect) {
      std::cerr << "no defect is called " << flags["--defect"] << "\n";
      return 2;
    }
    options.defect = *defect;
  }
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  TestPlugin plugin(options);
  if (!plugin.listening()) {
    std::cerr << "cannot listen on " << options.address << "\n";
    return 1;
  }
  std::cerr << "listening on " << options.address << std::endl;
  int signal = 0;
  sigwait(&ending, &signal);
  plugin.Stop();
  return 0;
}
