// A child process with an environment of its own, its output in a file, ended by its pid.
//
// It dies with the test program (parent-death signal), so that an aborted test leaves nothing.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace instanced::e2e {

struct ProgramCall {
  std::string path;
  std::vector<std::string> arguments;
  std::map<std::string, std::string> environment;  // all of it
  std::filesystem::path output;                    // both streams, appended
  std::optional<std::uint64_t> file_size_max;      // RLIMIT_FSIZE; larger writes fail
};

// How a program ended: an exit code, or the signal that killed it.
struct Ending {
  int exit_code = -1;
  int signal = 0;
  friend bool operator==(const Ending&, const Ending&) = default;
};

class Program {
 public:
  explicit Program(const ProgramCall& call);
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();  // SIGKILL, if it still runs

  pid_t pid() const { return pid_; }
  bool Running();
  void Signal(int signal_number) const;
  // Nothing when it still runs after `seconds`.
  std::optional<Ending> WaitForEnd(double seconds);
  // SIGKILL, waited for.
  void Kill();

 private:
  void Look(int flags);
  pid_t pid_ = -1;
  std::optional<Ending> ending_;
};

// Runs it to its end, at most `seconds`; the ending and what it wrote (the output file is new).
struct Ran {
  Ending ending;
  std::string output;
};
Ran RunToEnd(ProgramCall call, double seconds);

std::string ReadText(const std::filesystem::path& path);

}  // namespace instanced::e2e
