// ConfigKeeper: holds a ProviderConfig by a finalizer as long as an object of its namespace names
// it, so that deletions can always finish.
//
// Promises: Hold() answers only when the finalizer is confirmed, and is asked before a
// ProviderConfig is used for any call; many at once make one write; the finalizer leaves when the
// last user's object is gone, whether or not the ProviderConfig is being deleted. A ProviderConfig
// that is being deleted without our finalizer can no longer be held: Validation, so that its
// would-be users say so until it is gone. One that we are just letting go is WriteConflict.
//
// Threads: the loop's. Ownership: what Deps names outlives the keeper and its tasks.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "controller/clock/clock.h"
#include "controller/informer/informer.h"
#include "controller/source/source.h"
#include "controller/task/completion.h"

namespace instanced {

inline constexpr std::string_view kProviderConfigFinalizer = "instanced.dev/provider-config";

class ConfigKeeper {
 public:
  struct Deps {
    const Clock& clock;
    ObjectWriter& writer;
    const ObjectCache& cache;
    std::function<void(Task<void>)> spawn;
    std::function<bool()> may_act;  // false in a process without the lease
    std::function<void(const ObjectKey&, const Error&)> trouble;
    StopToken stop;
  };
  explicit ConfigKeeper(Deps deps) : deps_(std::move(deps)) {}

  Task<Result<void>> Hold(ProviderConfigPtr config);
  void OnChange(const Change& change);
  // The right to act was taken: a user may have gone while nobody could let its ProviderConfig go.
  void LetGoUnused();
  // How many objects name it.
  std::size_t UsersOf(const ObjectKey& provider_config) const;

 private:
  void CountUsers(const Change& change);
  void LetGoIfUnused(const ObjectKey& provider_config);
  Task<void> LetGo(ObjectKey provider_config);
  void Settle(const ObjectKey& provider_config);
  Task<Result<void>> AddFinalizer(ProviderConfigPtr config);

  Deps deps_;
  bool synced_ = false;
  std::map<ObjectKey, std::size_t> users_;  // by ProviderConfig
  std::set<ObjectKey> leaving_;
  // Being taken hold of, with those who wait for it.
  std::map<ObjectKey, std::vector<Completion<Result<void>>>> holding_;
  // Held, though the cache does not show it yet; by uid.
  std::map<ObjectKey, std::string> confirmed_;
};

}  // namespace instanced
