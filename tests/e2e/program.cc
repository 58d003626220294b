#include "tests/e2e/program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "tests/e2e/waiting.h"

namespace instanced::e2e {
namespace {

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Between fork and exec: nothing that allocates.
[[noreturn]] void Become(char* const* argv, char* const* environment, int output,
                         std::optional<std::uint64_t> file_size_max) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  if (file_size_max) {
    const rlimit limit{*file_size_max, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &limit);
    signal(SIGXFSZ, SIG_IGN);
  }
  execve(argv[0], argv, environment);
  _exit(127);
}

}  // namespace

Program::Program(const ProgramCall& call) {
  std::vector<std::string> arguments = call.arguments;
  arguments.insert(arguments.begin(), call.path);
  std::vector<std::string> environment;
  for (const auto& [name, value] : call.environment) environment.push_back(name + "=" + value);
  const auto argv = Pointers(arguments);
  const auto envp = Pointers(environment);
  const int output = open(call.output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  pid_ = fork();
  if (pid_ == 0) Become(argv.data(), envp.data(), output, call.file_size_max);
  close(output);
}

Program::~Program() { Kill(); }

void Program::Look(int flags) {
  if (ending_ || pid_ <= 0) return;
  int status = 0;
  if (waitpid(pid_, &status, flags) != pid_) return;
  ending_.emplace();
  if (WIFEXITED(status)) ending_->exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) ending_->signal = WTERMSIG(status);
}

bool Program::Running() {
  Look(WNOHANG);
  return !ending_;
}

void Program::Signal(int signal_number) const {
  if (!ending_ && pid_ > 0) kill(pid_, signal_number);
}

std::optional<Ending> Program::WaitForEnd(double seconds) {
  WaitUntil([this] { return !Running(); }, seconds);
  return ending_;
}

void Program::Kill() {
  if (!Running()) return;
  kill(pid_, SIGKILL);
  Look(0);
}

Ran RunToEnd(ProgramCall call, double seconds) {
  std::filesystem::remove(call.output);
  Program program(call);
  const auto ending = program.WaitForEnd(seconds);
  return {ending.value_or(Ending{}), ReadText(call.output)};
}

std::string ReadText(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace instanced::e2e
