#include "controller/source/kube/kube_source.h"

#include <memory>
#include <utility>

#include "controller/source/kube/reflector.h"
#include "controller/task/sleep.h"
#include "controller/task/task_group.h"

namespace instanced {

KubeSource::KubeSource(KubeClient& client, const Clock& clock, Random& random,
                       KubeSourceOptions options, KubeSourceObserver* observer)
    : client_(client),
      clock_(clock),
      random_(random),
      options_(std::move(options)),
      observer_(observer) {}

Task<void> KubeSource::Run(WatchSink sink, StopToken stop) {
  sink(InitStarted{});
  std::size_t unlisted = options_.kinds.size();
  const auto listed = [&sink, &unlisted] {
    if (--unlisted == 0) sink(InitDone{});
  };
  const ReflectorDeps deps{client_, clock_, random_, options_, observer_};
  std::vector<std::unique_ptr<Reflector>> reflectors;
  for (const Kind kind : options_.kinds) {
    reflectors.push_back(std::make_unique<Reflector>(deps, kind, sink, listed));
  }
  Executor& executor = co_await CurrentExecutor{};
  TaskGroup group(executor);
  for (auto& reflector : reflectors) group.Spawn(reflector->Run(stop));
  auto join = group.Join();
  co_await join;
}

}  // namespace instanced
