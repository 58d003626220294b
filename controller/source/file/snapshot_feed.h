// SnapshotFeed: where snapshots of the manifest directory come from.
#pragma once

#include <functional>

#include "controller/source/file/desired_object.h"

namespace instanced {

class SnapshotFeed {
 public:
  virtual ~SnapshotFeed() = default;
  // Delivers, on the loop, one snapshot soon and then each that differs from the last. Once.
  virtual void Start(std::function<void(DirectorySnapshot)> deliver) = 0;
  // Nothing is delivered afterwards.
  virtual void Stop() = 0;
};

}  // namespace instanced
