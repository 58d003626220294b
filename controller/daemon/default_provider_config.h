// The ProviderConfig "default" of a namespace that declares none: the environment's own chain.
//
// Standalone only. It appears in the cache with the first object of the namespace and gives way
// to a declared one.
// Threads: the loop's. Ownership: borrows cache and callbacks.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "controller/informer/informer.h"

namespace instanced {

class DefaultProviderConfig {
 public:
  DefaultProviderConfig(ObjectCache& cache, std::string owner,
                        std::function<void(const std::string& namespace_)> tell)
      : cache_(cache), owner_(std::move(owner)), tell_(std::move(tell)) {}

  // After the informer's change: true when a default was put in place.
  bool Fill(const Change& change);

 private:
  bool FillNamespace(const std::string& namespace_);
  ObjectCache& cache_;
  std::string owner_;
  std::function<void(const std::string&)> tell_;
  std::set<std::string> told_;
};

}  // namespace instanced
