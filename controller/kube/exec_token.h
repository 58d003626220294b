// ExecToken: the token that a kubeconfig's `exec` program gives, asked for again ahead of its end.
//
// Promises: the program runs once for all who wait; its token is kept for seven eighths of the life
// it states, for good when it states none, and dropped when the server refuses it. While the
// program fails, the last token is used until its end; a failure is not tried again for a few
// seconds. Errors are of class Auth and name the program.
// Threads: the loop's. Ownership: clock outlives it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "controller/clock/clock.h"
#include "controller/kube/exec_credential.h"
#include "controller/task/completion.h"
#include "controller/task/task.h"

namespace instanced {

struct ProgramCall {
  std::vector<std::string> command;
  std::map<std::string, std::string> environment;  // added to our own
};
// Runs it to its end and answers what it wrote to standard output; Auth when it cannot be started,
// fails or takes too long.
using RunProgram = std::function<Task<Result<std::string>>(ProgramCall)>;

class ExecToken {
 public:
  static constexpr Duration kRetry = std::chrono::seconds(5);

  ExecToken(ExecPlugin plugin, const Clock& clock, RunProgram run)
      : plugin_(std::move(plugin)), clock_(clock), run_(std::move(run)) {}

  Task<Result<std::string>> Get();
  // The server refused `token` with 401. True when the next Get() may give another one.
  bool Refuse(const std::string& token);

 private:
  Task<Result<std::string>> Ask();
  Result<std::string> Take(const Result<std::string>& answer);
  bool IsUsable(MonotonicTime until) const { return !token_.empty() && clock_.Now() < until; }

  ExecPlugin plugin_;
  const Clock& clock_;
  RunProgram run_;
  std::string token_;
  MonotonicTime refresh_at_ = MonotonicTime::max();
  MonotonicTime ends_at_ = MonotonicTime::max();
  std::optional<Error> failure_;
  MonotonicTime retry_at_;
  bool asking_ = false;
  std::vector<Completion<Result<std::string>>> waiting_;
};

}  // namespace instanced
