// Every crash point of the simulated daemon: each effect of a scenario, at the cloud or in the
// store, is crashed before, crashed after, and carried out with the answer lost; then pairs.
#include <array>
#include <optional>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/simulation/checks.h"

namespace instanced {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

enum class Scenario { kCreate, kUpdate, kReplace, kDelete, kAdopt };
enum class Blow { kCrashBefore, kCrashAfter, kAnswerLost };
constexpr std::array kScenarios{Scenario::kCreate, Scenario::kUpdate, Scenario::kReplace,
                                Scenario::kDelete, Scenario::kAdopt};
constexpr std::array kBlows{Blow::kCrashBefore, Blow::kCrashAfter, Blow::kAnswerLost};
constexpr std::array kKinds{Kind::kConnectInstance, Kind::kSupplyChainInstance,
                            Kind::kCloudCallCenterInstance, Kind::kOutboundBotInstance};

struct Point {
  int effect = 0;  // from 1
  Blow blow = Blow::kCrashBefore;
};

Error Doubtful(ErrorClass error_class) {
  Error error;
  error.error_class = error_class;
  error.code = "AnswerLost";
  error.reach = Reach::kUnknown;
  return error;
}

// Files: a daemon alone. A cluster: with leases, and changes heard of through the Kubernetes
// source.
SimOptions OptionsOf(Contention contention) {
  SimOptions options;
  options.contention = contention;
  if (contention == Contention::kLeases) options.hearing = Hearing::kKubernetes;
  return options;
}

// One object through one scenario, with blows at the given effects.
class Trial {
 public:
  Trial(Contention contention, Scenario scenario, Kind kind, std::vector<Point> points)
      : scenario_(scenario),
        points_(std::move(points)),
        world_(7, 400, OptionsOf(contention)),
        people_(world_, 0),
        checks_(world_, people_) {
    wish_ = people_.Add(kind, "name");
    bystander_ = people_.Add(kind, "bystander");
    world_.cloud.options().provision_time = seconds(5);
    world_.cloud.fate = [this](const FakeCall& call) { return CloudFate(call); };
    world_.store.fate = [this](int, const std::string&, const WriteTarget& target) {
      return StoreFateOf(target);
    };
  }

  // What broke; empty when all was well.
  std::string Run() {
    world_.Start();
    people_.Declare(*bystander_);
    if (scenario_ == Scenario::kAdopt) {
      wish_->spec.adoption_policy = AdoptionPolicy::kByNaturalKey;
      wish_->spec.external_name = FoundId();
    }
    if (scenario_ != Scenario::kCreate && scenario_ != Scenario::kAdopt) people_.Declare(*wish_);
    world_.Run(minutes(20));
    counting_ = true;
    Act();
    world_.Run(hours(2));
    if (world_.violations().empty()) checks_.AtTheEnd();
    return world_.violations().empty() ? "" : world_.violations().front().what;
  }
  int effects() const { return effects_; }
  int struck() const { return struck_; }
  const Trace& trace() const { return world_.trace; }

 private:
  std::string FoundId() {
    auto fields = nlohmann::json::parse(ParametersOf(wish_->key.kind, wish_->name, 3, 0));
    return world_.cloud.Add(wish_->key.kind, std::move(fields)).id;
  }

  void Act() {
    switch (scenario_) {
      case Scenario::kCreate:
      case Scenario::kAdopt:
        return people_.Declare(*wish_);
      case Scenario::kUpdate:
        ++wish_->edition;
        return people_.Declare(*wish_);
      case Scenario::kReplace:
        ++wish_->mould;
        wish_->spec.replace_policy = ReplacePolicy::kRecreate;
        return people_.Declare(*wish_);
      case Scenario::kDelete:
        return people_.Delete(*wish_);
    }
  }

  std::optional<Blow> Strike(const ObjectKey& key) {
    if (!counting_ || key != wish_->key) return std::nullopt;
    ++effects_;
    for (const auto& point : points_) {
      if (point.effect != effects_) continue;
      ++struck_;
      if (point.blow != Blow::kAnswerLost) world_.CrashSoon(1, seconds(3));
      return point.blow;
    }
    return std::nullopt;
  }

  Fate CloudFate(const FakeCall& call) {
    if (call.operation == "Observe" || call.operation == "List") return {};
    const auto blow = Strike(call.key);
    if (!blow) return {};
    if (*blow == Blow::kCrashBefore) return {CallFate::kNoAnswer, {}};
    if (*blow == Blow::kCrashAfter) return {CallFate::kDoneNoAnswer, {}};
    return {CallFate::kAnswerLost, Doubtful(ErrorClass::kInDoubt)};
  }

  WriteVerdict StoreFateOf(const WriteTarget& target) {
    const auto blow = Strike(target.key);
    if (!blow) return {};
    if (*blow == Blow::kCrashBefore) return {StoreFate::kNoAnswer, {}};
    if (*blow == Blow::kCrashAfter) return {StoreFate::kDoneNoAnswer, {}};
    return {StoreFate::kAnswerLost, Doubtful(ErrorClass::kStore)};
  }

  Scenario scenario_;
  std::vector<Point> points_;
  SimWorld world_;
  People people_;
  Checks checks_;
  Wish* wish_ = nullptr;
  Wish* bystander_ = nullptr;
  bool counting_ = false;
  int effects_ = 0;
  int struck_ = 0;
};

std::string NameOfScenario(Scenario scenario) {
  static constexpr std::array<const char*, 5> kNames{"create", "update", "replace", "delete",
                                                     "adopt"};
  return kNames[static_cast<std::size_t>(scenario)];
}

// A call center has nothing that can be updated.
bool Exists(Scenario scenario, Kind kind) {
  return scenario != Scenario::kUpdate || kind != Kind::kCloudCallCenterInstance;
}

std::string Story(Scenario scenario, Kind kind, const Trial& trial) {
  std::string text = NameOfScenario(scenario) + " " + std::string(ToString(kind)) + "\n";
  for (const auto& line : trial.trace().lines()) text += line + "\n";
  return text;
}

std::string NameOf(Contention contention) {
  return contention == Contention::kSole ? "Files" : "ClusterWithLeases";
}

class CrashPoints : public testing::TestWithParam<Contention> {};
INSTANTIATE_TEST_SUITE_P(Daemons, CrashPoints,
                         testing::Values(Contention::kSole, Contention::kLeases),
                         [](const auto& test_case) { return NameOf(test_case.param); });

TEST_P(CrashPoints, EveryEffectOfEveryScenarioCrashedBeforeAfterAndAnswerLost) {
  int existing = 0;
  int covered = 0;
  for (const Scenario scenario : kScenarios) {
    for (const Kind kind : kKinds) {
      if (!Exists(scenario, kind)) continue;
      Trial calm(GetParam(), scenario, kind, {});
      ASSERT_EQ(calm.Run(), "") << Story(scenario, kind, calm);
      ASSERT_GT(calm.effects(), 0) << NameOfScenario(scenario);
      for (int effect = 1; effect <= calm.effects(); ++effect) {
        for (const Blow blow : kBlows) {
          Trial trial(GetParam(), scenario, kind, {{effect, blow}});
          EXPECT_EQ(trial.Run(), "") << "effect " << effect << " blow " << static_cast<int>(blow)
                                     << " of " << Story(scenario, kind, trial);
          ++existing;
          covered += trial.struck();
        }
      }
    }
  }
  fmt::print("crash points, {}: {} existing, {} covered\n", NameOf(GetParam()), existing, covered);
  EXPECT_EQ(existing, covered);
}

TEST_P(CrashPoints, EveryPairOfBlows) {
  int pairs = 0;
  for (const Scenario scenario : kScenarios) {
    for (const Kind kind : kKinds) {
      if (!Exists(scenario, kind)) continue;
      Trial calm(GetParam(), scenario, kind, {});
      ASSERT_EQ(calm.Run(), "");
      for (int first = 1; first <= calm.effects(); ++first) {
        for (const Blow one : kBlows) {
          for (int second = first + 1; second <= calm.effects() + 2; ++second) {
            for (const Blow other : kBlows) {
              Trial trial(GetParam(), scenario, kind, {{first, one}, {second, other}});
              EXPECT_EQ(trial.Run(), "") << "effects " << first << ", " << second << " of "
                                         << Story(scenario, kind, trial);
              if (trial.struck() == 2) ++pairs;
            }
          }
        }
      }
    }
  }
  fmt::print("pairs of crash points, {}: {}\n", NameOf(GetParam()), pairs);
  EXPECT_GT(pairs, 0);
}

}  // namespace
}  // namespace instanced
