// Every crash point of the simulated daemon: each effect of a scenario is crashed before, crashed
// after, and carried out with the answer lost; then pairs.
//
// Files: a real folder of manifests and the real SQLite journal, whose file the next process opens.
// Its effects are the calls that change the cloud and every transaction of the journal, be it of
// objects, history, quota or brakes. An answer is lost when the transaction's sync fails: it is
// written, and the daemon is told that it is not.
// Cluster: leases and the Kubernetes source. Its effects are those calls and the writes of objects.
#include <algorithm>
#include <array>
#include <cstdlib>
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

constexpr Duration kDown = seconds(3);
// Prime, so that what is left out is not always of one blow.
constexpr int kPairsOneIn = 7;
// All pairs of so few are tried.
constexpr int kFewEffects = 3;

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

SimOptions OptionsOf(Hearing source) {
  SimOptions options;
  options.hearing = source;
  if (source == Hearing::kKubernetes) options.contention = Contention::kLeases;
  return options;
}

// One object through one scenario, with blows at the given effects.
class Trial {
 public:
  Trial(Hearing source, Scenario scenario, Kind kind, std::vector<Point> points)
      : scenario_(scenario),
        points_(std::move(points)),
        world_(7, 400, OptionsOf(source)),
        people_(world_, 0),
        checks_(world_, people_) {
    wish_ = people_.Add(kind, "name");
    bystander_ = people_.Add(kind, "bystander");
    world_.cloud.options().provision_time = seconds(5);
    world_.cloud.fate = [this](const FakeCall& call) { return CloudFate(call); };
    world_.store.fate = [this](int, const std::string&, const WriteTarget& target) {
      return StoreFateOf(target);
    };
    if (world_.folder) world_.folder->fate = [this] { return JournalFateOf(); };
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

  std::optional<Blow> Strike() {
    if (!counting_) return std::nullopt;
    ++effects_;
    const auto point = std::ranges::find(points_, effects_, &Point::effect);
    if (point == points_.end()) return std::nullopt;
    ++struck_;
    return point->blow;
  }

  std::optional<Blow> StrikeAt(const ObjectKey& key) {
    if (key != wish_->key) return std::nullopt;
    const auto blow = Strike();
    if (blow && *blow != Blow::kAnswerLost) world_.CrashSoon(1, kDown);
    return blow;
  }

  Fate CloudFate(const FakeCall& call) {
    if (call.operation == "Observe" || call.operation == "List") return {};
    const auto blow = StrikeAt(call.key);
    if (!blow) return {};
    if (*blow == Blow::kCrashBefore) return {CallFate::kNoAnswer, {}};
    if (*blow == Blow::kCrashAfter) return {CallFate::kDoneNoAnswer, {}};
    return {CallFate::kAnswerLost, Doubtful(ErrorClass::kInDoubt)};
  }

  WriteVerdict StoreFateOf(const WriteTarget& target) {
    const auto blow = StrikeAt(target.key);
    if (!blow) return {};
    if (*blow == Blow::kCrashBefore) return {StoreFate::kNoAnswer, {}};
    if (*blow == Blow::kCrashAfter) return {StoreFate::kDoneNoAnswer, {}};
    return {StoreFate::kAnswerLost, Doubtful(ErrorClass::kStore)};
  }

  JournalVerdict JournalFateOf() {
    const auto blow = Strike();
    if (!blow) return {};
    if (*blow == Blow::kCrashBefore) return {JournalFate::kKilledBefore, kDown};
    if (*blow == Blow::kCrashAfter) return {JournalFate::kKilledAfter, kDown};
    return {JournalFate::kSyncFails, {}};
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

struct Case {
  Hearing source;
  Scenario scenario;
  Kind kind;
};

std::string NameOf(Hearing source) {
  return source == Hearing::kFolder ? "Files" : "ClusterWithLeases";
}

std::string NameOf(const Case& one) {
  return NameOf(one.source) + "_" + NameOfScenario(one.scenario) + "_" +
         std::string(ToString(one.kind));
}

std::vector<Case> Cases() {
  std::vector<Case> cases;
  for (const auto source : {Hearing::kFolder, Hearing::kKubernetes}) {
    for (const Scenario scenario : kScenarios) {
      for (const Kind kind : kKinds) {
        if (Exists(scenario, kind)) cases.push_back({source, scenario, kind});
      }
    }
  }
  return cases;
}

class CrashPoints : public testing::TestWithParam<Case> {
 protected:
  // The number of effects when nothing strikes.
  int Effects() {
    Trial calm(GetParam().source, GetParam().scenario, GetParam().kind, {});
    EXPECT_EQ(calm.Run(), "") << Story(GetParam().scenario, GetParam().kind, calm);
    EXPECT_GT(calm.effects(), 0);
    return calm.effects();
  }
  // How many of the points were struck.
  int Try(std::vector<Point> points) {
    Trial trial(GetParam().source, GetParam().scenario, GetParam().kind, points);
    const auto broken = trial.Run();
    std::string blows;
    for (const auto& point : points) {
      blows += fmt::format("effect {} blow {}, ", point.effect, static_cast<int>(point.blow));
    }
    EXPECT_EQ(broken, "") << blows << Story(GetParam().scenario, GetParam().kind, trial);
    return trial.struck();
  }
};
INSTANTIATE_TEST_SUITE_P(Daemons, CrashPoints, testing::ValuesIn(Cases()),
                         [](const auto& test_case) { return NameOf(test_case.param); });

TEST_P(CrashPoints, EveryEffectIsCrashedBeforeAfterAndItsAnswerLost) {
  int existing = 0;
  int covered = 0;
  const int effects = Effects();
  for (int effect = 1; effect <= effects; ++effect) {
    for (const Blow blow : kBlows) {
      ++existing;
      covered += Try({{effect, blow}});
    }
  }
  fmt::print("crash points, {}: {} existing, {} covered\n", NameOf(GetParam()), existing, covered);
  EXPECT_EQ(existing, covered);
}

// One pair in so many: `make proof` asks for all of them.
TEST_P(CrashPoints, PairsOfBlows) {
  const char* asked = std::getenv("PAIRS_ONE_IN");
  const int one_in = asked ? std::max(1, std::atoi(asked)) : kPairsOneIn;
  int pairs = 0;
  int number = 0;
  const int effects = Effects();
  const int step = effects <= kFewEffects ? 1 : one_in;
  for (int first = 1; first <= effects; ++first) {
    for (int second = first + 1; second <= effects + 2; ++second) {
      for (const Blow one : kBlows) {
        for (const Blow other : kBlows) {
          if (++number % step != 0) continue;
          if (Try({{first, one}, {second, other}}) == 2) ++pairs;
        }
      }
    }
  }
  fmt::print("pairs of crash points, {}: {}, one in {}\n", NameOf(GetParam()), pairs, step);
  EXPECT_GT(pairs, 0);
}

}  // namespace
}  // namespace instanced
