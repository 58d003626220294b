#include <iostream>
#include <string>
#include <vector>

#include "controller/config/command_line.h"
#include "controller/config/environment.h"
#include "controller/config/version.h"
#include "controller/daemon/conformance_command.h"
#include "controller/daemon/daemon.h"
#include "controller/daemon/validate.h"

namespace instanced {
namespace {

struct Carry {
  const std::vector<std::string>& arguments;

  int operator()(const RunDaemon& run) const {
    auto daemon = Daemon::Create(run.config, [this] { return ReadAgain(); });
    if (daemon) return (*daemon)->Run();
    std::cerr << "instanced: " << daemon.error().message << "\n";
    return 1;
  }
  int operator()(const ValidateManifests& validate) const {
    return ValidateDirectory(validate.directory, std::cout, std::cerr);
  }
  int operator()(const AskHealth& ask) const { return AskHealthOf(ask.address, std::cerr); }
  int operator()(const CheckConformance& check) const {
    return RunConformance(check, std::cout, std::cerr);
  }
  int operator()(const ShowVersion&) const {
    std::cout << "instanced " << ProgramVersion() << "\n";
    return 0;
  }
  int operator()(const ShowHelp& help) const {
    std::cout << help.text;
    return 0;
  }

  std::expected<Config, ConfigError> ReadAgain() const {
    auto invocation = ParseCommandLine(arguments, ReadEnvironment(), ReadSmallFile);
    if (!invocation) return std::unexpected(std::move(invocation.error()));
    return std::get<RunDaemon>(*invocation).config;
  }
};

int Main(const std::vector<std::string>& arguments) {
  const auto invocation = ParseCommandLine(arguments, ReadEnvironment(), ReadSmallFile);
  if (invocation) return std::visit(Carry{arguments}, *invocation);
  for (const auto& problem : invocation.error().problems) {
    std::cerr << "instanced: " << problem << "\n";
  }
  return 2;
}

}  // namespace
}  // namespace instanced

int main(int argc, char** argv) {
  return instanced::Main(std::vector<std::string>(argv + 1, argv + argc));
}
