// EitherStop: a stop that comes with whichever of two is asked to first.
//
// Threads: the executor's thread only. Its token may outlive it, and then never stops if it had
// not.
#pragma once

#include "controller/task/stop.h"

namespace instanced {

class EitherStop {
 public:
  EitherStop(const StopToken& one, const StopToken& other)
      : with_one_(one.OnStop([this] { source_.RequestStop(); })),
        with_other_(other.OnStop([this] { source_.RequestStop(); })) {}
  EitherStop(const EitherStop&) = delete;
  EitherStop& operator=(const EitherStop&) = delete;
  StopToken token() const { return source_.token(); }

 private:
  StopSource source_;
  StopRegistration with_one_;
  StopRegistration with_other_;
};

}  // namespace instanced
