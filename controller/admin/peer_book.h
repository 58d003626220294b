// PeerBook: which user stands at the other end of a connection, as the kernel said when it came.
//
// gRPC names a connection that it was handed as a descriptor "fd:<number>"; a number that is used
// again belongs to the newer connection.
// Threads: safe.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>

#include "controller/lock/lock.h"

namespace instanced {

class PeerBook {
 public:
  void Note(int descriptor, uid_t uid) {
    const Locked lock(mutex_);
    uids_[Name(descriptor)] = uid;
  }
  // `peer` is grpc::ServerContext::peer(); nothing for a connection that nobody noted.
  std::optional<uid_t> UidOf(const std::string& peer) const {
    const Locked lock(mutex_);
    const auto found = uids_.find(peer);
    if (found == uids_.end()) return std::nullopt;
    return found->second;
  }

 private:
  static std::string Name(int descriptor) { return "fd:" + std::to_string(descriptor); }

  mutable Mutex mutex_;
  std::map<std::string, uid_t> uids_ INSTANCED_GUARDED_BY(mutex_);
};

}  // namespace instanced
