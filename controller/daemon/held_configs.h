// HeldConfigs: the registry that passes connect through. A ProviderConfig is held (its finalizer
// confirmed) before it is used for any call, so that it cannot leave before its users.
//
// Who only looks (a plan, a sweep of orphans) asks the registry behind it, which changes nothing.
// Threads: the loop's. Ownership: borrows the registry.
#pragma once

#include <functional>
#include <utility>

#include "controller/provider/registry.h"

namespace instanced {

class HeldConfigs final : public ProviderRegistry {
 public:
  using HoldConfig = std::function<Task<Result<void>>(ProviderConfigPtr)>;

  HeldConfigs(ProviderRegistry& inner, HoldConfig hold) : inner_(inner), hold_(std::move(hold)) {}
  Task<Result<Connection>> Connect(CallContext context, Kind kind,
                                   ProviderConfigPtr config) override {
    if (hold_) {
      auto holding = hold_(config);
      auto held = co_await holding;
      if (!held) co_return std::unexpected(std::move(held.error()));
    }
    auto connecting = inner_.Connect(std::move(context), kind, std::move(config));
    co_return co_await connecting;
  }

 private:
  ProviderRegistry& inner_;
  HoldConfig hold_;  // may be empty
};

}  // namespace instanced
