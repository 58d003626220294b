#include "controller/ctl/table.h"

#include <gtest/gtest.h>

namespace instanced::ctl {
namespace {

TEST(Table, ColumnsAlignWithoutTrailingSpaces) {
  EXPECT_EQ(Layout({{"ID", "MESSAGE"}, {{"long-id", "m"}, {"a", ""}}}, 0),
            "ID       MESSAGE\n"
            "long-id  m\n"
            "a\n");
}

TEST(Table, LastColumnIsCutToTheWidth) {
  EXPECT_EQ(Layout({{"ID", "MESSAGE"}, {{"a", "0123456789abcdef"}}}, 16),
            "ID  MESSAGE\n"
            "a   012345678...\n");
}

TEST(Table, NamesStayWholeWhileOtherColumnsCanGiveWay) {
  const Table table{{"NAME", "ID", "REASON"},
                    {{"connectinstance/desk", "0123456789ab", "Available"}}};
  EXPECT_EQ(Layout(table, 40),
            "NAME                  ID        REASON\n"
            "connectinstance/desk  01234...  Avail...\n");
  EXPECT_EQ(Layout(table, 36),
            "NAME              ID        REASON\n"
            "connectinstan...  01234...  Avail...\n");
}

TEST(Table, WidthsCountCodePointsAndCutsKeepThemWhole) {
  EXPECT_EQ(Layout({{"A", "B"}, {{"é", "ääääääääääää"}, {"xy", "z"}}}, 12),
            "A   B\n"
            "é   äääää...\n"
            "xy  z\n");
}

TEST(Table, ControlCharactersCannotSteerTheTerminal) {
  EXPECT_EQ(Layout({{"A"}, {{"x\x1b[31m\n"}}}, 0), "A\nx?[31m?\n");
}

}  // namespace
}  // namespace instanced::ctl
