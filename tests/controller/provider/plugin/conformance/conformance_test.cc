// Every rule has a plugin that breaks it, and the check of that name says so.
#include "controller/provider/plugin/conformance/conformance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/provider/plugin/grpc_transport.h"
#include "controller/task/loop.h"
#include "tests/fakes/temp_directory/temp_directory.h"
#include "tests/fakes/test_plugin/test_plugin.h"

namespace instanced::plugin {
namespace {

using test_plugin::Defect;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

ConformanceReport RunOn(Defect defect, std::vector<std::string> only = {}) {
  const TempDirectory folder;
  test_plugin::TestPluginOptions options;
  options.address = "unix:" + folder.path() + "/p.sock";
  options.defect = defect;
  test_plugin::TestPlugin plugin(options);
  SystemClock clock;
  SeededRandom random(static_cast<std::uint64_t>(defect) + 1);
  Loop loop(clock);
  GrpcThread grpc(clock,
                  [&loop](std::function<void()> work) { loop.PostFromAnyThread(std::move(work)); });
  const auto transport = grpc.Open({options.address, {}});
  BenchOptions bench;
  bench.call_limit = std::chrono::seconds(20);
  return RunBlocking(loop, RunChecks(*transport, clock, random, std::move(bench), std::move(only)));
}

std::vector<std::string> FailedOf(const ConformanceReport& report) {
  std::vector<std::string> names;
  for (const auto& result : report.results) {
    if (result.verdict.state == CheckState::kFailed) names.push_back(result.name);
  }
  return names;
}

TEST(Conformance, AGoodPluginPassesEveryCheckAndIsLeftAsItWas) {
  const auto report = RunOn(Defect::kNone);
  EXPECT_THAT(FailedOf(report), IsEmpty()) << TextOf(report);
  EXPECT_EQ(report.Count(CheckState::kPassed), static_cast<int>(AllChecks().size()))
      << TextOf(report);
  EXPECT_THAT(report.left_behind, IsEmpty());
}

struct Broken {
  Defect defect;
  const char* check;
};
void PrintTo(const Broken& broken, std::ostream* out) { *out << NameOf(broken.defect); }

class OneDefectTest : public testing::TestWithParam<Broken> {};

TEST_P(OneDefectTest, IsCaughtByTheCheckOfItsRule) {
  const auto report = RunOn(GetParam().defect, {GetParam().check});
  EXPECT_THAT(FailedOf(report), Contains(GetParam().check)) << TextOf(report);
  for (const auto& result : report.results) {
    const bool failed = result.verdict.state == CheckState::kFailed;
    EXPECT_TRUE(!failed || !result.verdict.message.empty()) << result.name;
  }
}

constexpr Broken kBroken[] = {Broken{Defect::kHandshakeVersion, "handshake-version"},
                              Broken{Defect::kHandshakeChanges, "handshake-stable"},
                              Broken{Defect::kSchemaKeyword, "schema-acceptable"},
                              Broken{Defect::kExampleWrong, "schema-acceptable"},
                              Broken{Defect::kHangs, "create-makes"},
                              Broken{Defect::kSchemaLies, "schema-honest"},
                              Broken{Defect::kMarkLost, "marks-kept"},
                              Broken{Defect::kTokenIgnored, "create-idempotent-by-token"},
                              Broken{Defect::kTokenRace, "create-concurrent-token"},
                              Broken{Defect::kInvalidAccepted, "create-refuses-invalid"},
                              Broken{Defect::kObserveWrites, "observe-changes-nothing"},
                              Broken{Defect::kObserveOtherId, "observe-keeps-id"},
                              Broken{Defect::kUnknownIsTransient, "observe-unknown-is-not-found"},
                              Broken{Defect::kUpdateIgnored, "update-shows"},
                              Broken{Defect::kUpdateResetsRest, "update-leaves-the-rest"},
                              Broken{Defect::kUpdateOnce, "update-repeatable"},
                              Broken{Defect::kUpdateMakes, "update-of-gone"},
                              Broken{Defect::kDeleteIgnored, "delete-removes"},
                              Broken{Defect::kDeleteOfGoneFails, "delete-of-gone-succeeds"},
                              Broken{Defect::kListWithoutEnd, "list-ends"},
                              Broken{Defect::kListLoses, "list-pages-consistent"},
                              Broken{Defect::kListRepeats, "list-pages-consistent"},
                              Broken{Defect::kListStale, "list-agrees-with-observe"},
                              Broken{Defect::kBareErrors, "errors-carry-classes"},
                              Broken{Defect::kDeadlineStuck, "deadlines-honoured"},
                              Broken{Defect::kOneCallOnly, "concurrent-calls"}};

INSTANTIATE_TEST_SUITE_P(EveryRule, OneDefectTest, testing::ValuesIn(kBroken),
                         [](const auto& param_info) {
                           std::string name = test_plugin::NameOf(param_info.param.defect);
                           std::erase(name, '-');
                           return name;
                         });

TEST(Conformance, EveryCheckHasAPluginThatBreaksItsRule) {
  std::set<std::string_view> broken;
  for (const auto& row : kBroken) broken.insert(row.check);
  for (const auto& check : AllChecks()) EXPECT_THAT(broken, Contains(check.name));
}

TEST(ConformanceReport, IsReadableAndValidJunit) {
  ConformanceReport report;
  report.greeting.name = "boxes";
  report.results = {{"a-check", "a rule", Passed(), std::chrono::milliseconds(5)},
                    {"b-check", "another", Failed("saw <x> & \"y\""), {}},
                    {"c-check", "third", Skipped("needs b-check"), {}}};
  report.left_behind = {"box-1"};
  const auto text = TextOf(report);
  EXPECT_THAT(text, HasSubstr("PASS  a-check"));
  EXPECT_THAT(text, HasSubstr("FAIL  b-check"));
  EXPECT_THAT(text, HasSubstr("left behind, delete it by hand: box-1"));
  EXPECT_THAT(text, HasSubstr("3 checks: 1 passed, 1 failed, 1 skipped"));
  const auto xml = JunitOf(report);
  EXPECT_THAT(xml, HasSubstr("tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\""));
  EXPECT_THAT(xml, HasSubstr("<failure message=\"saw &lt;x&gt; &amp; &quot;y&quot;\">"));
}

}  // namespace
}  // namespace instanced::plugin
