// LeaseStore: where leases are kept; the seam between elections and the Kubernetes API.
//
// Promises: reads are of the newest state (not of a cache); a write is carried out only onto the
// version it names, else WriteConflict; a record without a version is created, and is a
// WriteConflict when another has the name. A failed write says by Error::reach whether it may
// have been carried out. Nothing is retried here.
//
// Threads: the loop's.
#pragma once

#include <functional>
#include <vector>

#include "api/error/error.h"
#include "controller/lease/lease_record.h"
#include "controller/task/stop.h"
#include "controller/task/task.h"

namespace instanced {

struct LeaseList {
  std::vector<LeaseRecord> leases;
  std::string resource_version;
};

enum class LeaseNews { kChanged, kDeleted };
using LeaseSink = std::function<void(LeaseNews, const LeaseRecord&)>;

class LeaseStore {
 public:
  virtual ~LeaseStore() = default;
  // Every lease of ours in the namespace.
  virtual Task<Result<LeaseList>> List(StopToken stop) = 0;
  // Creates or replaces; the answer is the record as it now is.
  virtual Task<Result<LeaseRecord>> Write(LeaseRecord lease, StopToken stop) = 0;
  virtual Task<Result<void>> Remove(LeaseRecord lease, StopToken stop) = 0;
  // Tells of changes since that version until the watch ends, fails or is stopped.
  virtual Task<Result<void>> Watch(std::string resource_version, LeaseSink sink,
                                   StopToken stop) = 0;
};

}  // namespace instanced
