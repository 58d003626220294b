// InstanceProvider: the seam between deciding and one cloud's API.
//
// The provider states facts; the reconciler decides. Rules for every verb:
//  - At most one transmission per API call; no retry, no sleep, no paging loop inside a verb.
//  - Every API call passes the CallGate; a refusal (Deferred) is returned unchanged.
//  - Errors carry the class of the API's own table. A mutating call whose answer did not arrive
//    complete is InDoubt unless the request surely never left (then Transient, reach kNotSent);
//    so is a mutating call answered 5xx, or answered in a form that cannot be read.
//  - NotFound is decided by the API's code, never by a bare HTTP 404.
//
// Threads: the loop's. Ownership: outlives every call it has in flight.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/error/error.h"
#include "api/kinds/fields.h"
#include "api/kinds/kind_traits.h"
#include "api/object/mark.h"
#include "controller/clock/clock.h"
#include "controller/provider/call_gate.h"
#include "controller/task/task.h"

namespace instanced {

// The one life cycle the core knows; each adapter maps its cloud's words onto it.
enum class Lifecycle {
  kCreating,
  kReady,
  kCreateFailed,
  kDeleting,
  kDeleteFailed,
  kGone,       // still readable, but deleted
  kSuspended,  // exists, stopped by the cloud
  kUnknown,    // exists, in a state we do not know: never Ready
};

enum class Adoptable { kYes, kPreset };  // the cloud's own preset instances are never ours

// What one describe, or one entry of a list, says of an instance.
struct Observation {
  std::string external_name;
  Lifecycle lifecycle = Lifecycle::kUnknown;
  std::string cloud_state;    // verbatim; empty where the API has none
  std::string cloud_message;  // the cloud's reason for a failure
  // Nothing: not read (a list without tags). Set, with empty members: read, and there is none.
  std::optional<ObservedMark> mark;
  std::string natural_key;  // empty when it has none
  std::optional<WallTime> created_at;
  Adoptable adoptable = Adoptable::kYes;
  // The comparable fields in forProvider's names and types; see Diff.
  nlohmann::json fields;
  // Everything the call returned, in the form of status.atProvider. No secrets; personal data only
  // where the ProviderConfig allows it.
  nlohmann::json at_provider;
};

struct CreateInput {
  nlohmann::json parameters;  // forProvider
  Mark mark;
  std::string token;
};

struct Created {
  std::string external_name;
  // What the answer showed, when it showed anything (partial failures of CCC included).
  nlohmann::json at_provider;
};

struct UpdateInput {
  std::string external_name;
  UpdateStep step;            // exactly one API call
  nlohmann::json parameters;  // forProvider, for APIs that want unchanged fields repeated
  nlohmann::json observed;    // Observation::fields of this pass
  Mark mark;
};

struct ListPage {
  std::vector<Observation> entries;
  std::string next_page;  // empty: the last one
};

class InstanceProvider {
 public:
  virtual ~InstanceProvider() = default;

  // The request a create would send, as recorded in the intent: canonical, with token and mark,
  // without credentials, signatures, nonces or times. Pure: the same input gives the same bytes.
  virtual Result<std::string> EncodeCreate(const CreateInput& input) const = 0;
  // Sends exactly the business content of `request`. Answers with the id alone where the cloud
  // creates in the background: created is not ready.
  virtual Task<Result<Created>> Create(CallContext context, std::string request) = 0;
  // Reads one instance; changes nothing. Makes the calls of KindTraits::operations.observe.
  virtual Task<Result<Observation>> Observe(CallContext context, std::string external_name) = 0;
  // One mutating call. Repeating it is harmless.
  virtual Task<Result<void>> Update(CallContext context, UpdateInput input) = 0;
  // One mutating call. NotFound means it is gone; done or begun is success.
  virtual Task<Result<void>> Delete(CallContext context, std::string external_name,
                                    std::string token) = 0;
  // One page. `page` is empty for the first, else the previous answer's next_page.
  virtual Task<Result<ListPage>> List(CallContext context, std::string page) = 0;
};

}  // namespace instanced
