#include "controller/ctl/command_line.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/ctl/help.h"

namespace instanced::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::expected<Request, std::vector<std::string>> Parse(std::vector<std::string> arguments,
                                                       std::string socket_variable = "") {
  return ParseRequest(arguments, {{"INSTANCED_ADMIN_SOCKET", std::move(socket_variable)}});
}

TEST(CtlCommandLine, SocketPrecedenceIsFlagVariableDefault) {
  EXPECT_EQ(Parse({"brakes"})->daemon.socket, "./instanced.sock");
  EXPECT_EQ(Parse({"brakes"}, "/v")->daemon.socket, "/v");
  EXPECT_EQ(Parse({"brakes", "--socket", "/f"}, "/v")->daemon.socket, "/f");
}

TEST(CtlCommandLine, AnAddressNeedsItsThreeFilesAndExcludesTheSocket) {
  const auto request =
      Parse({"brakes", "--address", "h:1", "--ca", "a", "--cert", "b", "--key", "c"});
  ASSERT_TRUE(request);
  EXPECT_EQ(request->daemon.address, "h:1");
  EXPECT_EQ(request->daemon.key, "c");
  EXPECT_EQ(Parse({"brakes", "--address", "h:1", "--cert", "b"}).error().size(), 2U);
  EXPECT_FALSE(Parse({"brakes", "--address", "h:1", "--socket", "s"}));
  const std::map<std::string, std::string> elsewhere{{"INSTANCED_ADMIN_ADDRESS", "h:2"},
                                                     {"INSTANCED_ADMIN_CA", "a"},
                                                     {"INSTANCED_ADMIN_CERT", "b"},
                                                     {"INSTANCED_ADMIN_KEY", "c"}};
  const std::vector<std::string> brakes{"brakes"};
  EXPECT_EQ(ParseRequest(brakes, elsewhere)->daemon.address, "h:2");
  const std::vector<std::string> here{"brakes", "--socket", "s"};
  EXPECT_EQ(ParseRequest(here, elsewhere)->daemon.address, "");
}

TEST(CtlCommandLine, FlagsMayStandBeforeOrAfterTheCommand) {
  const auto request = Parse({"-o", "json", "approve", "b-1"});
  ASSERT_TRUE(request);
  EXPECT_EQ(request->verb, Verb::kApprove);
  EXPECT_EQ(request->operand, "b-1");
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
  EXPECT_THAT(Parse({"get", "-n"}).error(), ElementsAre("--namespace needs a value"));
  EXPECT_THAT(Parse({"brakes", "-o", "xml"}).error(), ElementsAre(HasSubstr("not \"xml\"")));
  EXPECT_THAT(Parse({}).error(), ElementsAre(HasSubstr("no command given")));
}

TEST(CtlCommandLine, ObjectsAreNamedAsKubectlAndAsHistorySpellThem) {
  const auto target = [](std::vector<std::string> arguments) { return Parse(arguments)->target; };
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"describe", "cni", "desk", "-n", "lab"},
                                             {"describe", "-n", "lab", "cni/desk"},
                                             {"describe", "cni/lab/desk"}}) {
    EXPECT_EQ(target(arguments).kind, "cni");
    EXPECT_EQ(target(arguments).namespace_, "lab");
    EXPECT_EQ(target(arguments).name, "desk");
  }
  EXPECT_EQ(target({"get"}).namespace_, "default");
  EXPECT_EQ(target({"get", "-A"}).namespace_, "");
  EXPECT_THAT(Parse({"describe", "cni"}).error(), ElementsAre(HasSubstr("needs an object")));
  EXPECT_THAT(Parse({"describe", "cni/"}).error(), ElementsAre(HasSubstr("name is missing")));
  EXPECT_THAT(Parse({"get", "cni", "a", "b"}).error(), ElementsAre("unexpected argument b"));
}

TEST(CtlCommandLine, FlagOfAnotherCommandIsRefused) {
  EXPECT_THAT(Parse({"brakes", "-w"}).error(), ElementsAre("brakes has no flag --watch"));
  EXPECT_THAT(Parse({"describe", "cni/a", "-o", "name"}).error(),
              ElementsAre("--output: want one of table, json, yaml, not \"name\""));
}

TEST(CtlCommandLine, HelpFitsEightyColumns) {
  EXPECT_EQ(Parse({"--help"})->verb, Verb::kHelp);
  EXPECT_EQ(Parse({"brakes", "-h"})->verb, Verb::kHelp);
  std::string all = HelpText();
  for (const Command& command : Commands()) all += HelpText(command);
  std::istringstream text(all);
  for (std::string line; std::getline(text, line);) EXPECT_LE(line.size(), 80U) << line;
}

}  // namespace
}  // namespace instanced::ctl
