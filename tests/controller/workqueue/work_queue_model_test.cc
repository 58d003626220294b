// The queue against a model: thousands of random operations; every answer must be the same.
#include <gtest/gtest.h>

#include "tests/controller/workqueue/queue_model.h"

namespace instanced {
namespace {

using std::chrono::milliseconds;

ObjectKey RandomKey(Random& random) {
  return {UniformBelow(random, 4) == 0 ? Kind::kSupplyChainInstance : Kind::kConnectInstance,
          "ns-" + std::to_string(UniformBelow(random, 3)),
          "name-" + std::to_string(UniformBelow(random, 12))};
}

class WorkQueueModel : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(WorkQueueModel, AnswersLikeThePlainModel) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  SeededRandom random(GetParam());
  const AgeingOptions options{.ageing = milliseconds(300), .aged_turn = 3};
  WorkQueue queue(options);
  ModelQueue model(options);
  MonotonicTime now{std::chrono::hours(1)};
  int handed_out = 0;
  for (int step = 0; step < 4000; ++step) {
    // Nanosecond steps keep due times apart: the order of equal ones is not promised.
    now += UniformBelow(random, Duration(milliseconds(20)));
    const auto choice = UniformBelow(random, 10);
    const ObjectKey key = RandomKey(random);
    const auto priority = static_cast<Priority>(UniformBelow(random, 3));
    if (choice < 3) {
      queue.Add(key, priority, now);
      model.Add(key, priority, now, now);
    } else if (choice < 5) {
      const MonotonicTime when = now + UniformBelow(random, Duration(milliseconds(400)));
      queue.AddAt(key, priority, when, now);
      model.Add(key, priority, when, now);
    } else if (choice < 7) {
      const auto got = queue.Get(now);
      const auto wanted = model.Get(now);
      ASSERT_EQ(got.has_value(), wanted.has_value()) << "step " << step;
      if (!got) continue;
      ++handed_out;
      ASSERT_EQ(ToString(got->key), ToString(wanted->key)) << "step " << step;
      ASSERT_EQ(got->priority, wanted->priority) << "step " << step;
      ASSERT_EQ(got->queued_for, wanted->queued_for) << "step " << step;
    } else if (choice < 9) {
      const auto running = model.Running();
      if (running.empty()) continue;
      const ObjectKey& done = running[UniformBelow(random, running.size())];
      queue.Done(done, now);
      model.Done(done);
    } else if (UniformBelow(random, 4) == 0) {
      queue.Forget(key);
      model.Forget(key);
    }
  }
  EXPECT_GT(handed_out, 300);
}

INSTANTIATE_TEST_SUITE_P(Seeds, WorkQueueModel, ::testing::Range<std::uint64_t>(1, 26));

}  // namespace
}  // namespace instanced
