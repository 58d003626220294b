#include "tests/layout/checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace instanced::layout {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Rules SampleRules() {
  return {.rooms = ParseRows("api/object:\n"
                             "controller/clock:\n"
                             "controller/http: controller/clock\n"
                             "controller/source: api/object\n"
                             "controller/source/file: api/object controller/source\n"),
          .quarantine = ParseRows("boost/: controller/http\nprometheus/: *_metrics.cc\n"),
          .calls = ParseRows("getenv:\nsystem_clock::now: controller/clock\n"),
          .names = ParseRows("util\n"),
          .texts = ParseRows("/home/\nTODO\n")};
}

std::vector<std::string> Wrong(const std::string& path, const std::string& text) {
  std::vector<std::string> messages;
  for (const Finding& finding : Check({{path, text}}, SampleRules())) {
    messages.push_back(ToString(finding));
  }
  return messages;
}

TEST(Layout, RowsSkipCommentsAndKeepColonsInNames) {
  const auto rows = ParseRows("# c\n\na::b: x y\nlonely:\nbare\n");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].name, "a::b");
  EXPECT_THAT(rows[0].words, ElementsAre("x", "y"));
  EXPECT_EQ(rows[1].name, "lonely");
  EXPECT_THAT(rows[1].words, IsEmpty());
  EXPECT_EQ(rows[2].name, "bare");
}

TEST(Layout, ArrowsPointDownOnly) {
  EXPECT_THAT(Wrong("controller/http/a.cc", "#include \"controller/clock/clock.h\"\n"), IsEmpty());
  EXPECT_THAT(Wrong("controller/clock/a.cc", "\n#include \"controller/http/http.h\"\n"),
              ElementsAre("controller/clock/a.cc:2: controller/clock may not include "
                          "controller/http (controller/http/http.h)"));
}

TEST(Layout, LongestFolderIsTheRoom) {
  EXPECT_THAT(Wrong("controller/source/file/a.cc", "#include \"controller/source/source.h\"\n"),
              IsEmpty());
  EXPECT_THAT(Wrong("controller/source/a.cc", "#include \"controller/source/file/f.h\"\n"),
              ElementsAre(HasSubstr("controller/source may not include controller/source/file")));
}

TEST(Layout, FolderOutsideTheTableIsAnError) {
  EXPECT_THAT(Wrong("controller/new/a.cc", "#include \"api/object/o.h\"\n"),
              ElementsAre(HasSubstr("no row of rooms.txt holds this file")));
  EXPECT_THAT(Wrong("controller/http/a.cc", "#include \"tests/fakes/f.h\"\n"),
              ElementsAre(HasSubstr("which is in no room")));
}

TEST(Layout, TableItselfMustPointDown) {
  Rules rules = SampleRules();
  rules.rooms = ParseRows("a: b\nb: a\n");
  const auto findings = Check({}, rules);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_THAT(findings[0].message, HasSubstr("a names b, which is not above it"));
}

TEST(Layout, ThirdPartiesStayInQuarantine) {
  EXPECT_THAT(Wrong("controller/http/a.cc", "#include <boost/beast.hpp>\n"), IsEmpty());
  EXPECT_THAT(Wrong("controller/clock/a.cc", "#include <boost/beast.hpp>\n"),
              ElementsAre("controller/clock/a.cc:1: may not include <boost/beast.hpp>"));
  EXPECT_THAT(Wrong("controller/http/pool_metrics.cc", "#include <prometheus/gauge.h>\n"),
              IsEmpty());
  EXPECT_THAT(Wrong("controller/http/pool.cc", "#include <prometheus/gauge.h>\n"),
              ElementsAre(HasSubstr("may not include <prometheus/gauge.h>")));
}

TEST(Layout, CallsOfTimeAndEnvironmentStayInTheirRooms) {
  const std::string now = "auto t = std::chrono::system_clock::now();\n";
  EXPECT_THAT(Wrong("controller/clock/a.cc", now), IsEmpty());
  EXPECT_THAT(Wrong("controller/http/a.cc", now),
              ElementsAre("controller/http/a.cc:1: may not use system_clock::now"));
  EXPECT_THAT(Wrong("controller/clock/a.cc", "getenv(\"A\");\n"),
              ElementsAre(HasSubstr("may not use getenv")));
}

TEST(Layout, WordsInCommentsStringsAndLongerNamesDoNotCount) {
  EXPECT_THAT(Wrong("controller/http/a.cc",
                    "// getenv is banned\n/* getenv\n getenv */ int my_getenv = 1'000;\n"
                    "auto s = \"getenv \\\" getenv\"; auto r = R\"x(getenv)\" getenv)x\";\n"),
              IsEmpty());
  EXPECT_THAT(Wrong("controller/http/a.cc", "char q = '\"'; getenv(\"A\");\n"),
              ElementsAre(HasSubstr(":1: may not use getenv")));
}

TEST(Layout, HeadersBeginWithAPurposeAndAreIncludedOnce) {
  EXPECT_THAT(Wrong("controller/http/a.h", "// What it is for.\n#pragma once\n"), IsEmpty());
  EXPECT_THAT(Wrong("controller/http/a.h", "int a;\n"),
              ElementsAre(HasSubstr("begin with a comment"), HasSubstr("no #pragma once")));
}

TEST(Layout, LongFilesAreToldAndLongerOnesFail) {
  auto severity = [](int lines) {
    const auto findings =
        Check({{"tests/a.cc", std::string(static_cast<std::size_t>(lines), '\n')}}, SampleRules());
    return findings.empty() ? "none" : findings[0].severity == Severity::kNote ? "note" : "error";
  };
  EXPECT_STREQ(severity(400), "none");
  EXPECT_STREQ(severity(401), "note");
  EXPECT_STREQ(severity(600), "note");
  EXPECT_STREQ(severity(601), "error");
}

TEST(Layout, FolderNamesMustSaySomething) {
  EXPECT_THAT(Wrong("tests/util/a.txt", ""), ElementsAre(HasSubstr("folder util says nothing")));
  EXPECT_THAT(Wrong("tests/a/util", ""), IsEmpty());
}

TEST(Layout, MachinePathsAndPromisesAreFoundInEveryFile) {
  EXPECT_THAT(Wrong("docs/a.md", "ok\nsee /home/ada/x\n"),
              ElementsAre("docs/a.md:2: holds /home/"));
  EXPECT_THAT(Wrong("Makefile", "# TODO later\n"), ElementsAre("Makefile:1: holds TODO"));
}

}  // namespace
}  // namespace instanced::layout
