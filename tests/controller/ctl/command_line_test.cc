#include "controller/ctl/command_line.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace instanced::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::expected<Request, std::vector<std::string>> Parse(std::vector<std::string> arguments,
                                                       std::string socket_variable = "") {
  return ParseRequest(arguments, {{"INSTANCED_ADMIN_SOCKET", std::move(socket_variable)}});
}

TEST(CtlCommandLine, SocketPrecedenceIsFlagVariableDefault) {
  EXPECT_EQ(Parse({"brakes"})->socket, "./instanced.sock");
  EXPECT_EQ(Parse({"brakes"}, "/v")->socket, "/v");
  EXPECT_EQ(Parse({"brakes", "--socket", "/f"}, "/v")->socket, "/f");
}

TEST(CtlCommandLine, FlagsMayStandBeforeOrAfterTheCommand) {
  const auto request = Parse({"-o", "json", "approve", "b-1"});
  ASSERT_TRUE(request);
  EXPECT_EQ(request->verb, Verb::kApprove);
  EXPECT_EQ(request->brake_id, "b-1");
  EXPECT_EQ(request->format, Format::kJson);
  EXPECT_EQ(Parse({"brakes", "--output=yaml"})->format, Format::kYaml);
}

TEST(CtlCommandLine, WrongUsageSaysWhatWasMeant) {
  EXPECT_THAT(Parse({"brake"}).error(), ElementsAre("unknown command brake; did you mean brakes?"));
  EXPECT_THAT(Parse({"brakes", "--sokcet", "x"}).error(),
              ElementsAre("unknown flag --sokcet; did you mean --socket?"));
  EXPECT_THAT(Parse({"approve"}).error(),
              ElementsAre("approve needs the id of a brake; instancectl brakes lists them"));
  EXPECT_THAT(Parse({"version", "x"}).error(), ElementsAre("unexpected argument x"));
  EXPECT_THAT(Parse({"brakes", "-o", "xml"}).error(), ElementsAre(HasSubstr("not \"xml\"")));
  EXPECT_THAT(Parse({}).error(), ElementsAre(HasSubstr("say what to do")));
}

TEST(CtlCommandLine, HelpFitsEightyColumns) {
  EXPECT_EQ(Parse({"--help"})->verb, Verb::kHelp);
  EXPECT_EQ(Parse({"brakes", "-h"})->verb, Verb::kHelp);
  std::istringstream text(HelpText());
  for (std::string line; std::getline(text, line);) EXPECT_LE(line.size(), 80U) << line;
}

}  // namespace
}  // namespace instanced::ctl
