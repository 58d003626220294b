// ManifestBrakes: a manifest directory that cannot be believed becomes a brake, and an answered
// brake becomes the source's permission.
//
// Threads: the loop's. Ownership: borrows everything.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "controller/budget/brake_book.h"
#include "controller/informer/object_cache.h"
#include "controller/source/file/file_source.h"
#include "controller/telemetry/log.h"
#include "controller/telemetry/metrics.h"

namespace instanced {

class ManifestBrakes {
 public:
  struct Deps {
    const Clock& clock;
    BrakeBook& brakes;
    const ObjectCache& cache;
    const Log& log;
    Metrics& metrics;
    std::function<void()> brakes_changed;
    std::function<void(const ObjectKey&)> wake;
  };
  explicit ManifestBrakes(Deps deps) : deps_(std::move(deps)) {}

  void OnReport(const DirectoryReport& report);

 private:
  void Hold(const DirectoryReport& report);
  void LetGo();
  void Show(const DirectoryReport& report);

  Deps deps_;
  std::optional<BrakeCause> raised_;
  std::vector<ObjectKey> held_;
  std::vector<ManifestProblem> shown_;
};

}  // namespace instanced
