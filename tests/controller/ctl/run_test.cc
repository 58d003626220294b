#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "controller/config/version.h"
#include "tests/controller/ctl/ctl_fixture.h"

namespace instanced::ctl {
namespace {

using ::testing::HasSubstr;

TEST_F(CtlRun, BrakesAreATable) {
  backend_.Hold(SampleBrake("b-1"));
  EXPECT_EQ(Ctl({"brakes"}).output,
            "ID   CAUSE         STATE    KIND             HELD  SINCE                 MESSAGE\n"
            "b-1  MassDeletion  Holding  ConnectInstance  2     2026-01-15T12:00:00Z  "
            "2 of 2 ConnectInstance objects would be deleted within 10m\n");
}

TEST_F(CtlRun, TableFitsTheTerminalAndWideNamesTheObjects) {
  backend_.Hold(SampleBrake("b-1"));
  std::istringstream narrow(Ctl({"brakes"}, 90).output);
  for (std::string line; std::getline(narrow, line);) EXPECT_LE(line.size(), 90U);
  EXPECT_THAT(Ctl({"brakes", "-o", "wide"}, 90).output,
              HasSubstr("ConnectInstance/default/one,ConnectInstance/default/two"));
}

TEST_F(CtlRun, NothingHeldIsSaid) { EXPECT_EQ(Ctl({"brakes"}).output, "Nothing is held.\n"); }

TEST_F(CtlRun, JsonAndYamlCarryTheWholeAnswer) {
  backend_.Hold(SampleBrake("b-1"));
  const auto json = nlohmann::json::parse(Ctl({"brakes", "-o", "json"}).output);
  EXPECT_EQ(json["brakes"][0]["held"][1]["name"], "two");
  EXPECT_EQ(json["brakes"][0]["answeredBy"], "");
  const std::string yaml = Ctl({"brakes", "-o", "yaml"}).output;
  EXPECT_THAT(yaml, HasSubstr("brakes:\n- id: b-1\n  cause: MassDeletion\n"));
  EXPECT_THAT(yaml, HasSubstr("  held:\n  - kind: ConnectInstance\n    namespace: default\n"));
  EXPECT_EQ(Ctl({"release", "b-1", "-o", "json"}).code, ExitCode::kDone);
}

TEST_F(CtlRun, ApproveSaysWhatItAllowsAndWhoAsked) {
  backend_.Hold(SampleBrake("b-1"));
  const Outcome outcome = Ctl({"approve", "b-1"});
  EXPECT_EQ(outcome.code, ExitCode::kDone);
  EXPECT_EQ(outcome.output, "Approved b-1: 2 objects may be deleted until 2026-01-16T12:00:00Z.\n");
  EXPECT_THAT(Ctl({"brakes", "-o", "wide"}).output, HasSubstr("ada"));
}

TEST_F(CtlRun, ReleaseKeepsTheInstances) {
  backend_.Hold(SampleBrake("b-1"));
  EXPECT_EQ(Ctl({"release", "b-1"}).output, "Released b-1: 2 objects let go, instances kept.\n");
  const Outcome then = Ctl({"approve", "b-1"});
  EXPECT_EQ(then.code, ExitCode::kFailed);
  EXPECT_EQ(then.diagnostics, "instancectl: it was answered already\n");
}

TEST_F(CtlRun, UnknownBrakeFailsAndSaysHowToFindOne) {
  const Outcome outcome = Ctl({"approve", "nope"});
  EXPECT_EQ(outcome.code, ExitCode::kFailed);
  EXPECT_EQ(outcome.output, "");
  EXPECT_THAT(outcome.diagnostics, HasSubstr("there is no brake nope\ninstancectl brakes lists"));
}

TEST_F(CtlRun, VersionNamesBothPrograms) {
  const std::string own(ProgramVersion());
  EXPECT_EQ(Ctl({"version"}).output,
            "instancectl " + own + "\ninstanced   9.8.7 (owner owner-1)\n");
  const auto json = nlohmann::json::parse(Ctl({"version", "-o", "json"}).output);
  EXPECT_EQ(json["client"]["version"], own);
  EXPECT_EQ(json["daemon"]["version"], "9.8.7");
}

TEST_F(CtlRun, NoDaemonTeachesHowToStartOne) {
  server_.reset();
  const Outcome outcome = Ctl({"brakes"});
  EXPECT_EQ(outcome.code, ExitCode::kUnreachable);
  EXPECT_THAT(outcome.diagnostics, HasSubstr(folder_.socket().string() + ": there is no such"));
  EXPECT_THAT(outcome.diagnostics, HasSubstr("instanced run --manifests DIR"));
  EXPECT_THAT(outcome.diagnostics, HasSubstr("INSTANCED_ADMIN_SOCKET"));
}

TEST_F(CtlRun, DeadDaemonsSocketIsToldApart) {
  server_.reset();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, folder_.socket().c_str(), sizeof(address.sun_path) - 1);
  const int dead = socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(bind(dead, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  close(dead);
  const Outcome outcome = Ctl({"brakes"});
  EXPECT_EQ(outcome.code, ExitCode::kUnreachable);
  EXPECT_THAT(outcome.diagnostics, HasSubstr("the daemon that made this socket is gone"));
}

TEST_F(CtlRun, DaemonThatCannotRecordIsUnreachableForNow) {
  backend_.Break(Fail(ErrorClass::kStore, "Full", "the journal is full").error());
  const Outcome outcome = Ctl({"brakes"});
  EXPECT_EQ(outcome.code, ExitCode::kUnreachable);
  EXPECT_THAT(outcome.diagnostics, HasSubstr("cannot do it now: the journal is full"));
}

// The program itself: arguments, exit codes and streams through a shell's eyes.
TEST_F(CtlRun, ProgramBehavesLikeItsParts) {
  backend_.Hold(SampleBrake("b-1"));
  const auto program = [this](const std::string& rest) {
    const std::string command =
        std::string(INSTANCECTL) + " --socket " + folder_.socket().string() + " " + rest + " 2>&1";
    std::pair<int, std::string> result;
    FILE* pipe = popen(command.c_str(), "r");
    std::array<char, 4096> buffer{};
    while (fgets(buffer.data(), buffer.size(), pipe) != nullptr) result.second += buffer.data();
    result.first = WEXITSTATUS(pclose(pipe));
    return result;
  };
  EXPECT_EQ(program("approve b-1").first, 0);
  EXPECT_THAT(program("brakes").second, HasSubstr("Approved"));
  EXPECT_EQ(program("approve nope").first, 1);
  EXPECT_EQ(program("frobnicate").first, 1);
  server_.reset();
  EXPECT_EQ(program("brakes").first, 3);
}

}  // namespace
}  // namespace instanced::ctl
