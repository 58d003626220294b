#include "controller/provider/plugin/plugin_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "controller/lock/lock.h"
#include "controller/provider/plugin/document.h"

namespace instanced::plugin {
namespace {

constexpr std::size_t kLineBytes = 4096;
constexpr int kLinesPerSpell = 500;
constexpr Duration kSpell = std::chrono::seconds(10);

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      Close();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  ~Descriptor() { Close(); }
  int get() const { return number_; }
  void Close() {
    if (number_ >= 0) close(std::exchange(number_, -1));
  }

 private:
  int number_;
};

struct Pipe {
  Descriptor read;
  Descriptor write;
};

std::optional<Pipe> OpenPipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

void Limit(__rlimit_resource resource, const std::optional<std::uint64_t>& most) {
  if (!most) return;
  const rlimit limit{*most, *most};
  setrlimit(resource, &limit);
}

struct Launch {
  char* const* arguments;
  char* const* environment;
  int output;
  int failure;  // where errno goes when exec fails
  pid_t parent;
  const ProcessLimits& limits;
};

// Between fork and exec of a process with threads: only what is safe in a signal handler.
[[noreturn]] void Become(const Launch& launch) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const bool orphan = getppid() != launch.parent;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGPIPE, SIGINT, SIGHUP, SIGTERM, SIGCHLD}) signal(number, SIG_DFL);
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  dup2(launch.output, STDOUT_FILENO);
  dup2(launch.output, STDERR_FILENO);
  const int failure = fcntl(launch.failure, F_DUPFD_CLOEXEC, 3);
  syscall(SYS_close_range, 3U, static_cast<unsigned>(failure - 1), 0U);
  syscall(SYS_close_range, static_cast<unsigned>(failure + 1), ~0U, 0U);
  Limit(RLIMIT_AS, launch.limits.memory_bytes);
  Limit(RLIMIT_NOFILE, launch.limits.open_files);
  Limit(RLIMIT_CPU, launch.limits.cpu_seconds);
  if (!orphan) execve(launch.arguments[0], launch.arguments, launch.environment);
  const int why = errno;
  [[maybe_unused]] const auto written = write(failure, &why, sizeof why);
  _exit(127);
}

std::string Ending(int status) {
  if (WIFEXITED(status)) return "exited with code " + std::to_string(WEXITSTATUS(status));
  if (WIFSIGNALED(status)) return "was killed by signal " + std::to_string(WTERMSIG(status));
  return "ended";
}

// Bytes to lines, not more than the log should bear.
class LineReader {
 public:
  LineReader(const Clock& clock, const std::function<void(std::string)>& on_line)
      : clock_(clock), on_line_(on_line) {}

  void Add(std::string_view bytes) {
    for (const char c : bytes) {
      if (c == '\n') {
        Tell();
      } else if (line_.size() < kLineBytes) {
        line_ += c;
      }
    }
  }
  void End() {
    if (!line_.empty()) Tell();
    TellDropped();
  }

 private:
  void Tell() {
    const auto now = clock_.Now();
    if (!spell_ || now - *spell_ > kSpell) {
      TellDropped();
      spell_ = now;
      told_ = 0;
    }
    auto line = CleanText(std::exchange(line_, {}), kLineBytes);
    if (++told_ <= kLinesPerSpell) {
      on_line_(std::move(line));
    } else {
      ++dropped_;
    }
  }
  void TellDropped() {
    if (dropped_ > 0) on_line_(std::to_string(std::exchange(dropped_, 0)) + " lines left out");
  }

  const Clock& clock_;
  const std::function<void(std::string)>& on_line_;
  std::string line_;
  std::optional<MonotonicTime> spell_;
  int told_ = 0;
  int dropped_ = 0;
};

}  // namespace

struct PluginProcess::Parts {
  Parts(const Clock& given, ProcessHooks told) : clock(given), hooks(std::move(told)) {}

  void Signal(int number) {
    const Locked lock(mutex);
    if (!ended) kill(-pid, number);
  }

  // Reads until the program has ended and left nothing to read; its children may hold the pipe.
  void Watch() {
    LineReader lines(clock, hooks.on_line);
    std::array<char, 8192> bytes;
    bool open = true;
    for (bool running = true; running;) {
      std::array<pollfd, 2> waiting{pollfd{open ? output.get() : -1, POLLIN, 0},
                                    pollfd{handle.get(), POLLIN, 0}};
      if (poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) break;
      running = (waiting[1].revents & POLLIN) == 0;
      while (open) {
        const auto count = read(output.get(), bytes.data(), bytes.size());
        if (count > 0) lines.Add({bytes.data(), static_cast<std::size_t>(count)});
        if (count == 0) open = false;
        if (count < 0 && errno != EINTR) break;
      }
    }
    lines.End();
    Reap();
  }

  void Reap() {
    int status = 0;
    {
      const Locked lock(mutex);
      kill(-pid, SIGKILL);
      while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
      }
      ended = true;
    }
    hooks.post([on_exit = hooks.on_exit, how = Ending(status)] { on_exit(how); });
  }

  const Clock& clock;
  const ProcessHooks hooks;
  pid_t pid = -1;
  Descriptor output;
  Descriptor handle;
  std::thread thread;
  Mutex mutex;
  bool ended INSTANCED_GUARDED_BY(mutex) = false;
};

PluginProcess::PluginProcess(std::shared_ptr<Parts> parts) : parts_(std::move(parts)) {}

PluginProcess::~PluginProcess() {
  Kill();
  if (parts_->thread.joinable()) parts_->thread.join();
}

int PluginProcess::pid() const { return parts_->pid; }
void PluginProcess::Terminate() { parts_->Signal(SIGTERM); }
void PluginProcess::Kill() { parts_->Signal(SIGKILL); }

Result<std::unique_ptr<PluginProcess>> PluginProcess::Start(const ProcessSpec& spec,
                                                            const Clock& clock,
                                                            ProcessHooks hooks) {
  const auto failed = [&](int why) {
    return Fail(ErrorClass::kTerminal, "CannotStart",
                "cannot start " + spec.command.front() + ": " + std::strerror(why));
  };
  auto output = OpenPipe();
  auto failure = OpenPipe();
  if (!output || !failure) return failed(errno);
  auto arguments = spec.command;
  std::vector<std::string> environment;
  for (const auto& [name, value] : spec.environment) environment.push_back(name + "=" + value);
  const auto argv = Pointers(arguments);
  const auto envp = Pointers(environment);
  const Launch launch{argv.data(),          envp.data(), output->write.get(),
                      failure->write.get(), getpid(),    spec.limits};
  const pid_t pid = fork();
  if (pid == 0) Become(launch);
  if (pid < 0) return failed(errno);
  setpgid(pid, pid);
  failure->write.Close();
  int why = 0;
  if (read(failure->read.get(), &why, sizeof why) == sizeof why) {
    waitpid(pid, nullptr, 0);
    return failed(why);
  }
  auto parts = std::make_shared<Parts>(clock, std::move(hooks));
  parts->pid = pid;
  parts->handle = Descriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  parts->output = std::move(output->read);
  fcntl(parts->output.get(), F_SETFL, O_NONBLOCK);
  parts->thread = std::thread([parts = parts.get()] { parts->Watch(); });
  return std::unique_ptr<PluginProcess>(new PluginProcess(std::move(parts)));
}

}  // namespace instanced::plugin
