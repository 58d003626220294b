// kill -9 of the daemon during its work, again and again, with manifests edited, added and removed,
// disks full and state files lost meanwhile: in the end every manifest has exactly one instance.
//
// KILLS and SEED in the environment set how many and which; the defaults are those of `make test`.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <random>

#include "tests/e2e/kill_plan.h"

namespace instanced::e2e {
namespace {

std::uint64_t NumberFrom(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

// People at work: a changing set of manifests, never all of a kind removed.
class People {
 public:
  People(Site& site, std::uint64_t seed) : site_(site), random_(seed) {
    for (int number = 0; number < 4; ++number) Add(number);
  }

  std::uint64_t Draw(std::uint64_t below) { return random_() % below; }
  const std::vector<Json>& manifests() const { return manifests_; }

  // Something that needs a mutating call.
  void Act() {
    const auto choice = Draw(10);
    if (manifests_.size() < 8 || (choice < 5 && manifests_.size() < 14)) return Add(next_);
    if (choice < 9) return Edit();
    RemoveOne();
  }
  void Add(int kind) {
    Json manifest = ManifestOf(kind, "object-" + std::to_string(next_++));
    // Without a natural key only token and mark tell which instance is whose.
    if (Draw(3) == 0) manifest["spec"]["forProvider"].erase("webAppDnsDomain");
    site_.manifests().Write(manifest);
    manifests_.push_back(std::move(manifest));
  }

 private:
  void Edit() {
    Json& manifest = manifests_[Draw(manifests_.size())];
    Json& fields = manifest["spec"]["forProvider"];
    const std::string words = "words " + std::to_string(Draw(1000));
    if (ServiceOf(manifest) == "connect") {
      fields["tags"] = {{"team", words}};
    } else if (ServiceOf(manifest) != "ccc") {
      fields["instanceDescription"] = words;
    } else {
      return Add(2);
    }
    site_.manifests().Write(manifest);
  }
  // Only what the daemon has on record with its finalizer: with the state file lost and the
  // manifest gone before that, nothing is left to tell that the instance is no longer wanted.
  void RemoveOne() {
    const auto index = 4 + Draw(manifests_.size() - 4);  // the first four stay
    const auto recorded = RecordedObjectOf(site_.state_file(), KeyOf(manifests_[index]));
    if (!recorded || !recorded->has_finalizer) return Edit();
    site_.manifests().Remove(manifests_[index]);
    manifests_.erase(manifests_.begin() + static_cast<std::ptrdiff_t>(index));
  }

  Site& site_;
  std::mt19937_64 random_;
  std::vector<Json> manifests_;
  int next_ = 0;
};

// An object whose removal is under way is known to the state file alone.
bool RemovalsDone(const Site& site, const People& people) {
  return std::ranges::all_of(RecordedObjects(site.state_file()), [&](const RecordedObject& object) {
    return object.key.starts_with("ProviderConfig/") ||
           std::ranges::any_of(people.manifests(),
                               [&](const Json& one) { return KeyOf(one) == object.key; });
  });
}

void LoseState(const Site& site) {
  for (const char* end : {"", "-wal", "-shm"}) {
    std::filesystem::remove(site.state_file().string() + end);
  }
}

struct Tally {
  std::array<int, kGapCount> gaps{};
  int state_lost = 0, acted_while_down = 0, missed = 0;
  // Rounds with a full disk; those in which the daemon said so, healed before the kill, or killed
  // while it was full.
  int disk_full = 0, disk_told = 0, disk_healed = 0, killed_full = 0;
};

// Each of the four gets more than a fifth; every ninth kill is at random.
Gap NextAim(const Tally& tally, int kill) {
  if (kill % 9 == 8) return Gap::kAnywhere;
  const auto rarest = std::min_element(tally.gaps.begin(), tally.gaps.begin() + 4);
  return static_cast<Gap>(rarest - tally.gaps.begin());
}

void Print(const Tally& tally, int kills) {
  std::cout << "kills by gap:\n";
  for (int gap = 0; gap < kGapCount; ++gap) {
    const int count = tally.gaps[static_cast<std::size_t>(gap)];
    std::cout << "  " << count << " (" << 100 * count / kills << " %) "
              << NameOf(static_cast<Gap>(gap)) << "\n";
  }
  std::cout << "  state file lost " << tally.state_lost << ", manifests changed while down "
            << tally.acted_while_down << ", aims without a call " << tally.missed << "\n"
            << "  disk full " << tally.disk_full << ", the daemon noticed " << tally.disk_told
            << "; killed while it was full " << tally.killed_full << ", after room was made "
            << tally.disk_healed << "\n";
}

// Every twelfth kill takes the state file along, and some others do: what chance alone would hardly
// give, with a removal under way most of the time.
bool TakesTheState(int kill) { return kill % 12 == 11; }

// And about every tenth meets a full disk.
bool FillsTheDisk(int kill) { return kill % 10 == 5 && !TakesTheState(kill); }

// A daemon that is started with a limit has failed writes where the disk is full, and no signal.
constexpr rlim_t kNoLimit = rlim_t{1} << 50;

void SetFileSizeMax(Site& site, rlim_t bytes) {
  const rlimit limit{bytes, kNoLimit};
  ASSERT_EQ(prlimit(site.daemon().pid(), RLIMIT_FSIZE, &limit, nullptr), 0);
}

// No file grows any more, but for a little.
void FillDisk(Site& site, People& people) {
  std::uint64_t used = 0;
  for (const char* end : {"", "-wal"}) {
    std::error_code none;
    const auto size = std::filesystem::file_size(site.state_file().string() + end, none);
    if (!none) used = std::max<std::uint64_t>(used, size);
  }
  SetFileSizeMax(site, used + 4096 * people.Draw(4));
}

// The kill of a round with a full disk: at the gap if a call is made all the same; else while
// the daemon waits for room, or at the gap once there is some.
std::optional<Gap> KillWithFullDisk(Site& site, People& people, Gap gap, Tally& tally) {
  FillDisk(site, people);
  people.Add(static_cast<int>(people.Draw(4)));
  auto hit = KillIn(site, gap, 1.5);
  ++tally.disk_full;
  tally.disk_told += site.DaemonRuns() && site.Get(site.health_port(), "/readyz", 503) ? 1 : 0;
  const bool heals = !hit && tally.disk_full % 2 == 0;
  if (heals) {
    SetFileSizeMax(site, kNoLimit);
    hit = KillIn(site, gap, 4);
    if (hit) ++tally.disk_healed;
    return hit;
  }
  if (!hit) hit = KillIn(site, Gap::kAnywhere, 0);
  ++tally.killed_full;
  return hit;
}

// Before such a kill nothing is removed, and what was is given time to be gone.
void BeforeTheStateIsLost(Site& site, People& people) {
  site.clouds().Release();
  WaitUntil([&] { return RemovalsDone(site, people); }, 5);
  people.Add(static_cast<int>(people.Draw(4)));
}

void WhileDown(Site& site, People& people, int kill, Tally& tally) {
  const bool held_first = people.Draw(2) == 0;
  if (held_first) site.clouds().Release();
  if (!TakesTheState(kill) && people.Draw(3) == 0) {
    people.Act();
    ++tally.acted_while_down;
  } else if ((TakesTheState(kill) || people.Draw(3) == 0) && RemovalsDone(site, people)) {
    site.clouds().Release();
    LoseState(site);
    ++tally.state_lost;
  }
}

TEST(Kill, EveryManifestEndsWithExactlyOneInstance) {
  const auto kills = static_cast<int>(NumberFrom("KILLS", 50));
  const auto seed = NumberFrom("SEED", 20240607);
  std::cout << "seed " << seed << ", " << kills << " kills\n";
  SiteOptions options;
  options.flags = {"--brake-count", "1000000"};
  options.cloudsim.insert(options.cloudsim.end(), {"--seed", std::to_string(seed)});
  Site site(options);
  People people(site, seed);
  Tally tally;
  for (int kill = 0; kill < kills && tally.missed < 3 * kills;) {
    if (!site.DaemonRuns()) site.StartDaemon(kNoLimit);
    const Gap gap = NextAim(tally, kill);
    if (TakesTheState(kill)) {
      BeforeTheStateIsLost(site, people);
    } else {
      people.Act();
    }
    site.clouds().Release();
    const double seconds = gap == Gap::kAnywhere ? 0.01 * static_cast<double>(people.Draw(120)) : 4;
    const auto hit = FillsTheDisk(kill) ? KillWithFullDisk(site, people, gap, tally)
                                        : KillIn(site, gap, seconds);
    if (!hit) {
      ++tally.missed;
      ASSERT_TRUE(site.DaemonRuns()) << "the daemon ended by itself; log: " << site.log_file();
      continue;
    }
    ++tally.gaps[static_cast<std::size_t>(*hit)];
    WhileDown(site, people, kill, tally);
    ++kill;
  }
  site.clouds().Release();
  if (!site.DaemonRuns()) site.StartDaemon(kNoLimit);
  ExpectSettled(site, people.manifests(), 90);
  Print(tally, kills);
  for (int gap = 0; gap < 4; ++gap) {
    EXPECT_GE(tally.gaps[static_cast<std::size_t>(gap)] * 5, kills)
        << NameOf(static_cast<Gap>(gap));
  }
  EXPECT_GE(tally.state_lost * 25, kills);
  EXPECT_GE(tally.acted_while_down * 25, kills);
  EXPECT_GE(tally.disk_full * 20, kills);
  EXPECT_GT(tally.disk_told, 0);
  EXPECT_GT(tally.killed_full, 0);
}

}  // namespace
}  // namespace instanced::e2e
