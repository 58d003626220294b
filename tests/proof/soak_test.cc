// A soak: a thousand objects at four clouds that fail all the time, edited, deleted and declared
// again for half an hour. Memory, descriptors and threads stay flat, and in the end each manifest
// has exactly one instance.
//
// SOAK_MINUTES, SOAK_OBJECTS and SEED in the environment; the series is printed as it goes.
#include <dirent.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>
#include <set>
#include <sstream>

#include "tests/e2e/site.h"

namespace instanced::e2e {
namespace {

constexpr int kSamples = 30;
constexpr double kFillSeconds = 600;
constexpr double kSettleSeconds = 300;
// Of the last third against the third before it, as of a process that has seen everything once.
constexpr double kGrowthMax = 1.10;
constexpr int kSpareDescriptors = 64;
constexpr int kSpareThreads = 2;

std::uint64_t NumberFrom(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

struct Sample {
  double minutes = 0;
  double anonymous_mib = 0;
  double rss_mib = 0;
  int descriptors = 0;
  int threads = 0;
  std::int64_t calls = 0;
};

double ValueOf(const std::string& status, const std::string& name) {
  const auto at = status.find("\n" + name + ":");
  return at == std::string::npos ? 0 : std::strtod(status.c_str() + at + name.size() + 2, nullptr);
}

int CountDescriptors(pid_t pid) {
  DIR* folder = opendir(("/proc/" + std::to_string(pid) + "/fd").c_str());
  if (!folder) return 0;
  int count = 0;
  while (const dirent* entry = readdir(folder)) count += entry->d_name[0] == '.' ? 0 : 1;
  closedir(folder);
  return count;
}

Sample Look(Site& site, double minutes) {
  const pid_t pid = site.daemon().pid();
  const auto status = ReadText("/proc/" + std::to_string(pid) + "/status");
  Sample sample{minutes,
                ValueOf(status, "RssAnon") / 1024,
                ValueOf(status, "VmRSS") / 1024,
                CountDescriptors(pid),
                static_cast<int>(ValueOf(status, "Threads")),
                site.LastCall()};
  std::printf("%8.1f min %8.1f MiB RssAnon %8.1f MiB RSS %5d descriptors %4d threads %9lld calls\n",
              sample.minutes, sample.anonymous_mib, sample.rss_mib, sample.descriptors,
              sample.threads, static_cast<long long>(sample.calls));
  std::fflush(stdout);
  return sample;
}

// Every kind of trouble, each seldom, for as long as the soak lasts.
std::vector<Json> Troubles() {
  std::vector<Json> rules;
  for (const char* action :
       {"throttle", "5xx", "html-error", "malformed-body", "reset-before-effect",
        "reset-after-effect", "close-mid-headers", "truncated-body", "timeout-after-effect"}) {
    rules.push_back({{"action", action}, {"probability", 0.004}});
  }
  rules.push_back({{"action", "latency"}, {"milliseconds", 300}, {"probability", 0.02}});
  rules.push_back({{"action", "slow"}, {"milliseconds", 5}, {"probability", 0.004}});
  rules.push_back({{"action", "5xx"}, {"effect", "after"}, {"probability", 0.004}});
  return rules;
}

class Crowd {
 public:
  Crowd(const Site& site, int objects, std::uint64_t seed) : site_(site), random_(seed) {
    // Rates high enough not to be what is measured.
    Json config = ProviderConfigManifest("default", site.url(), AwsOne(), AlibabaOne());
    for (const char* service : {"scn", "ccc", "outboundbot"}) {
      for (const char* verb :
           {"CreateInstance", "GetInstance", "DescribeInstance", "ListInstances",
            "ListInstancesOfUser", "UpdateInstance", "ModifyInstance", "DeleteInstance"}) {
        config["spec"]["budgets"][std::string(service) + ":" + verb] = {{"perSecond", 500},
                                                                        {"burst", 100}};
      }
    }
    site_.manifests().Write(config);
    for (int i = 0; i < objects; ++i) Declare();
  }
  const std::vector<Json>& manifests() const { return manifests_; }
  // One edit; every fifth time an object goes and another comes.
  void Act() {
    const auto index = random_() % manifests_.size();
    if (++acts_ % 5 == 0) {
      site_.manifests().Remove(manifests_[index]);
      manifests_.erase(manifests_.begin() + static_cast<std::ptrdiff_t>(index));
      return Declare();
    }
    Json& manifest = manifests_[index];
    Json& fields = manifest["spec"]["forProvider"];
    const std::string words = "words " + std::to_string(random_() % 1000);
    if (ServiceOf(manifest) == "scn") fields["instanceDescription"] = words;
    if (ServiceOf(manifest) == "outboundbot") fields["instanceDescription"] = words;
    site_.manifests().Write(manifest);
  }
  int acts() const { return acts_; }

 private:
  void Declare() {
    // Not Connect: its quota of creates and deletes is a hundred in 30 days.
    Json manifest = ManifestOf(1 + next_ % 3, "object-" + std::to_string(next_));
    ++next_;
    site_.manifests().Write(manifest);
    manifests_.push_back(std::move(manifest));
  }

  const Site& site_;
  std::mt19937_64 random_;
  std::vector<Json> manifests_;
  int next_ = 0;
  int acts_ = 0;
};

// Of those the site has set already.
void SetFlag(Site& site, const std::string& name, const std::string& value) {
  *(std::ranges::find(site.flags(), name) + 1) = value;
}

// Each manifest Ready with an instance of its own, and no other instance there.
std::string Unsettled(const Site& site, const std::vector<Json>& manifests) {
  std::set<std::string> wanted;
  for (const auto& manifest : manifests) wanted.insert(KeyOf(manifest));
  std::set<std::string> held;
  std::size_t ready = 0;
  for (const auto& object : site.Objects()) {
    if (!wanted.contains(object.key)) continue;
    if (object.Is("Ready") && object.Is("Synced")) ++ready;
    if (!object.external_name().empty()) held.insert(object.external_name());
  }
  std::size_t surplus = 0;
  std::size_t there = 0;
  for (const auto& instance : site.OwnInstances()) {
    ++there;
    if (!held.contains(instance.at("id"))) ++surplus;
  }
  if (ready == manifests.size() && there == manifests.size() && surplus == 0) return "";
  std::ostringstream text;
  text << ready << " of " << manifests.size() << " ready, " << there << " instances, " << surplus
       << " that no object holds";
  return text.str();
}

void ExpectAllSettled(const Site& site, const std::vector<Json>& manifests, double seconds) {
  std::string left;
  const double until = SecondsNow() + seconds;
  do {
    left = Unsettled(site, manifests);
    if (left.empty()) return;
    LetPass(2);
  } while (SecondsNow() < until);
  ADD_FAILURE() << left;
}

template <class Member>
double MeanOf(const std::vector<Sample>& samples, std::size_t from, std::size_t to, Member member) {
  double sum = 0;
  for (auto i = from; i < to; ++i) sum += static_cast<double>(samples[i].*member);
  return sum / static_cast<double>(to - from);
}

void ExpectFlat(const std::vector<Sample>& samples) {
  const auto third = samples.size() / 3;
  ASSERT_GT(third, 1u);
  const auto mean = [&](std::size_t part, auto member) {
    return MeanOf(samples, part * third, (part + 1) * third, member);
  };
  const double before = mean(1, &Sample::anonymous_mib);
  const double after = mean(2, &Sample::anonymous_mib);
  std::printf(
      "RssAnon: %.1f MiB in the middle third, %.1f MiB in the last; descriptors %.0f, %.0f; "
      "threads %.1f, %.1f\n",
      before, after, mean(1, &Sample::descriptors), mean(2, &Sample::descriptors),
      mean(1, &Sample::threads), mean(2, &Sample::threads));
  EXPECT_LE(after, before * kGrowthMax);
  EXPECT_LE(mean(2, &Sample::descriptors), mean(1, &Sample::descriptors) + kSpareDescriptors);
  EXPECT_LE(mean(2, &Sample::threads), mean(1, &Sample::threads) + kSpareThreads);
}

TEST(Soak, StaysFlatUnderFaultsAndEndsWithOneInstanceEach) {
  const auto minutes = static_cast<double>(NumberFrom("SOAK_MINUTES", 30));
  const auto objects = static_cast<int>(NumberFrom("SOAK_OBJECTS", 1000));
  const auto seed = NumberFrom("SEED", 1);
  SiteOptions options;
  options.flags = {"--brake-count", "1000000"};
  options.cloudsim.insert(options.cloudsim.end(),
                          {"--seed", std::to_string(seed), "--log-limit", "2000"});
  Site site(options);
  SetFlag(site, "--log-level", "warning");
  SetFlag(site, "--poll-stable", "10s");
  SetFlag(site, "--rescan-interval", "10s");
  Crowd crowd(site, objects, seed);
  const double begun = SecondsNow();
  site.StartDaemon();
  ExpectAllSettled(site, crowd.manifests(), kFillSeconds);
  if (HasFailure()) return;
  std::printf("%d objects settled after %.0f s; faults begin\n", objects, SecondsNow() - begun);
  for (const auto& rule : Troubles()) ASSERT_TRUE(site.clouds().AddFault(rule)) << rule;
  std::vector<Sample> samples;
  const double start = SecondsNow();
  while (SecondsNow() - start < minutes * 60) {
    const double due = minutes * 60 / kSamples * static_cast<double>(samples.size() + 1);
    while (SecondsNow() - start < due) {
      crowd.Act();
      LetPass(0.5);
    }
    ASSERT_TRUE(site.DaemonRuns()) << "the daemon ended by itself; log: " << site.log_file();
    samples.push_back(Look(site, (SecondsNow() - start) / 60));
  }
  std::int64_t struck = 0;
  const auto rules = site.clouds().Call("GET", "/control/faults");
  ASSERT_TRUE(rules) << rules.error();
  for (const auto& rule : rules->is_array() ? *rules : rules->at("faults")) {
    struck += rule.value("struck", std::int64_t{0});
  }
  site.clouds().ClearFaults();
  ExpectAllSettled(site, crowd.manifests(), kSettleSeconds);
  std::printf("%.0f minutes, %d objects, %d edits, %lld calls, %lld faults\n", minutes, objects,
              crowd.acts(), static_cast<long long>(site.LastCall()),
              static_cast<long long>(struck));
  ExpectFlat(samples);
}

}  // namespace
}  // namespace instanced::e2e
