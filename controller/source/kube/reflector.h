// Reflector: list, then watch, of one kind. The engine of KubeSource; see its promises.
#pragma once

#include <functional>
#include <string>

#include "controller/source/kube/kube_source.h"
#include "controller/source/kube/list_parser.h"

namespace instanced {

struct ReflectorDeps {
  KubeClient& client;
  const Clock& clock;
  Random& random;
  const KubeSourceOptions& options;
  KubeSourceObserver* observer;
};

class Reflector {
 public:
  // `listed` is called once, after the first list has been delivered.
  Reflector(ReflectorDeps deps, Kind kind, const WatchSink& sink, std::function<void()> listed)
      : deps_(deps), kind_(kind), sink_(sink), listed_(std::move(listed)) {}
  Task<void> Run(StopToken stop);

 private:
  Task<Result<void>> List(StopToken stop);
  Task<Result<ListPageContent>> ReadAll(std::int64_t page_size, StopToken stop);
  void Deliver(ListPageContent content);
  // Until the watch ends or fails; what was seen moves resource_version_.
  Task<Result<void>> Watch(StopToken stop);
  // After a watch that was silent: what the server's version is now.
  Task<void> ForgetIfRestored(StopToken stop);
  void MoveTo(std::string resource_version);
  Result<void> Take(KubeEvent event);
  Task<void> Rest(Error error, StopToken stop);

  ReflectorDeps deps_;
  Kind kind_;
  const WatchSink& sink_;
  std::function<void()> listed_;
  std::string resource_version_;  // empty: to be listed
  std::string last_seen_;         // the last one that was not empty
  int failures_ = 0;
};

}  // namespace instanced
