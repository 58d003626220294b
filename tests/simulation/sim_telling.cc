#include "tests/simulation/sim_telling.h"

#include "tests/simulation/sim_replica.h"

namespace instanced {

// Bug::kEventsUnlimited: ten minutes and more pass between any two looks.
class SimTelling::RushedClock final : public Clock {
 public:
  explicit RushedClock(const Clock& inner) : inner_(inner) {}
  MonotonicTime Now() const override { return inner_.Now() + std::chrono::hours(1) * ++looks_; }
  WallTime WallNow() const override { return inner_.WallNow(); }

 private:
  const Clock& inner_;
  mutable int looks_ = 0;
};

SimTelling::SimTelling(SimWorld& world, SimReplica& replica, const ObjectCache& cache)
    : world_(world),
      replica_(replica),
      log_(LogLevel::kDebug, LogFormat::kJson, replica.executor.clock(),
           [&world](LogLevel, std::string_view line) {
             if (world.told) world.told("a line of the log", std::string(line));
           }),
      lines_(log_, world.metrics),
      tasks_(replica.telling),
      random_(static_cast<std::uint64_t>(replica.number) * 1'000'003 +
              static_cast<std::uint64_t>(replica.lives)) {
  if (world.setup.hearing != Hearing::kKubernetes) return;
  const Clock& clock = replica.executor.clock();
  if (world.bugs.Is(Bug::kEventsUnlimited)) rushed_ = std::make_unique<RushedClock>(clock);
  client_ = std::make_unique<KubeClient>(replica.api, replica.api, clock, KubeConfig{},
                                         ReadSmallFile, KubeClientOptions{}, nullptr);
  events_ = std::make_unique<EventRecorder>(EventRecorder::Deps{
      *client_, rushed_ ? static_cast<const Clock&>(*rushed_) : clock, random_, cache,
      "r" + std::to_string(replica.number) + "-" + std::to_string(replica.lives),
      [this](Task<void> task) { tasks_.Spawn(std::move(task)); },
      [this](const ObjectKey& key, const Error& error) {
        log_.Failure(LogLevel::kDebug, "an Event was not written", error, {{"object", key}});
      },
      stop_.token()});
}

SimTelling::~SimTelling() { replica_.telling.DropAll(); }

void SimTelling::PassFinished(const PassReport& report) { lines_.PassFinished(report); }

void SimTelling::DecisionChanged(const InstanceObject& object, const Decision& decision) {
  lines_.DecisionChanged(object, decision);
  if (events_) events_->DecisionChanged(object, decision);
}

void SimTelling::CallRecorded(const HistoryEntry& entry) {
  HistoryEntry told = entry;
  const auto object = replica_.daemon ? replica_.daemon->cache().FindInstance(entry.key) : nullptr;
  // What a careless message would show of an object.
  if (object) {
    for (const auto& [name, value] : object->meta.annotations) told.message += " " + value;
  }
  lines_.CallRecorded(world_.bugs.Is(Bug::kLogQuotes) ? told : entry);
  if (events_) events_->CallRecorded(world_.bugs.Is(Bug::kEventQuotes) ? told : entry);
}

void SimTelling::BecameReady(const ObjectKey& key, Duration waited) {
  lines_.BecameReady(key, waited);
  if (events_) events_->BecameReady(key, waited);
}

}  // namespace instanced
