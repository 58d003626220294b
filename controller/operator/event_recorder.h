// EventRecorder: Kubernetes Events (events.k8s.io/v1) about objects, for people who describe one.
//
// What is told: a decision that changed and asks for attention or ends something, every mutating
// call that was answered, every failed call, and Ready. Nothing is told of what stays as it is.
// Aggregated: the same said again within ten minutes counts up one Event's series. Limited: each
// object may begin ten Events at once and one every thirty seconds after that; 500 wait at most.
// Events are not awaited by anybody: what cannot be written is counted and dropped, as in a
// namespace that is being removed. Names are drawn by chance: what another process, or this one
// before it was started anew, told in the same words is another Event.
//
// Threads: the loop's. Ownership: what Deps names outlives the recorder and its task.
// Facts: kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>

#include "controller/informer/object_cache.h"
#include "controller/kube/kube_client.h"
#include "controller/reconcile/observer.h"

namespace instanced {

class EventRecorder final : public ReconcileObserver {
 public:
  struct Deps {
    KubeClient& client;
    const Clock& clock;
    Random& random;
    const ObjectCache& cache;
    std::string reporter;  // this process, up to 128 characters
    std::function<void(Task<void>)> spawn;
    std::function<void(const ObjectKey&, const Error&)> trouble;  // an Event was not written
    StopToken stop;
  };
  explicit EventRecorder(Deps deps) : deps_(std::move(deps)) {}

  void PassFinished(const PassReport&) override {}
  void DecisionChanged(const InstanceObject& object, const Decision& decision) override;
  void CallRecorded(const HistoryEntry& entry) override;
  void BecameReady(const ObjectKey& key, Duration waited) override;

 private:
  enum class Tone { kNormal, kWarning };
  struct Note {
    ObjectKey key;
    std::string uid;
    Tone tone = Tone::kNormal;
    std::string reason;
    std::string action;
    std::string text;        // stable: equal texts are one Event
    std::string request_id;  // shown, but not compared
  };
  struct Series {
    std::string event;  // its name
    ObjectKey key;
    std::int64_t count = 1;
    std::int64_t written = 0;  // the count the server has; 0: not made yet
    MonotonicTime last;
    std::string body;
  };
  struct Allowance {
    double left = 10;
    MonotonicTime at;
  };

  void Tell(Note note);
  bool MayBegin(const std::string& uid);
  void Forget();
  std::string BodyOf(const Note& note, const std::string& name);
  Task<void> WriteAll();
  Task<Result<std::string>> Write(std::string identity);

  Deps deps_;
  std::map<std::string, Series> series_;  // by identity
  std::map<std::string, Allowance> allowances_;
  std::deque<std::string> pending_;  // identities
  bool writing_ = false;
  std::size_t forget_at_ = 1000;  // entries
};

}  // namespace instanced
