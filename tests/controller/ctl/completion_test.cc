#include "controller/ctl/completion.h"

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/ctl/command_table.h"
#include "controller/ctl/manual.h"
#include "tests/controller/ctl/ctl_fixture.h"

namespace instanced::ctl {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string FileText(const std::string& path) {
  std::ifstream file(std::string(SOURCE_FOLDER) + "/" + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// What a command of the shell prints.
std::string Shell(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 512> buffer{};
  while (pipe != nullptr && fgets(buffer.data(), buffer.size(), pipe) != nullptr) {
    text += buffer.data();
  }
  EXPECT_EQ(pclose(pipe), 0) << command;
  return text;
}

class CtlCompletion : public CtlRun {
 protected:
  void SetUp() override {
    CtlRun::SetUp();
    auto object = std::make_shared<InstanceObject>();
    object->meta.key = {Kind::kConnectInstance, "default", "front-desk"};
    backend_.Declare({ObjectPtr(InstancePtr(object)), "", {}});
    BrakeReport brake;
    brake.id = "b-17";
    backend_.Hold(brake);
    path_ = "PATH=" + std::string(BINARY_FOLDER) +
            ":$PATH INSTANCED_ADMIN_SOCKET=" + folder_.socket().string() + " ";
  }
  std::vector<std::string> Ask(std::vector<std::string> words) {
    return Complete(words, {{"INSTANCED_ADMIN_SOCKET", folder_.socket().string()}});
  }
  std::string path_;
};

TEST_F(CtlCompletion, CommandsFlagsAndFormatsComeFromTheTable) {
  EXPECT_THAT(Ask({"expl"}), ElementsAre("explain"));
  EXPECT_THAT(Ask({"get", "--all"}), ElementsAre("--all-namespaces"));
  EXPECT_THAT(Ask({"plan", "-o", "m"}), ElementsAre("markdown"));
  EXPECT_THAT(Ask({"completion", ""}), ElementsAre("bash", "zsh", "fish"));
}

TEST_F(CtlCompletion, NamesComeFromTheDaemon) {
  EXPECT_THAT(Ask({"describe", "cni/f"}), ElementsAre("cni/front-desk"));
  EXPECT_THAT(Ask({"describe", "cni", ""}), ElementsAre("front-desk"));
  EXPECT_THAT(Ask({"describe", "connectinstance"}), Contains("connectinstance/front-desk"));
  EXPECT_THAT(Ask({"approve", ""}), ElementsAre("b-17"));
}

TEST_F(CtlCompletion, WithoutADaemonThereAreNoNames) {
  const std::vector<std::string> words{"describe", "cni/"};
  EXPECT_THAT(Complete(words, {{"INSTANCED_ADMIN_SOCKET", "/nonexistent.sock"}}), IsEmpty());
}

TEST_F(CtlCompletion, BashCompletes) {
  EXPECT_EQ(Shell(path_ + "bash -c 'source <(instancectl completion bash); "
                          "COMP_WORDS=(instancectl describe cni/f); COMP_CWORD=2; _instancectl; "
                          "printf %s\\\\n \"${COMPREPLY[@]}\"'"),
            "cni/front-desk\n");
}

TEST_F(CtlCompletion, ZshCompletes) {
  EXPECT_EQ(Shell(path_ + "zsh -fc 'compdef() { : }; source <(instancectl completion zsh); "
                          "compadd() { shift; print -l -- \"$@\" }; "
                          "words=(instancectl describe cni/f); CURRENT=3; _instancectl'"),
            "cni/front-desk\n");
}

TEST_F(CtlCompletion, FishCompletes) {
  EXPECT_EQ(Shell(path_ + "HOME=" + ::testing::TempDir() +
                  " fish --no-config -c 'instancectl completion fish | source; "
                  "complete -C \"instancectl describe cni/f\"'"),
            "cni/front-desk\n");
}

TEST(CtlManual, IsTheInstalledPage) {
  // To make it anew: instancectl __manual > deploy/man/instancectl.1
  EXPECT_EQ(FileText("deploy/man/instancectl.1"), ManualPage());
}

TEST(CtlManual, RendersWithoutAWarning) {
  const std::string page = std::string(SOURCE_FOLDER) + "/deploy/man/instancectl.1";
  const std::string shown = Shell("LC_ALL=C.UTF-8 MANWIDTH=80 man -l --warnings " + page + " 2>&1");
  EXPECT_THAT(shown, HasSubstr("plan [DIR]"));
  EXPECT_THAT(shown, ::testing::Not(HasSubstr("warning")));
}

TEST(CtlDocument, NamesEveryCommandFlagAndExitCode) {
  const std::string page = FileText("docs/instancectl.md");
  for (const Command& command : Commands()) {
    EXPECT_THAT(page, HasSubstr("`" + std::string(command.word))) << command.word;
  }
  for (const Flag& flag : Flags()) {
    const bool named = page.contains("`--" + std::string(flag.name)) ||
                       (flag.letter != '\0' && page.contains("`-" + std::string(1, flag.letter)));
    EXPECT_TRUE(named) << flag.name;
  }
  for (const ExitMeaning& exit : ExitMeanings()) {
    EXPECT_THAT(page, HasSubstr("| " + std::to_string(exit.code) + " | "));
  }
}

}  // namespace
}  // namespace instanced::ctl
