// The image without an engine for images: the Dockerfile's promises as text, and the folder that
// its build stage gathers, run as its user with that folder as the whole file system.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "tests/deploy/rendering.h"
#include "tests/e2e/site.h"
#include "tests/fakes/temp_directory/temp_directory.h"

namespace instanced::deploy {
namespace {

using e2e::Program;
using e2e::ProgramCall;
using e2e::Waited;
using testing::HasSubstr;

struct Instruction {
  int stage = 0;
  std::string word, rest;
};

// With continued lines joined and comments left out.
std::vector<Instruction> ReadDockerfile() {
  std::istringstream lines(RepositoryFile("Dockerfile"));
  std::vector<Instruction> instructions;
  std::string whole;
  int stage = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#") || line.empty()) continue;
    const bool goes_on = line.back() == '\\';
    whole += goes_on ? line.substr(0, line.size() - 1) : line;
    if (goes_on) continue;
    const auto space = whole.find(' ');
    if (whole.starts_with("FROM ")) ++stage;
    instructions.push_back({stage, whole.substr(0, space), whole.substr(space + 1)});
    whole.clear();
  }
  return instructions;
}

std::vector<std::string> Final(const std::string& word) {
  const auto all = ReadDockerfile();
  std::vector<std::string> found;
  for (const auto& one : all) {
    if (one.stage == all.back().stage && one.word == word) found.push_back(one.rest);
  }
  return found;
}

TEST(Dockerfile, TheImageBeginsEmptyAndRunsAsNobodySpecial) {
  EXPECT_EQ(Final("FROM"), std::vector<std::string>{"scratch"});
  EXPECT_EQ(Final("USER"), std::vector<std::string>{"65532:65532"});
  EXPECT_TRUE(Final("RUN").empty()) << "there is no shell to run it";
}

TEST(Dockerfile, ProgramsAreNamedAsListsSinceThereIsNoShell) {
  for (const auto* word : {"ENTRYPOINT", "CMD"}) {
    const auto found = Final(word);
    ASSERT_EQ(found.size(), 1u) << word;
    EXPECT_TRUE(Json::accept(found[0])) << found[0];
  }
  const auto health = Final("HEALTHCHECK");
  ASSERT_EQ(health.size(), 1u);
  EXPECT_THAT(health[0], HasSubstr("CMD [\"/usr/bin/instanced\", \"health\"]"));
  EXPECT_EQ(Final("STOPSIGNAL"), std::vector<std::string>{"SIGTERM"});
}

TEST(Dockerfile, ItsEnvironmentLetsTheOperatorStart) {
  for (const auto& variables : Final("ENV")) {
    EXPECT_EQ(variables.find("INSTANCED_MANIFESTS"), std::string::npos)
        << "instanced run --kubernetes refuses to have both";
  }
}

TEST(Dockerfile, LabelsSayWhatItIs) {
  const auto labels = Final("LABEL");
  ASSERT_EQ(labels.size(), 1u);
  for (const auto* name : {"title", "description", "licenses", "version", "revision"}) {
    EXPECT_THAT(labels[0], HasSubstr(std::string("org.opencontainers.image.") + name + "="));
  }
}

TEST(Dockerfile, MakeImageSaysWhichVersionAndRevisionItIs) {
  const auto makefile = RepositoryFile("Makefile");
  const auto from = makefile.find("\nimage:");
  const auto image = makefile.substr(from, makefile.find("\n\n", from) - from);
  for (const auto* name : {"VERSION", "REVISION"}) {
    EXPECT_THAT(image, HasSubstr(std::string("--build-arg ") + name + "="));
    EXPECT_THAT(Final("ARG"), testing::Contains(std::string(name) + "=unknown"));
  }
}

TEST(Dockerfile, CopiesOnlyWhatTheRepositoryHasAndFetchesNothingByItself) {
  for (const auto& one : ReadDockerfile()) {
    EXPECT_NE(one.word, "ADD");
    if (one.word != "COPY" || one.rest.starts_with("--from")) continue;
    const auto source = one.rest.substr(0, one.rest.find(' '));
    EXPECT_TRUE(std::filesystem::exists(DEPLOY_ROOT "/" + source)) << source;
  }
}

// The first stage's commands, one by one.
std::vector<std::string> BuildCommands() {
  std::vector<std::string> commands;
  for (const auto& one : ReadDockerfile()) {
    if (one.stage != 1 || one.word != "RUN") continue;
    std::string rest = one.rest;
    for (auto at = rest.find("&&"); at != std::string::npos; at = rest.find("&&")) {
      commands.push_back(rest.substr(0, at));
      rest.erase(0, at + 2);
    }
    commands.push_back(rest);
  }
  for (auto& command : commands) {
    command.erase(0, command.find_first_not_of(' '));
    command.erase(command.find_last_not_of(' ') + 1);
  }
  return commands;
}

// What it installs, builds and gathers is what the Makefile and the scripts beside it say.
TEST(Dockerfile, TheBuildStageLeavesToTheMakefileWhatIsInstalledAndBuilt) {
  EXPECT_EQ(BuildCommands(),
            (std::vector<std::string>{
                "apt-get update", "apt-get install -y --no-install-recommends make",
                "rm -rf /var/lib/apt/lists/*", "make setup", "make build",
                "cmake/image_root.sh /root-of-image build/bin/instanced build/bin/instancectl"}));
}

// For the layer that changes only with the list of packages.
TEST(Dockerfile, MakeSetupNeedsNoMoreThanWhatIsCopiedBeforeIt) {
  const TempDirectory folder;
  namespace fs = std::filesystem;
  for (const auto& one : ReadDockerfile()) {
    if (one.rest == "make setup") break;
    if (one.word != "COPY") continue;
    const auto source = one.rest.substr(0, one.rest.find(' '));
    fs::copy(DEPLOY_ROOT "/" + source, fs::path(folder.path()) / source,
             fs::copy_options::recursive);
  }
  // Nothing is missing where the tests run, so nothing is installed.
  const auto ran = e2e::RunToEnd({"/usr/bin/make",
                                  {"-C", folder.path(), "setup"},
                                  {{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}},
                                  folder.path() + "/said",
                                  {}},
                                 60);
  EXPECT_EQ(ran.ending.exit_code, 0) << ran.output;
  EXPECT_THAT(ran.output, testing::Not(HasSubstr("installing")));
}

TEST(Dockerfile, OnlyInstructionsThatEngineAndLintersKnowInAnOrderThatWorks) {
  const std::set<std::string> known{"ARG",        "FROM",   "RUN",        "WORKDIR", "COPY",
                                    "LABEL",      "ENV",    "USER",       "VOLUME",  "HEALTHCHECK",
                                    "STOPSIGNAL", "EXPOSE", "ENTRYPOINT", "CMD"};
  const auto all = ReadDockerfile();
  ASSERT_GE(all.size(), 2u);
  EXPECT_EQ(all[0].word, "ARG") << "the base image is an argument";
  EXPECT_EQ(all[1].word, "FROM");
  std::map<std::string, int> of_final;
  for (const auto& one : all) {
    EXPECT_TRUE(known.contains(one.word)) << one.word;
    if (one.stage == all.back().stage) ++of_final[one.word];
    EXPECT_TRUE(one.word != "WORKDIR" || one.rest.starts_with('/')) << one.rest;
    EXPECT_TRUE(one.word != "FROM" || !one.rest.contains(":latest")) << one.rest;
    if (one.word != "RUN") continue;
    const TempDirectory folder;
    const auto read =
        e2e::RunToEnd({"/bin/sh", {"-n", "-c", one.rest}, {}, folder.path() + "/said", {}}, 10);
    EXPECT_EQ(read.ending.exit_code, 0) << one.rest << ": " << read.output;
  }
  for (const auto* once : {"ENTRYPOINT", "CMD", "HEALTHCHECK", "USER"}) {
    EXPECT_EQ(of_final[once], 1) << once << ": of several the last one counts alone";
  }
}

// cmake/image_root.sh on the built programs.
class ImageRoot : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TempDirectory>();
    const auto ran = e2e::RunToEnd({DEPLOY_ROOT "/cmake/image_root.sh",
                                    {root(), INSTANCED_PROGRAM, INSTANCECTL_PROGRAM},
                                    {{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}},
                                    folder_->path() + "/said",
                                    {}},
                                   120);
    ASSERT_EQ(ran.ending.exit_code, 0) << ran.output;
    // What COPY --chown does.
    if (geteuid() == 0) {
      ASSERT_EQ(chown((root() + "/var/lib/instanced").c_str(), 65532, 65532), 0);
    }
  }
  static void TearDownTestSuite() { folder_.reset(); }
  static std::string root() { return folder_->path() + "/root"; }
  // As the container would run it, nothing of this machine being there.
  static ProgramCall Inside(std::vector<std::string> words, const std::string& log) {
    words.insert(words.begin(), {"--userspec=65532:65532", root()});
    return {"/usr/sbin/chroot",
            words,
            {{"PATH", "/usr/bin"},
             {"INSTANCED_STATE", "/var/lib/instanced/instanced.db"},
             {"INSTANCED_ADMIN_SOCKET", "/var/lib/instanced/instanced.sock"}},
            folder_->path() + "/" + log,
            {}};
  }
  static inline std::unique_ptr<TempDirectory> folder_;
};

TEST_F(ImageRoot, HoldsTheProgramsAndNoOther) {
  std::vector<std::string> programs;
  for (const auto& entry : std::filesystem::directory_iterator(root() + "/usr/bin")) {
    programs.push_back(entry.path().filename());
  }
  std::ranges::sort(programs);
  EXPECT_EQ(programs, (std::vector<std::string>{"instancectl", "instanced"}));
  for (const auto* folder : {"/bin", "/sbin", "/usr/sbin", "/usr/local"}) {
    EXPECT_FALSE(std::filesystem::exists(root() + folder)) << folder;
  }
}

TEST_F(ImageRoot, NothingInItGivesRightsAway) {
  using std::filesystem::perms;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root())) {
    if (entry.is_symlink()) continue;
    const auto mode = entry.status().permissions();
    EXPECT_EQ(mode & (perms::set_uid | perms::set_gid), perms::none) << entry.path();
    if (entry.path() == root() + "/tmp") continue;
    EXPECT_EQ(mode & perms::others_write, perms::none) << entry.path();
  }
}

TEST_F(ImageRoot, TheDaemonRunsInItAnswersItsHealthCheckAndLeavesInTime) {
  if (geteuid() != 0) GTEST_SKIP() << "only root may chroot";
  const auto health = ":" + std::to_string(e2e::FreePort());
  auto call = Inside({"/usr/bin/instanced", "run", "--manifests", "/manifests", "--metrics-address",
                      "off", "--health-address", health},
                     "log");
  Program daemon(call);

  const auto well = [&] {
    auto check = Inside({"/usr/bin/instanced", "health"}, "health");
    check.environment["INSTANCED_HEALTH_ADDRESS"] = health;
    return e2e::RunToEnd(check, 10).ending.exit_code == 0;
  };
  EXPECT_EQ(e2e::WaitUntil(well, 30), Waited::kReached) << e2e::ReadText(folder_->path() + "/log");
  const auto version = e2e::RunToEnd(Inside({"/usr/bin/instancectl", "version"}, "version"), 10);
  EXPECT_EQ(version.ending.exit_code, 0) << version.output;

  daemon.Signal(SIGTERM);
  EXPECT_EQ(daemon.WaitForEnd(35), (e2e::Ending{0, 0}));
  EXPECT_FALSE(well()) << "a daemon that is not there is not well";
}

// The bill of materials names every package whose library a program loads.
TEST_F(ImageRoot, EveryPackageOfItsLibrariesIsInTheBillOfMaterials) {
  const auto ran = e2e::RunToEnd({DEPLOY_ROOT "/cmake/sbom.sh",
                                  {BUILD_ROOT, "1.2.3", INSTANCED_PROGRAM, INSTANCECTL_PROGRAM},
                                  {{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}},
                                  folder_->path() + "/sbom",
                                  {}},
                                 120);
  ASSERT_EQ(ran.ending.exit_code, 0) << ran.output;
  const auto bill = Json::parse(ran.output, nullptr, false);
  ASSERT_TRUE(bill.is_object()) << ran.output.substr(0, 400);
  EXPECT_EQ(bill.at("bomFormat"), "CycloneDX");
  EXPECT_EQ(bill.at("metadata").at("component").at("version"), "1.2.3");

  std::map<std::string, std::string> uses;
  for (const auto& component : bill.at("components")) {
    const std::string name = component.at("name");
    EXPECT_THAT(component.at("purl").get<std::string>(), HasSubstr("pkg:deb/debian/" + name + "@"));
    EXPECT_FALSE(component.at("version").get<std::string>().empty()) << name;
    const bool first = uses.emplace(name, component.at("properties").at(0).at("value")).second;
    EXPECT_TRUE(first) << name << " is there twice";
  }
  EXPECT_EQ(uses["libssl3"], "loaded");
  EXPECT_EQ(uses["nlohmann-json3-dev"], "compiled-in");
  EXPECT_FALSE(uses.contains("libgtest-dev"));
  std::size_t compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root() + "/var/lib/dpkg/status.d")) {
    const std::string name = entry.path().filename();
    if (name == "ca-certificates" || name == "tzdata") continue;  // data, no library
    ++compared;
    EXPECT_EQ(uses[name], "loaded") << name;
  }
  EXPECT_GT(compared, 10u);
}

}  // namespace
}  // namespace instanced::deploy
