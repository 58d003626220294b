#include <pwd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "controller/config/environment.h"
#include "controller/ctl/run.h"

namespace {

std::string UserName() {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  const uid_t uid = getuid();
  if (getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
    return found->pw_name;
  }
  return "uid " + std::to_string(uid);
}

std::size_t TerminalWidth() {
  winsize size{};
  if (isatty(STDOUT_FILENO) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const instanced::SystemClock clock;
  const auto environment = instanced::ReadEnvironment();
  const std::size_t width = TerminalWidth();
  instanced::ctl::Surroundings surroundings{
      .environment = environment,
      .user = UserName(),
      .width = width,
      .colours = instanced::ctl::ColoursFor(width, environment),
      .clock = clock,
      .output = std::cout,
      .diagnostics = std::cerr};
  return static_cast<int>(instanced::ctl::Run(arguments, surroundings));
}
