#include "controller/daemon/orphan_sweep.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

#include "tests/fakes/daemon_world/daemon_world.h"

namespace instanced {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

nlohmann::json Desk(const std::string& name) {
  return {{"name", name}, {"domainName", name}, {"storageMaxDays", 30}, {"storageMaxSize", 100}};
}

class OrphanSweepTest : public testing::Test {
 protected:
  static constexpr Kind kDesk = Kind::kCloudCallCenterInstance;
  static constexpr Kind kChain = Kind::kSupplyChainInstance;

  // What a sweep says of each instance: "finding object".
  std::map<std::string, std::string> Sweep() {
    auto& daemon = world_.daemon();
    OrphanSweep sweep({world_.executor.clock(),
                       daemon.cache,
                       daemon.reconciler,
                       world_.cloud,
                       {},
                       world_.executor.Now() + hours(1),
                       daemon.budget},
                      {{kDesk, kChain}, ""});
    OrphansReport report;
    TaskGroup group(world_.executor);
    const auto keep = [](Task<Result<OrphansReport>> sweeping, OrphansReport* kept) -> Task<void> {
      auto swept = co_await sweeping;
      if (swept) *kept = std::move(*swept);
    };
    group.Spawn(keep(sweep.Run(), &report));
    world_.RunUntil([&] { return group.size() == 0; }, hours(1));
    EXPECT_TRUE(report.unread.empty());
    constexpr const char* kFindings[] = {"marked", "look-alike", "vanished"};
    std::map<std::string, std::string> found;
    for (const auto& orphan : report.orphans) {
      found[orphan.external_name] = std::string(kFindings[static_cast<int>(orphan.finding)]) +
                                    (orphan.object ? " " + ToString(*orphan.object) : "");
    }
    return found;
  }
  std::string Add(Kind kind, nlohmann::json fields, ObservedMark mark = {}) {
    return world_.cloud.Add(kind, std::move(fields), std::move(mark)).id;
  }
  std::string Owner(const std::string& object) const { return world_.options.owner + "/" + object; }

  DaemonWorld world_;
};

TEST_F(OrphanSweepTest, EachUnclaimedInstanceIsToldByMarkOrName) {
  world_.options.scope = "default";
  const auto held = world_.Declare(kDesk, "held", Desk("held").dump());
  world_.Start();
  world_.Run(minutes(10));
  const auto mine = world_.Object(held)->status.external_name;
  const auto own = MakeMark(world_.options.owner, held, "u");
  const auto second = Add(kDesk, Desk("second"), {"", "", own.suffix});
  const auto stranger = Add(kDesk, Desk("stranger"), {"", "", "0123456789abcdef"});
  const auto gone =
      Add(kChain, {{"instanceName", "a"}}, {Owner("SupplyChainInstance/default/gone"), "x", ""});
  const auto elsewhere =
      Add(kChain, {{"instanceName", "b"}}, {Owner("SupplyChainInstance/team-b/one"), "y", ""});
  const auto foreign =
      Add(kChain, {{"instanceName", "c"}}, {"them/SupplyChainInstance/default/one", "z", ""});
  const auto alike = Add(kDesk, Desk("wanted"));
  const auto unknown = Add(kDesk, Desk("unknown"));
  world_.Declare(kDesk, "wanted", Desk("wanted").dump());
  world_.Run(minutes(10));
  auto found = Sweep();
  EXPECT_EQ(found[second], "marked CloudCallCenterInstance/default/held");
  EXPECT_EQ(found[gone], "marked SupplyChainInstance/default/gone");
  EXPECT_EQ(found[alike], "look-alike CloudCallCenterInstance/default/wanted");
  EXPECT_FALSE(found.contains(mine));
  EXPECT_FALSE(found.contains(stranger));
  EXPECT_FALSE(found.contains(elsewhere)) << "of a namespace that another daemon watches";
  EXPECT_FALSE(found.contains(foreign));
  EXPECT_FALSE(found.contains(unknown));
  world_.cloud.Vanish(mine);
  EXPECT_EQ(Sweep()[mine], "vanished CloudCallCenterInstance/default/held");
}

}  // namespace
}  // namespace instanced
