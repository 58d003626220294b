// CallLine: how many calls to one API server are under way at once; the others wait their turn.
//
// Without a bound a burst of writes opens a connection for each of them, because none is idle yet,
// and a TLS handshake costs more than the write. Promises:
//  - at most `places` are taken at once; one that comes free goes to the call that has waited
//    longest, to those of CallRank::kFirst before all others;
//  - a call that was stopped, or whose deadline passed, while it waited was not sent: kStopped or
//    kDeadline with Reach::kNotSent, as HttpClient says of a call that came too late;
//  - a waiter that is destroyed leaves the line, and what it had been given goes to the next.
// What must not wait behind others (leases), and what lasts (watches), takes no place.
//
// Threads: the loop's. Ownership: clock and line outlive places and waiters.
#pragma once

#include <array>
#include <cstddef>
#include <expected>
#include <list>
#include <utility>

#include "controller/clock/clock.h"
#include "controller/http/http_client.h"
#include "controller/task/stop.h"
#include "controller/task/task.h"

namespace instanced {

enum class CallRank {
  kFirst,  // something waits to be allowed by it: what is written down before a cloud is called
  kPlain,
};

class CallLine {
 public:
  // Held until it is destroyed.
  class Place {
   public:
    explicit Place(CallLine& line) : line_(&line) {}
    Place(Place&& other) noexcept : line_(std::exchange(other.line_, nullptr)) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (line_ != nullptr) line_->Free();
    }

   private:
    CallLine* line_;
  };

  CallLine(const Clock& clock, std::size_t places) : clock_(clock), free_(places) {}
  CallLine(const CallLine&) = delete;
  CallLine& operator=(const CallLine&) = delete;

  Task<std::expected<Place, HttpError>> Take(CallRank rank, MonotonicTime deadline, StopToken stop);
  std::size_t waiting() const { return lines_[0].size() + lines_[1].size(); }

 private:
  struct Waiter;
  void Free();

  const Clock& clock_;
  std::size_t free_;                         // none while anybody waits
  std::array<std::list<Waiter*>, 2> lines_;  // by rank; who has waited longest in front
};

}  // namespace instanced
