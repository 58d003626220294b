// Any sequence of operations: the queue answers like its plain model.
#include <cstdint>
#include <cstdlib>

#include "tests/controller/workqueue/queue_model.h"

namespace {

using namespace instanced;

void Require(bool holds) {
  if (!holds) std::abort();
}

// Three bytes to an operation: what, which key and priority, how much later.
struct Operation {
  std::uint8_t what;
  std::uint8_t which;
  std::uint8_t later;

  ObjectKey Key() const {
    return {which & 1 ? Kind::kSupplyChainInstance : Kind::kConnectInstance,
            "ns-" + std::to_string(which / 2 % 3), "name-" + std::to_string(which / 6 % 6)};
  }
  Priority Level() const { return static_cast<Priority>(which / 36 % 3); }
  // No two due times are equal: the order of equal ones is not promised.
  Duration Later(std::size_t at) const {
    return std::chrono::milliseconds(later * 4) + Duration(static_cast<int>(at) + 1);
  }
};

struct Pair {
  WorkQueue queue;
  ModelQueue model;

  void Do(const Operation& operation, std::size_t at, MonotonicTime now) {
    const auto key = operation.Key();
    switch (operation.what % 6) {
      case 0:
        queue.Add(key, operation.Level(), now);
        return model.Add(key, operation.Level(), now, now);
      case 1:
        queue.AddAt(key, operation.Level(), now + operation.Later(at), now);
        return model.Add(key, operation.Level(), now + operation.Later(at), now);
      case 2:
      case 3:
        return Get(now);
      case 4:
        return Finish(operation.which, now);
      default:
        queue.Forget(key);
        return model.Forget(key);
    }
  }

  void Get(MonotonicTime now) {
    const auto due = queue.NextDue(now);
    const auto got = queue.Get(now);
    const auto wanted = model.Get(now);
    Require(got.has_value() == wanted.has_value());
    Require(!got || (due && *due <= now));
    // Early, for a running key's schedule, at most once: whoever waits for it must not spin.
    const auto next = queue.NextDue(now);
    if (!got) return Require(!next || *next > now);
    Require(got->key == wanted->key && got->priority == wanted->priority);
    Require(got->queued_for == wanted->queued_for);
  }

  void Finish(std::uint8_t which, MonotonicTime now) {
    const auto running = model.Running();
    if (running.empty()) return;
    queue.Done(running[which % running.size()], now);
    model.Done(running[which % running.size()]);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const AgeingOptions ageing{.ageing = std::chrono::milliseconds(300), .aged_turn = 3};
  Pair pair{WorkQueue(ageing), ModelQueue(ageing)};
  MonotonicTime now{std::chrono::hours(1)};
  for (std::size_t at = 0; at + 3 <= size && at < 3000; at += 3) {
    // The high bits of the operation move the clock.
    now += std::chrono::milliseconds(data[at] >> 3) + std::chrono::microseconds(1);
    pair.Do({static_cast<std::uint8_t>(data[at] & 7), data[at + 1], data[at + 2]}, at, now);
  }
  while (pair.queue.Get(now)) {
  }
  Require(pair.queue.Stats(now).depth[0] == 0);
  return 0;
}
