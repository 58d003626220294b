// The threat model and the page on reliability name tests; each of them exists.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <sstream>

#include "tests/docs/page.h"

namespace instanced {
namespace {

// "Suite.Name" of every TEST, TEST_F and TEST_P below tests/, and the names of add_test.
std::set<std::string> ExistingTests() {
  std::set<std::string> names;
  const std::filesystem::path root(DOCS_ROOT);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "tests")) {
    const auto file = entry.path().filename().string();
    if (!file.ends_with("_test.cc") && file != "CMakeLists.txt") continue;
    const auto text = docs::ReadFile(std::filesystem::relative(entry.path(), root).string());
    for (const std::string opening : {"TEST(", "TEST_F(", "TEST_P("}) {
      for (auto at = text.find(opening); at != std::string::npos; at = text.find(opening, at)) {
        at += opening.size();
        std::string name;
        for (auto end = at; end < text.size() && text[end] != ')'; ++end) {
          if (text[end] == ',') name += '.';
          if (std::isalnum(static_cast<unsigned char>(text[end]))) name += text[end];
        }
        names.insert(name);
      }
    }
    for (auto at = text.find("NAME "); at != std::string::npos; at = text.find("NAME ", at)) {
      at += 5;
      names.insert(text.substr(at, text.find_first_of(" \n)", at) - at));
    }
  }
  return names;
}

TEST(ThreatModelPage, EachClaimNamesTestsThatExist) {
  const auto existing = ExistingTests();
  ASSERT_GT(existing.size(), 300u);
  const auto rows = docs::Rows(docs::ReadFile("docs/security/threat-model.md"));
  ASSERT_GT(rows.size(), 20u);
  for (const auto& row : rows) {
    ASSERT_EQ(row.size(), 2u) << docs::RowText(row);
    std::istringstream names(row[1]);
    for (std::string name; std::getline(names, name, ',');) {
      const auto begin = name.find('`');
      const auto end = name.rfind('`');
      ASSERT_LT(begin, end) << docs::RowText(row);
      name = name.substr(begin + 1, end - begin - 1);
      EXPECT_TRUE(existing.contains(name)) << "no test " << name << " for: " << row[0];
    }
  }
}

// Whether a page may say that this holds something: a test, a suite ("Suite" or "Suite.*"), a fuzz
// target or its replay, a verb of the Makefile, a climate or the past seeds of the simulation, or
// one of its deliberate bugs.
bool Holds(const std::set<std::string>& tests, std::string name) {
  if (tests.contains(name)) return true;
  if (name.ends_with(".*")) name.resize(name.size() - 2);
  const auto suite = tests.lower_bound(name + ".");
  if (suite != tests.end() && suite->starts_with(name + ".")) return true;
  const auto stem = name.substr(0, name.rfind('_'));
  if (name == stem + "_fuzz" || name == stem + "_replay") {
    return std::filesystem::exists(std::filesystem::path(DOCS_ROOT) / "tests/fuzz" /
                                   (stem + "_fuzz.cc"));
  }
  if (name.starts_with("make ")) {
    return docs::ReadFile("Makefile").find("\n" + name.substr(5) + ":") != std::string::npos;
  }
  if (name.starts_with("simulation_climate_"))
    return tests.contains("simulation_climate_${climate}");
  if (name == "past") return tests.contains("simulation_past");
  return docs::ReadFile("tests/simulation/bugs.h").find(" k" + name + ",") != std::string::npos;
}

TEST(ReliabilityPage, EachRepairNamesTestsThatExist) {
  const auto existing = ExistingTests();
  const auto page = docs::ReadFile("docs/reliability.md");
  const auto rows = docs::Rows(page.substr(page.find("## What this work found")));
  ASSERT_GT(rows.size(), 30u);
  for (const auto& row : rows) {
    ASSERT_EQ(row.size(), 4u) << docs::RowText(row);
    if (row[2] == "open") continue;
    EXPECT_FALSE(row[3].empty()) << docs::RowText(row);
    for (auto at = row[3].find('`'); at != std::string::npos; at = row[3].find('`', at)) {
      const auto end = row[3].find('`', at + 1);
      ASSERT_NE(end, std::string::npos) << docs::RowText(row);
      const auto name = row[3].substr(at + 1, end - at - 1);
      EXPECT_TRUE(Holds(existing, name)) << "nothing is called " << name << ": " << row[0];
      at = end + 1;
    }
  }
}

// What a runbook tells people to type and to look for is there.
TEST(Runbooks, EachAlertHasOneAndNoOtherIsThere) {
  const auto rules = docs::ReadFile("deploy/prometheus/rules/alerts.yaml");
  const auto cases = docs::ReadFile("deploy/prometheus/tests/alerts.yaml");
  std::set<std::string> alerts;
  const std::string word = "- alert: ";
  for (auto at = rules.find(word); at != std::string::npos; at = rules.find(word, at)) {
    at += word.size();
    const auto name = rules.substr(at, rules.find('\n', at) - at);
    alerts.insert(name);
    const auto page = docs::ReadFile("docs/runbooks/" + name + ".md");
    EXPECT_TRUE(page.starts_with("# " + name + "\n"));
    for (const auto* part : {"**What it harms.**", "**Look.**", "**Do.**"}) {
      EXPECT_NE(page.find(part), std::string::npos) << name << " lacks " << part;
    }
    EXPECT_NE(rules.find("runbook: docs/runbooks/" + name + ".md"), std::string::npos);
    for (const auto* kind : {" fires\n", " is silent\n"}) {
      EXPECT_NE(cases.find("name: " + name + kind), std::string::npos) << name << kind;
    }
  }
  std::set<std::string> pages;
  for (const auto& entry : std::filesystem::directory_iterator(DOCS_ROOT "/docs/runbooks")) {
    pages.insert(entry.path().stem());
  }
  EXPECT_EQ(pages, alerts);
}

}  // namespace
}  // namespace instanced
