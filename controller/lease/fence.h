// Fence: the right to act, and the name and epoch it is exercised under.
//
// A replica acts in a domain only while it holds that domain's lease; without leases the right
// never ends. The fence is asked before a pass, before an intent is written and again right before
// a call is sent: the lease must then have more left than the call may take, so that a call is
// over before anybody else may begin.
//
// Threads: the loop's.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "controller/clock/clock.h"
#include "controller/provider/domain.h"

namespace instanced {

// The right to act in one domain, as it is at one moment.
struct Tenure {
  Duration left{};         // by the monotonic clock; zero or less: none
  std::int64_t epoch = 0;  // on record in intents; 0 where there are no leases
  // Counts this process's own tenures: what was remembered under another number is void, because
  // somebody else may have acted in between.
  std::int64_t number = 0;
  bool Holds() const { return left > Duration::zero(); }
};

enum class Scope {
  kNothing,      // a standby: caches are kept, nothing is asked or done
  kEverything,   // one right for all domains
  kSomeDomains,  // each domain has a right of its own
};

class Fence {
 public:
  virtual ~Fence() = default;
  virtual Scope scope() const = 0;
  virtual const std::string& holder() const = 0;
  // Null: work that no domain is known for, which exactly one replica does.
  virtual Tenure TenureOf(const Domain* domain) const = 0;
  // A pass in this domain begins or ends; a tenure is not handed over before the last has ended.
  // Beginning in a domain nobody knew makes it known.
  virtual void PassBegan(const Domain* domain) = 0;
  virtual void PassEnded(const Domain* domain) = 0;
};

// One pass's stay in a domain.
class Stay {
 public:
  Stay() = default;
  Stay(Fence& fence, const Domain* domain) : fence_(&fence), known_(domain != nullptr) {
    if (known_) domain_ = *domain;
    fence_->PassBegan(where());
  }
  Stay(Stay&& other) noexcept
      : fence_(std::exchange(other.fence_, nullptr)),
        known_(other.known_),
        domain_(std::move(other.domain_)) {}
  Stay& operator=(Stay&& other) noexcept {
    std::swap(fence_, other.fence_);
    std::swap(known_, other.known_);
    std::swap(domain_, other.domain_);
    return *this;
  }
  ~Stay() {
    if (fence_) fence_->PassEnded(where());
  }

 private:
  const Domain* where() const { return known_ ? &domain_ : nullptr; }

  Fence* fence_ = nullptr;
  bool known_ = false;
  Domain domain_;
};

// Standalone: one writer by the journal's lock, so the right never ends.
class SoleFence final : public Fence {
 public:
  SoleFence(std::string holder, std::int64_t epoch) : holder_(std::move(holder)), epoch_(epoch) {}
  Scope scope() const override { return Scope::kEverything; }
  const std::string& holder() const override { return holder_; }
  Tenure TenureOf(const Domain*) const override { return {Duration::max(), epoch_, 0}; }
  void PassBegan(const Domain*) override {}
  void PassEnded(const Domain*) override {}

 private:
  std::string holder_;
  std::int64_t epoch_;
};

}  // namespace instanced
