#include "controller/reconcile/snapshot.h"

#include <gtest/gtest.h>

namespace instanced {
namespace {

using std::chrono::seconds;

MonotonicTime T(int at) { return MonotonicTime(seconds(at)); }

Observation Entry(const std::string& name) {
  Observation observation;
  observation.external_name = name;
  return observation;
}

void Add(Snapshot& snapshot, const Observation& entry) {
  snapshot.Add(entry, DigestOf(entry), Snapshot::Kept::kWhole);
}

TEST(Snapshot, FindsAnEntryWholeAndTheLaterOfTwo) {
  Snapshot snapshot(T(1));
  auto early = Entry("a");
  early.fields = {{"name", "early"}};
  auto late = Entry("a");
  late.fields = {{"name", "late"}};
  late.at_provider = {{"state", "ok"}};
  Add(snapshot, early);
  Add(snapshot, Entry("b"));
  Add(snapshot, late);
  snapshot.Seal(T(2));
  EXPECT_EQ(snapshot.size(), 2u);
  ASSERT_TRUE(snapshot.Find("a"));
  EXPECT_EQ(snapshot.Find("a")->observation.fields, late.fields);
  EXPECT_EQ(snapshot.Find("a")->observation.at_provider, late.at_provider);
  EXPECT_TRUE(snapshot.Find("b")->observation.fields.is_null());
  EXPECT_FALSE(snapshot.Find("c"));
}

TEST(Snapshot, FindsEveryEntryOfALongListWhateverTheirSize) {
  Snapshot snapshot(T(1));
  const auto text = [](int i) { return std::string(i == 7 ? 200'000 : 50 + i * 37 % 3000, 'x'); };
  for (int i = 0; i < 300; ++i) {
    auto entry = Entry("i-" + std::to_string(i));
    entry.fields = {{"note", text(i)}};
    Add(snapshot, entry);
  }
  snapshot.Seal(T(2));
  EXPECT_EQ(snapshot.size(), 300u);
  for (int i = 0; i < 300; ++i) {
    const auto shown = snapshot.Find("i-" + std::to_string(i));
    ASSERT_TRUE(shown) << i;
    EXPECT_EQ(shown->observation.fields["note"], text(i)) << i;
  }
}

TEST(Snapshot, AnObjectIsConcernedByItsNameItsMarkAndWhatIsUnmarked) {
  const Mark mark{"owner/a", "uid", "0123456789abcdef"};
  const auto make = [](const char* name, const char* natural, std::optional<ObservedMark> seen) {
    auto entry = Entry(name);
    entry.natural_key = natural;
    entry.mark = std::move(seen);
    return entry;
  };
  Snapshot snapshot(T(1));
  Add(snapshot, make("1-name", "wanted", ObservedMark{"owner/b", "u", ""}));
  Add(snapshot, make("2-tag", "other", ObservedMark{"owner/a", "earlier", ""}));
  Add(snapshot, make("3-suffix", "other", ObservedMark{"", "", "0123456789abcdef"}));
  Add(snapshot, make("4-unread", "other", std::nullopt));
  Add(snapshot, make("5-none", "other", ObservedMark{}));
  Add(snapshot, make("6-foreign", "other", ObservedMark{"owner/c", "u", ""}));
  snapshot.Seal(T(2));
  std::vector<std::string> names;
  for (const auto& entry : snapshot.Concerning("WANTED", mark)) {
    names.push_back(entry.external_name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"1-name", "2-tag", "3-suffix", "4-unread"}));
}

TEST(Snapshot, GivesTheHeadOfAnEntryAsItCame) {
  auto entry = Entry("a");
  entry.lifecycle = Lifecycle::kSuspended;
  entry.adoptable = Adoptable::kPreset;
  entry.cloud_state = "SUSPENDED";
  entry.cloud_message = "by the cloud";
  entry.natural_key = "front";
  entry.created_at = WallTime(std::chrono::milliseconds(-5));
  entry.mark = ObservedMark{"owner", "uid", "suffix"};
  Snapshot snapshot(T(1));
  snapshot.Add(entry, 7, Snapshot::Kept::kFingerprint);
  snapshot.Seal(T(2));
  const auto shown = snapshot.Find("a");
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->digest, 7u);
  EXPECT_EQ(shown->observation.lifecycle, entry.lifecycle);
  EXPECT_EQ(shown->observation.adoptable, entry.adoptable);
  EXPECT_EQ(shown->observation.cloud_state, entry.cloud_state);
  EXPECT_EQ(shown->observation.cloud_message, entry.cloud_message);
  EXPECT_EQ(shown->observation.natural_key, entry.natural_key);
  EXPECT_EQ(shown->observation.created_at, entry.created_at);
  EXPECT_EQ(shown->observation.mark, entry.mark);
}

}  // namespace
}  // namespace instanced
