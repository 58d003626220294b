// KubeSource: the declared objects of an API server, kept in step by one reflector for each kind.
//
// Promises: a kind is listed in pages, then watched from the list's resource version; a watch that
// ends, is cut or falls silent is opened again where it was, and only 410 Gone, or a server whose
// versions are found to have gone back after a watch fell silent, leads to a new list, delivered as
// an Init sequence of that kind. A list is delivered whole or not at all: a failing
// server, or a kind that is not served any more, never makes objects look deleted. The source is
// synced (InitDone of every kind) when each kind has been listed once. Objects that cannot be read
// keep their last state and are told to the observer. A watch does not deliver a version that is
// known already.
//
// Threads: the loop's. Ownership: client, clock, random and observer outlive Run().
// Facts: kubernetes.io/docs/reference/using-api/api-concepts (resource versions, bookmarks).
#pragma once

#include <string>
#include <vector>

#include "controller/clock/clock.h"
#include "controller/kube/kube_client.h"
#include "controller/source/kube/list_parser.h"
#include "controller/source/source.h"

namespace instanced {

class KubeSourceObserver {
 public:
  virtual ~KubeSourceObserver() = default;
  // A list or watch failed and is tried again by itself.
  virtual void OnTrouble(Kind kind, const Error& error) = 0;
  virtual void OnUnreadable(const ObjectKey& key, const Error& error) = 0;
};

struct KubeSourceOptions {
  std::vector<Kind> kinds;
  std::string namespace_;  // empty: all
  std::int64_t page_size = 500;
  Duration watch_shortest = std::chrono::minutes(5);  // each lasts up to twice as long
  Duration retry_first = std::chrono::milliseconds(800);
  Duration retry_longest = std::chrono::seconds(30);
  // Spares reading the events of our own writes; without it every event is delivered.
  KnowsVersion knows = {};
};

class KubeSource final : public Source {
 public:
  KubeSource(KubeClient& client, const Clock& clock, Random& random, KubeSourceOptions options,
             KubeSourceObserver* observer);
  Task<void> Run(WatchSink sink, StopToken stop) override;

 private:
  KubeClient& client_;
  const Clock& clock_;
  Random& random_;
  KubeSourceOptions options_;
  KubeSourceObserver* observer_;
};

}  // namespace instanced
