// Planning and then doing, in a world that nobody else changes, makes exactly the planned calls.
#include <cstdlib>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "tests/controller/plan/plan_worlds.h"

namespace instanced {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr std::uint64_t kWorlds = 1'000;  // each costs twenty times as much
#else
constexpr std::uint64_t kWorlds = 10'000;
#endif

std::string Story(const PlanReport& report) {
  std::string text;
  for (const auto& object : report.objects) {
    text += "  " + ToString(object.key) + ": " + std::string(ToString(object.action)) + " " +
            object.reason + " " + object.why + "\n";
    for (const auto& note : object.notes) text += "    " + note + "\n";
  }
  return text;
}

TEST(PlanProperty, PlanThenRunMakesExactlyThePlannedCalls) {
  std::map<PlannedAction, int> seen;
  int differing = 0;
  int uncertain = 0;
  for (std::uint64_t seed = 1; seed <= kWorlds && differing < 5; ++seed) {
    PlanWorld world(seed);
    const auto effects = world.Effects();
    const auto plan = world.Plan();
    ASSERT_EQ(world.Effects(), effects) << "seed " << seed << ": planning changed something";
    for (const auto& object : plan.objects) ++seen[object.action];
    auto done = world.Act();
    auto planned = CountOf(plan);
    for (const auto& object : plan.objects) {
      if (object.certainty == Certainty::kFirm) continue;
      ++uncertain;
      // What a recorded request made or leaves different is changed by calls nobody can foresee.
      done.erase({ToString(object.key), "Update"});
      planned.erase({ToString(object.key), "Update"});
    }
    if (planned == done) continue;
    ++differing;
    ADD_FAILURE() << "seed " << seed << "\nplanned\n"
                  << ToString(CountOf(plan)) << "done\n"
                  << ToString(done) << "plan\n"
                  << Story(plan);
  }
  for (const auto& [action, count] : seen) {
    RecordProperty(std::string(ToString(action)), count);
    std::printf("%-8s %d\n", std::string(ToString(action)).c_str(), count);
  }
  RecordProperty("uncertain", uncertain);
  std::printf("%-8s %d objects\n", "unsure", uncertain);
  EXPECT_LT(uncertain, static_cast<int>(kWorlds) / 200);
  // Every sort of verdict came up, so that the property speaks of all of them.
  for (const auto action : {PlannedAction::kNothing, PlannedAction::kCreate, PlannedAction::kAdopt,
                            PlannedAction::kUpdate, PlannedAction::kReplace, PlannedAction::kDelete,
                            PlannedAction::kLetGo, PlannedAction::kHeld}) {
    EXPECT_GT(seen[action], static_cast<int>(kWorlds) / 200) << ToString(action);
  }
}

}  // namespace
}  // namespace instanced
