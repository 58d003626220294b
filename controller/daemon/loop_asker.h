// LoopAsker: puts a question to the loop from another thread and waits for the answer.
//
// Threads: Ask and AskTask from any but the loop's; Close from any. Once closed, whoever waits is
// answered Cancelled; close before the loop ends.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "api/error/error.h"
#include "controller/admin/backend.h"
#include "controller/lock/lock.h"
#include "controller/task/stop.h"
#include "controller/task/task.h"

namespace instanced {

// One answer on its way between two threads.
template <class T>
class Reply {
 public:
  void Give(Result<T> answer) {
    const Locked lock(mutex_);
    answer_.emplace(std::move(answer));
    there_.notify_one();
  }
  std::optional<Result<T>> Take(CallDeadline wait) {
    Locked lock(mutex_);
    lock.WaitFor(there_, wait, [this]() INSTANCED_REQUIRES(mutex_) { return answer_.has_value(); });
    return std::exchange(answer_, std::nullopt);
  }

 private:
  Mutex mutex_;
  std::condition_variable there_;
  std::optional<Result<T>> answer_ INSTANCED_GUARDED_BY(mutex_);
};

class LoopAsker {
 public:
  struct Deps {
    std::function<void(std::function<void()>)> post;  // Loop::PostFromAnyThread
    std::function<void(Task<void>)> spawn;            // on the loop
  };
  explicit LoopAsker(Deps deps) : deps_(std::move(deps)) {}

  void Close() { closing_ = true; }
  bool closed() const { return closing_; }

  // `question` runs on the loop.
  template <class T>
  Result<T> Ask(CallDeadline deadline, std::function<Result<T>()> question) {
    auto reply = std::make_shared<Reply<T>>();
    deps_.post([reply, question = std::move(question)] { reply->Give(question()); });
    return Await<T>(*reply, {deadline});
  }

  // `question` makes a task on the loop, which goes on when the caller gives up.
  template <class T>
  Result<T> AskTask(CallDeadline deadline, std::function<Task<Result<T>>()> question) {
    auto reply = std::make_shared<Reply<T>>();
    deps_.post([this, reply, question = std::move(question)] {
      deps_.spawn(Deliver<T>(question(), reply));
    });
    return Await<T>(*reply, {deadline});
  }

  // The same for what takes minutes: the token that the question is given stops when the caller has
  // left or waits no more.
  template <class T>
  Result<T> AskTask(Patience patience, std::function<Task<Result<T>>(StopToken)> question) {
    auto reply = std::make_shared<Reply<T>>();
    auto left = std::make_shared<StopSource>();
    deps_.post([this, reply, left, question = std::move(question)] {
      deps_.spawn(Deliver<T>(question(left->token()), reply));
    });
    auto answer = Await<T>(*reply, patience);
    if (!answer) deps_.post([left = std::move(left)] { left->RequestStop(); });
    return answer;
  }

 private:
  static constexpr CallDeadline kSlice{50};

  template <class T>
  static Task<void> Deliver(Task<Result<T>> task, std::shared_ptr<Reply<T>> reply) {
    auto answer = co_await task;
    reply->Give(std::move(answer));
  }

  template <class T>
  Result<T> Await(Reply<T>& reply, const Patience& patience) {
    for (auto left = patience.most; left > CallDeadline::zero() && !closing_; left -= kSlice) {
      if (auto answer = reply.Take(std::min(left, kSlice))) return std::move(*answer);
      if (patience.caller_left && patience.caller_left()) {
        return Fail(ErrorClass::kCancelled, "CallerLeft", "the caller has left");
      }
    }
    if (closing_) return Fail(ErrorClass::kCancelled, "Stopping", "the daemon is stopping");
    return Fail(ErrorClass::kTransient, "Busy", "the daemon's loop did not answer in time");
  }

  Deps deps_;
  std::atomic<bool> closing_ = false;
};

}  // namespace instanced
