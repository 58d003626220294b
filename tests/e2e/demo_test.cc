// The demonstration as people run it: on a terminal, ended by Ctrl-C; without one, to the end; and
// where it does not settle.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "tests/e2e/program.h"
#include "tests/e2e/waiting.h"

namespace instanced::e2e {
namespace {

using testing::HasSubstr;

// A folder for what the script makes, gone at the end.
class Ground {
 public:
  Ground() {
    std::string pattern = (std::filesystem::temp_directory_path() / "demo.XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    work_ = folder_ / "tmp";
    std::filesystem::create_directories(work_);
  }
  ~Ground() { std::filesystem::remove_all(folder_); }
  std::map<std::string, std::string> Environment() const {
    return {{"PATH", "/usr/bin:/bin"},
            {"TMPDIR", work_.string()},
            {"TERM", "xterm"},
            {"BIN", std::filesystem::path(INSTANCED_PROGRAM).parent_path().string()}};
  }
  const std::filesystem::path& folder() const { return folder_; }
  // Files the script left, and programs that still work in its folder.
  std::vector<std::string> LeftBehind() const {
    std::vector<std::string> left;
    for (const auto& file : std::filesystem::directory_iterator(work_)) left.push_back(file.path());
    for (const auto& process : std::filesystem::directory_iterator("/proc")) {
      std::ifstream in(process.path() / "cmdline", std::ios::binary);
      const std::string line(std::istreambuf_iterator<char>(in), {});
      if (line.find(work_.string()) != std::string::npos) left.push_back(line);
    }
    return left;
  }

 private:
  std::filesystem::path folder_, work_;
};

// A program on a terminal of its own.
class Terminal {
 public:
  Terminal(const std::string& program, const std::map<std::string, std::string>& environment) {
    std::vector<std::string> texts;
    for (const auto& [name, value] : environment) texts.push_back(name + "=" + value);
    std::vector<char*> variables;
    for (auto& text : texts) variables.push_back(text.data());
    variables.push_back(nullptr);
    std::string path = program;
    char* const arguments[] = {path.data(), nullptr};
    winsize size{40, 120, 0, 0};
    pid_ = forkpty(&master_, nullptr, nullptr, &size);
    if (pid_ == 0) {
      execve(path.c_str(), arguments, variables.data());
      _exit(127);
    }
  }
  Terminal(const Terminal&) = delete;
  ~Terminal() {
    if (pid_ > 0 && !status_) {
      kill(-pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    close(master_);
  }
  // What was shown so far.
  const std::string& Read() {
    pollfd ready{master_, POLLIN, 0};
    char bytes[4096];
    while (poll(&ready, 1, 0) > 0 && (ready.revents & POLLIN) != 0) {
      const auto got = read(master_, bytes, sizeof bytes);
      if (got <= 0) break;
      shown_.append(bytes, static_cast<std::size_t>(got));
    }
    return shown_;
  }
  // The key itself: the terminal makes the signal of it.
  void PressCtrlC() const { ASSERT_EQ(write(master_, "\x03", 1), 1); }
  bool Ended() {
    Read();
    int status = 0;
    if (!status_ && waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
    return status_.has_value();
  }
  int exit_code() const { return status_ && WIFEXITED(*status_) ? WEXITSTATUS(*status_) : -1; }

 private:
  pid_t pid_ = -1;
  int master_ = -1;
  std::string shown_;
  std::optional<int> status_;
};

TEST(Demo, CtrlCEndsItAndLeavesNothingBehind) {
  const Ground ground;
  Terminal terminal(DEMO_SCRIPT, ground.Environment());
  ASSERT_EQ(
      WaitUntil([&] { return terminal.Read().find("Ctrl-C ends it all") != std::string::npos; },
                60),
      Waited::kReached)
      << terminal.Read();
  EXPECT_FALSE(ground.LeftBehind().empty()) << "they run now";
  terminal.PressCtrlC();
  ASSERT_EQ(WaitUntil([&] { return terminal.Ended(); }, 30), Waited::kReached) << terminal.Read();
  EXPECT_EQ(terminal.exit_code(), 0) << terminal.Read();
  EXPECT_THAT(ground.LeftBehind(), testing::IsEmpty());
}

TEST(Demo, WithoutATerminalItEndsOnceAllIsSettled) {
  const Ground ground;
  const auto ran =
      RunToEnd({DEMO_SCRIPT, {}, ground.Environment(), ground.folder() / "shown", {}}, 120);
  EXPECT_EQ(ran.ending, (Ending{0, 0})) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("Settled: 4 instances are ready, as declared."));
  EXPECT_THAT(ground.LeftBehind(), testing::IsEmpty());
}

TEST(Demo, OnceEndsOnATerminalTooOnceAllIsSettled) {
  const Ground ground;
  auto environment = ground.Environment();
  environment["ONCE"] = "1";
  Terminal terminal(DEMO_SCRIPT, environment);
  ASSERT_EQ(WaitUntil([&] { return terminal.Ended(); }, 120), Waited::kReached) << terminal.Read();
  EXPECT_EQ(terminal.exit_code(), 0) << terminal.Read();
  EXPECT_THAT(terminal.Read(), HasSubstr("Settled: 4 instances are ready, as declared."));
  EXPECT_THAT(ground.LeftBehind(), testing::IsEmpty());
}

TEST(Demo, WhatDoesNotSettleFailsAndLeavesNothingBehind) {
  const Ground ground;
  auto environment = ground.Environment();
  environment["SETTLE_SECONDS"] = "1";  // the simulated clouds take four to make an instance
  const auto ran = RunToEnd({DEMO_SCRIPT, {}, environment, ground.folder() / "shown", {}}, 60);
  EXPECT_EQ(ran.ending, (Ending{1, 0})) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("not settled after 1 seconds"));
  EXPECT_THAT(ground.LeftBehind(), testing::IsEmpty());
}

}  // namespace
}  // namespace instanced::e2e
