// SingleFlight<T>: many ask, one fetches, all get its result.
//
// The one that finds the flight idle starts it (Landing) and lands it; the others Join and wait. A
// fetcher whose frame is destroyed in mid-air (a simulated crash) leaves the flight idle again;
// those who waited are then gone with it.
// Threads: the loop's. Ownership: outlives its landings.
#pragma once

#include <utility>
#include <vector>

#include "api/error/error.h"
#include "controller/task/completion.h"

namespace instanced::alibaba {

// A reason of the caller who happened to fetch; it says nothing to the others.
inline bool IsPersonal(const Error& error) {
  return error.error_class == ErrorClass::kCancelled || error.error_class == ErrorClass::kDeferred;
}

template <class T>
class SingleFlight {
 public:
  class Landing {
   public:
    explicit Landing(SingleFlight& flight) : flight_(&flight) { flight.busy_ = true; }
    Landing(const Landing&) = delete;
    Landing& operator=(const Landing&) = delete;
    ~Landing() {
      if (flight_ != nullptr) flight_->End();
    }
    void Land(const T& result) {
      for (const auto& waiter : std::exchange(flight_, nullptr)->End()) waiter.Set(result);
    }

   private:
    SingleFlight* flight_;
  };

  bool busy() const { return busy_; }
  Completion<T> Join() { return waiters_.emplace_back(); }

 private:
  std::vector<Completion<T>> End() {
    busy_ = false;
    return std::exchange(waiters_, {});
  }

  bool busy_ = false;
  std::vector<Completion<T>> waiters_;
};

}  // namespace instanced::alibaba
