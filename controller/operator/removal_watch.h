// RemovalWatch: tells deletions that a person asked for from those that a CustomResourceDefinition
// or a namespace on its way out brings along, and raises the brake for the latter.
//
// Promises: before a deletion is judged, the object's CRD and namespace are read afresh, at least
// once; until both have answered it waits. Many deletions at once share the reads. What is being
// removed raises its brake (BrakeBook::Raise) for the deletions that were asked about; a CRD that
// is there again, or a namespace without deletions, clears it. Where reading is forbidden the
// brake is not there, which is told once.
//
// Kubernetes deletions cannot be undone, so the brake keeps the finalizers until a person says
// approve (delete at the cloud) or release (keep the instances).
// Threads: the loop's. Ownership: what Deps names outlives it and its tasks.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "controller/budget/brake_book.h"
#include "controller/informer/informer.h"
#include "controller/kube/kube_client.h"

namespace instanced {

class RemovalWatch {
 public:
  struct Deps {
    KubeClient& client;
    const Clock& clock;
    BrakeBook& brakes;
    std::function<void(Task<void>)> spawn;
    std::function<void()> brakes_changed;
    std::function<void(const ObjectKey&)> wake;
    // `path` is what could not be read.
    std::function<void(const std::string& path, const Error&)> trouble;
    StopToken stop;
  };
  explicit RemovalWatch(Deps deps) : deps_(std::move(deps)) {}

  // Nothing once the deletion may be judged; else when to ask again.
  std::optional<MonotonicTime> JudgeAfter(const InstanceObject& object);
  void OnChange(const Change& change);

 private:
  // Whose removal takes the object along.
  struct Place {
    std::optional<Kind> kind;  // its CRD; nothing: a namespace
    std::string namespace_;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  struct Question {
    std::string uid;
    int open = 2;  // places that have not answered
  };
  struct Asking {
    std::set<ObjectKey> waiting;
    bool under_way = false;
  };
  enum class Fate { kStays, kGoes };

  static ObjectRef RefOf(const Place& place);
  void Ask(const Place& place, const ObjectKey& key);
  Task<void> Answer(Place place);
  Task<Result<Fate>> Look(Place place);
  void Settle(const Place& place, Fate fate, const std::set<ObjectKey>& keys);
  void RaiseNamespaces();

  Deps deps_;
  std::map<ObjectKey, Question> questions_;
  std::map<Place, Asking> asking_;
  std::set<ObjectKey> leaving_with_namespace_;
  std::set<std::string> forbidden_;
};

}  // namespace instanced
