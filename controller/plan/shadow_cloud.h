// ShadowCloud: the clouds as a plan sees them. Reads go to the real ones, once each; calls that
// would change something are caught, noted, and shown from then on as if they had been made.
//
// Promises: no mutating call ever reaches a real provider. A read waits where the budget or the
// cloud asks for it, at drift priority, but not beyond `give_up_at`: then it is Transient.
// Threads: the loop's. Ownership: outlives its connections; borrows what Deps names.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "controller/budget/budget.h"
#include "controller/plan/plan_report.h"
#include "controller/plan/shadow_instances.h"
#include "controller/provider/registry.h"
#include "controller/task/stop.h"

namespace instanced {

// What sending a recorded request again leads to. The cloud answers with the instance that the
// first try made, if it made one, and that may have been changed since.
enum class SentAgain {
  kMadeIt,          // an instance bears the object's mark
  kMakesIt,         // nothing that the first try can have made is there
  kMayHaveMadeIt,   // an instance without a mark may be it, or the account could not be searched
  kMakesOlderWish,  // as one of these two, and the manifest asks for something else today
};

class ShadowCloud final : public ProviderRegistry {
 public:
  struct Deps {
    const Clock& real_clock;
    ProviderRegistry& reads;
    // Where connections come from for a ProviderConfig that is only proposed.
    ProviderRegistry& recorded;
    std::function<bool(const ObjectKey&)> is_proposed;
    // The parameters and the mark of an object, for a create that is sent again.
    std::function<CreateInput(const ObjectKey&)> input_of;
    std::function<void(const ObjectKey&, PlannedCall)> planned;
    // The instance's id for kMadeIt, else empty.
    std::function<void(const ObjectKey&, SentAgain, const std::string&)> sent_again;
    // Whether an instance is the recorded one of some object, of the asking one's service.
    std::function<bool(const ObjectKey&, const std::string&)> is_bound;
    Duration call_deadline;
    MonotonicTime give_up_at;
    StopToken stop;
    Budget* budget = nullptr;  // of the real clouds; null: no rate to keep to
  };
  explicit ShadowCloud(Deps deps) : deps_(std::move(deps)) {}

  Task<Result<Connection>> Connect(CallContext context, Kind kind,
                                   ProviderConfigPtr config) override;

  int reads() const { return reads_; }
  int transitions() const;

 private:
  class Provider;
  // By kind and domain; a recorded account apart from the real one of the same name.
  using AccountKey = std::tuple<Kind, Domain, bool>;

  Deps deps_;
  std::map<AccountKey, ShadowInstances> accounts_;
  std::map<std::string, CreateInput> encoded_;  // by request
  int reads_ = 0;
  int made_ = 0;
};

}  // namespace instanced
