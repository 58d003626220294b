#include <sstream>

#include <gtest/gtest.h>

#include "api/object/condition.h"
#include "tests/docs/page.h"

namespace instanced {
namespace {

// The words of `enum class Reason`, read from its header so that a new one cannot be forgotten.
std::vector<std::string> DeclaredReasons() {
  const auto header = docs::ReadFile("api/object/condition.h");
  const auto begin = header.find("enum class Reason {");
  std::istringstream lines(header.substr(begin, header.find("};", begin) - begin));
  std::vector<std::string> words;
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    const auto name = line.find('k');
    const auto comma = line.find(',');
    if (name >= comma || comma > line.find("//")) continue;
    words.push_back(line.substr(name + 1, comma - name - 1));
  }
  return words;
}

TEST(ConditionsPage, HasOneFullRowForEachReasonInItsOrder) {
  const auto rows = docs::Rows(docs::ReadFile("docs/conditions.md"));

  std::vector<std::string> described;
  for (const auto& row : rows) {
    ASSERT_EQ(row.size(), 3u) << docs::RowText(row);
    described.push_back(row[0]);
    EXPECT_GT(row[1].size(), 10u) << row[0] << " lacks its meaning";
    EXPECT_GT(row[2].size(), 5u) << row[0] << " lacks what to do";
  }

  std::vector<std::string> declared;
  for (const auto& word : DeclaredReasons()) {
    EXPECT_TRUE(ParseReason(word)) << word << " has no spelling";
    declared.push_back("`" + word + "`");
  }
  ASSERT_GT(declared.size(), 40u);
  EXPECT_EQ(described, declared);
}

}  // namespace
}  // namespace instanced
