// The ProviderConfig "default" of a namespace that declares none: the environment's own chain.
//
// Standalone only. It appears in the cache with the first object of the namespace and gives way
// to a declared one. A namespace that ever declared one gets it no more: the declared one named an
// account, and the environment's may be another.
// Threads: the loop's. Ownership: borrows cache and callbacks.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "controller/informer/informer.h"

namespace instanced {

class DefaultProviderConfig {
 public:
  struct Asked {
    // Whether this namespace has had a declared one that is gone.
    std::function<bool(const ObjectKey& key)> had_one;
    // A default was put in place; once for each namespace.
    std::function<void(const std::string& namespace_)> tell;
  };
  DefaultProviderConfig(ObjectCache& cache, std::string owner, Asked asked)
      : cache_(cache), owner_(std::move(owner)), asked_(std::move(asked)) {}

  // After the informer's change: true when a default was put in place.
  bool Fill(const Change& change);

 private:
  bool FillNamespace(const std::string& namespace_);
  ObjectCache& cache_;
  std::string owner_;
  Asked asked_;
  std::set<std::string> told_;
};

}  // namespace instanced
