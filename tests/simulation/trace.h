// Trace: what happened in a simulated world, as lines and as one digest of them all.
//
// The digest covers every line whether kept or not, so two runs of one seed can be compared.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include <fmt/format.h>

#include "api/object/digest.h"
#include "controller/clock/clock.h"

namespace instanced {

class Trace {
 public:
  explicit Trace(std::size_t kept) : kept_(kept) {}

  void Add(MonotonicTime at, const std::string& what) {
    const auto ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
    auto line = fmt::format("{:>10}.{:03} {}", ms / 1000, ms % 1000, what);
    digest_ = digest_ * 1099511628211ULL ^ Fingerprint(line);
    ++count_;
    lines_.push_back(std::move(line));
    if (lines_.size() > kept_) lines_.pop_front();
  }
  std::uint64_t digest() const { return digest_; }
  std::size_t count() const { return count_; }
  const std::deque<std::string>& lines() const { return lines_; }

 private:
  std::size_t kept_;
  std::uint64_t digest_ = 1469598103934665603ULL;
  std::size_t count_ = 0;
  std::deque<std::string> lines_;
};

}  // namespace instanced
