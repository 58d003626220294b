// Mutex and Locked: std::mutex and its guard, with what they guard said where it is declared.
//
// A member that a mutex guards is declared INSTANCED_GUARDED_BY(mutex_), a function that wants the
// mutex held INSTANCED_REQUIRES(mutex_); clang's thread-safety analysis (preset thread-safety)
// makes every access without the lock an error. Other compilers see plain members.
//
// Promises: as std::mutex and std::unique_lock. Threads: that is what they are for.
#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>

#if defined(__clang__)
#define INSTANCED_THREAD_SAFETY(x) __attribute__((x))
#else
#define INSTANCED_THREAD_SAFETY(x)
#endif
#define INSTANCED_GUARDED_BY(mutex) INSTANCED_THREAD_SAFETY(guarded_by(mutex))
#define INSTANCED_REQUIRES(mutex) INSTANCED_THREAD_SAFETY(requires_capability(mutex))

namespace instanced {

class INSTANCED_THREAD_SAFETY(capability("mutex")) Mutex {
 private:
  friend class Locked;
  std::mutex mutex_;
};

// Holds the mutex for as long as it lives, but for the time of its waits. A predicate that reads
// what the mutex guards is written [this]() INSTANCED_REQUIRES(mutex_) { return ...; }.
class INSTANCED_THREAD_SAFETY(scoped_lockable) Locked {
 public:
  explicit Locked(Mutex& mutex) INSTANCED_THREAD_SAFETY(acquire_capability(mutex))
      : lock_(mutex.mutex_) {}
  ~Locked() INSTANCED_THREAD_SAFETY(release_capability()) {}
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

  template <class Predicate>
  void Wait(std::condition_variable& change, Predicate predicate) {
    change.wait(lock_, std::move(predicate));
  }
  // Whether the predicate holds in the end.
  template <class Span, class Predicate>
  bool WaitFor(std::condition_variable& change, Span span, Predicate predicate) {
    return change.wait_for(lock_, span, std::move(predicate));
  }

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace instanced
