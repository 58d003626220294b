#include "controller/kube/program_runner.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cstring>
#include <thread>
#include <utility>

#include "controller/http/trimmed.h"

namespace instanced {
namespace {

constexpr std::size_t kOutputBytesMax = 1 << 20;
constexpr std::size_t kComplaintBytesMax = 200;

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  int get() const { return number_; }

 private:
  int number_;
};

std::unexpected<Error> Failed(const std::string& program, const std::string& what) {
  return Fail(ErrorClass::kAuth, "ExecFailed", "cannot run " + program + ": " + what);
}

std::string LastLine(const std::string& text) {
  const auto end = Trimmed(text);
  const auto begin = end.find_last_of('\n');
  const auto line = Trimmed(end.substr(begin == std::string::npos ? 0 : begin + 1));
  return std::string(line.substr(0, kComplaintBytesMax));
}

std::string EndingOf(int status) {
  if (WIFSIGNALED(status)) return "killed by signal " + std::to_string(WTERMSIG(status));
  return "exit code " + std::to_string(WEXITSTATUS(status));
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

struct Pipe {
  Descriptor read;
  Descriptor write;
};

bool Open(Pipe& made) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return false;
  made = {Descriptor(ends[0]), Descriptor(ends[1])};
  return true;
}

// In a process group of its own, with the three standard files and no other. 0 or an errno.
int Spawn(std::vector<std::string> command, std::vector<std::string> environment, int output,
          int complaints, pid_t& pid) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, complaints, STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  const auto argv = Pointers(command);
  const auto envp = Pointers(environment);
  const int why = posix_spawnp(&pid, argv[0], &files, &attributes, argv.data(), envp.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return why;
}

enum class Watched { kEnded, kTooLong, kTooMuch, kStopped };

}  // namespace

// One run; its thread reads, waits and posts the answer.
class ProgramRunner::Job {
 public:
  Job(const Deps& deps, ProgramCall call) : call_(std::move(call)), post_(deps.post) {
    auto environment = deps.environment;
    for (const auto& [name, value] : call_.environment) environment[name] = value;
    for (const auto& [name, value] : environment) environment_.push_back(name + "=" + value);
    stop_ = Descriptor(eventfd(0, EFD_CLOEXEC));
    timer_ = Descriptor(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
    itimerspec limit{};
    limit.it_value.tv_sec = deps.longest.count();
    timerfd_settime(timer_.get(), 0, &limit, nullptr);
    thread_ = std::thread([this] { Answer(Work()); });
  }
  ~Job() {
    const std::uint64_t one = 1;
    (void)!write(stop_.get(), &one, sizeof one);
    thread_.join();
  }
  const Completion<Result<std::string>>& answered() const { return answered_; }

 private:
  void Answer(Result<std::string> result) {
    post_([answered = answered_, result = std::move(result)] { answered.Set(result); });
  }

  Result<std::string> Work() {
    const std::string& program = call_.command.front();
    Pipe output;
    Pipe complaints;
    pid_t pid = -1;
    if (!Open(output) || !Open(complaints)) return Failed(program, std::strerror(errno));
    const int why =
        Spawn(call_.command, environment_, output.write.get(), complaints.write.get(), pid);
    if (why != 0) return Failed(program, std::strerror(why));
    output.write = Descriptor();
    complaints.write = Descriptor();
    const auto watched = Watch(pid, output.read.get(), complaints.read.get());
    kill(-pid, SIGKILL);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (watched == Watched::kTooLong) return Failed(program, "it took too long");
    if (watched == Watched::kTooMuch) return Failed(program, "it wrote more than 1 MiB");
    if (watched == Watched::kStopped) return Failed(program, "stopped");
    if (status == 0) return std::move(output_);
    const auto said = LastLine(complaints_);
    return Failed(program, EndingOf(status) + (said.empty() ? "" : ", " + said));
  }

  // Until the program itself has ended; its children may hold the pipes.
  Watched Watch(pid_t pid, int output, int complaints) {
    const Descriptor ended(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    fcntl(output, F_SETFL, O_NONBLOCK);
    fcntl(complaints, F_SETFL, O_NONBLOCK);
    while (true) {
      std::array<pollfd, 5> waiting{{{output, POLLIN, 0},
                                     {complaints, POLLIN, 0},
                                     {ended.get(), POLLIN, 0},
                                     {timer_.get(), POLLIN, 0},
                                     {stop_.get(), POLLIN, 0}}};
      if (poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) return Watched::kStopped;
      const bool open = Drain(output, output_);
      const bool also_open = Drain(complaints, complaints_);
      if (output_.size() > kOutputBytesMax) return Watched::kTooMuch;
      if (waiting[2].revents != 0) return Watched::kEnded;
      if (waiting[3].revents != 0) return Watched::kTooLong;
      if (waiting[4].revents != 0) return Watched::kStopped;
      // A closed pipe would be ready for ever.
      if (!open) output = -1;
      if (!also_open) complaints = -1;
    }
  }

  static bool Drain(int from, std::string& into) {
    std::array<char, 4096> bytes;
    while (from >= 0 && into.size() <= kOutputBytesMax) {
      const auto count = read(from, bytes.data(), bytes.size());
      if (count == 0) return false;
      if (count < 0) return errno == EAGAIN || errno == EINTR;
      into.append(bytes.data(), static_cast<std::size_t>(count));
    }
    return from >= 0;
  }

  const ProgramCall call_;
  const std::function<void(std::function<void()>)> post_;
  std::vector<std::string> environment_;
  Descriptor stop_;
  Descriptor timer_;
  std::string output_;
  std::string complaints_;
  Completion<Result<std::string>> answered_;
  std::thread thread_;
};

ProgramRunner::ProgramRunner(Deps deps) : deps_(std::move(deps)) {}
ProgramRunner::~ProgramRunner() = default;

Task<Result<std::string>> ProgramRunner::Run(ProgramCall call) {
  const auto job = jobs_.insert(jobs_.end(), std::make_unique<Job>(deps_, std::move(call)));
  const auto answered = (*job)->answered();
  auto answer = co_await answered;
  jobs_.erase(job);
  co_return answer;
}

}  // namespace instanced
