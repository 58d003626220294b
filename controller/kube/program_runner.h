// ProgramRunner: runs a program to its end beside the loop and answers what it wrote.
//
// Promises: the program gets our environment as it was given, what the call adds, nothing on
// standard input and none of our open files. Standard output is bounded; one that runs too long is
// killed with its whole process group. The last line of standard error becomes part of the error,
// as kubectl shows it. Errors are of class Auth.
//
// Threads: one of its own for each run. Run() and the destructor are the loop's; the destructor
// kills what still runs and waits for it.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "controller/kube/exec_token.h"

namespace instanced {

class ProgramRunner {
 public:
  struct Deps {
    std::function<void(std::function<void()>)> post;  // to the loop, from any thread
    std::map<std::string, std::string> environment;
    std::chrono::seconds longest = std::chrono::seconds(30);
  };
  explicit ProgramRunner(Deps deps);
  ProgramRunner(const ProgramRunner&) = delete;
  ProgramRunner& operator=(const ProgramRunner&) = delete;
  ~ProgramRunner();

  Task<Result<std::string>> Run(ProgramCall call);

 private:
  class Job;
  Deps deps_;
  std::list<std::unique_ptr<Job>> jobs_;
};

}  // namespace instanced
