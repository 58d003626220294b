// The program itself on a real terminal: lines fit it, and colours are there only where wanted.
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <regex>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/controller/ctl/ctl_fixture.h"

namespace instanced::ctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class CtlTerminal : public CtlRun {
 protected:
  void SetUp() override {
    CtlRun::SetUp();
    BrakeReport brake;
    brake.id = "b-1";
    brake.cause = "MassDeletion";
    brake.message = std::string(200, 'x');
    brake.held.push_back({Kind::kConnectInstance, "default", "desk"});
    backend_.Hold(brake);
  }

  // What `instancectl brakes` writes to a terminal of so many columns.
  std::string On(std::uint16_t columns, const char* no_color) {
    const std::string socket = "INSTANCED_ADMIN_SOCKET=" + folder_.socket().string();
    winsize size{};
    size.ws_col = columns;
    size.ws_row = 24;
    int terminal = -1;
    const pid_t child = forkpty(&terminal, nullptr, nullptr, &size);
    if (child == 0) {
      std::array<const char*, 4> environment{socket.c_str(), "TERM=xterm", no_color, nullptr};
      execle(INSTANCECTL, "instancectl", "brakes", nullptr, environment.data());
      _exit(127);
    }
    std::string text;
    std::array<char, 4096> buffer{};
    for (ssize_t got = 0; (got = read(terminal, buffer.data(), buffer.size())) > 0;) {
      text.append(buffer.data(), static_cast<std::size_t>(got));
    }
    close(terminal);
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 0) << text;
    return text;
  }
};

TEST_F(CtlTerminal, LinesFitItsWidth) {
  for (const std::uint16_t columns : {std::uint16_t{60}, std::uint16_t{80}, std::uint16_t{132}}) {
    const std::string text =
        std::regex_replace(On(columns, nullptr), std::regex("\x1b\\[[0-9]*m|\r"), "");
    EXPECT_THAT(text, HasSubstr(columns < 80 ? "MassDele..." : "MassDeletion"));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), columns) << line;
  }
}

TEST_F(CtlTerminal, WordsAreColouredUnlessNoColorIsSet) {
  EXPECT_THAT(On(80, nullptr), HasSubstr("\x1b[35mHolding\x1b[0m"));
  EXPECT_THAT(On(80, "NO_COLOR=1"), Not(HasSubstr("\x1b[")));
}

}  // namespace
}  // namespace instanced::ctl
