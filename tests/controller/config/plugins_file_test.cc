#include "controller/config/plugins_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/config/command_line.h"

namespace instanced {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> ProblemsOf(const std::string& text) {
  const auto plugins = ParsePlugins("/etc/i/p.yaml", text);
  return plugins ? std::vector<std::string>{} : plugins.error();
}

TEST(PluginsFile, ReadsProgramsAndAddresses) {
  const auto plugins = ParsePlugins("/etc/i/p.yaml", R"(
plugins:
  - name: postgresql
    command: [/usr/bin/pg, --host, /run]
    environment: {PGUSER: me}
    limits: {memory: 512MiB, openFiles: 256, cpuSeconds: 60}
  - name: tape
    address: plugins.example:7443
    tls: {ca: ca.pem, certificate: /abs/us.pem, key: us.key, serverName: tape.example}
  - name: disk
    address: unix:/run/disk.sock
)");
  ASSERT_TRUE(plugins) << plugins.error().front();
  ASSERT_EQ(plugins->size(), 3U);
  const auto& pg = plugins->at(0);
  EXPECT_THAT(pg.command, ElementsAre("/usr/bin/pg", "--host", "/run"));
  EXPECT_EQ(pg.environment.at("PGUSER"), "me");
  EXPECT_EQ(pg.limits, (PluginLimits{512ULL << 20, 256, 60}));
  EXPECT_EQ(plugins->at(1).tls,
            (PluginTls{"/etc/i/ca.pem", "/abs/us.pem", "/etc/i/us.key", "tape.example"}));
  EXPECT_EQ(plugins->at(2).address, "unix:/run/disk.sock");
}

TEST(PluginsFile, EveryMistakeIsToldWithItsPlace) {
  EXPECT_THAT(ProblemsOf("plugins:\n  - name: A b\n    address: unix:/s\n"),
              ElementsAre(HasSubstr("/etc/i/p.yaml:2:5: plugins: needs a name")));
  EXPECT_THAT(ProblemsOf("plugins:\n  - name: a\n"),
              ElementsAre(HasSubstr("a needs either an address or a command")));
  EXPECT_THAT(ProblemsOf("plugins:\n  - {name: a, address: 'unix:/s', command: [/b]}\n"),
              ElementsAre(HasSubstr("either an address or a command")));
  EXPECT_THAT(ProblemsOf("plugins:\n  - {name: a, adress: 'unix:/s'}\n"),
              testing::Contains(HasSubstr("unknown key adress; did you mean address?")));
  EXPECT_THAT(ProblemsOf("plugins:\n  - {name: a, address: 'h:1'}\n"),
              ElementsAre(HasSubstr("h:1 needs tls")));
  EXPECT_THAT(ProblemsOf("plugins:\n  - {name: a, address: 'h:1', tls: {ca: c}}\n"),
              ElementsAre(HasSubstr("needs certificate"), HasSubstr("needs key")));
  EXPECT_THAT(ProblemsOf("plugins:\n  - {name: a, address: 'unix:s'}\n"),
              ElementsAre(HasSubstr("an absolute path")));
  EXPECT_THAT(ProblemsOf("plugins:\n  - {name: a, command: [b]}\n"),
              ElementsAre(HasSubstr("absolute path, not b")));
  EXPECT_THAT(ProblemsOf("plugins:\n  - {name: a, command: [/b], limits: {memory: 1GB}}\n"),
              ElementsAre(HasSubstr("want a size such as 256MiB")));
  EXPECT_THAT(ProblemsOf("plugins:\n  - {name: a, command: [/b]}\n  - {name: a, command: [/c]}\n"),
              ElementsAre(HasSubstr("3:5: plugins: the name a is given twice")));
  EXPECT_THAT(ProblemsOf("plugins:\n  - {name: a, address: 'unix:/s', limits: {openFiles: 1}}\n"),
              ElementsAre(HasSubstr("started by somebody else")));
  EXPECT_THAT(ProblemsOf("plugins: ["), testing::SizeIs(1));
  EXPECT_THAT(ProblemsOf("state: x\n"), IsEmpty());
}

class PluginFlagsTest : public testing::Test {
 protected:
  std::expected<Invocation, ConfigError> Parse(std::vector<std::string> arguments) {
    return ParseCommandLine(arguments, {}, [this](const std::string& path) {
      const auto it = files_.find(path);
      return it == files_.end() ? std::expected<std::string, std::string>(std::unexpect, "absent")
                                : std::expected<std::string, std::string>(it->second);
    });
  }
  std::map<std::string, std::string> files_;
};

TEST_F(PluginFlagsTest, TheListStandsInTheConfigurationFileOrInOneOfItsOwn) {
  files_["c.yaml"] = "manifests: m\nplugins:\n  - {name: inline, address: 'unix:/s'}\n";
  files_["p.yaml"] = "plugins:\n  - {name: apart, address: 'unix:/s'}\n";
  const auto inline_list = Parse({"run", "--config", "c.yaml"});
  ASSERT_TRUE(inline_list);
  EXPECT_EQ(std::get<RunDaemon>(*inline_list).config.plugins.at(0).name, "inline");
  const auto apart = Parse({"run", "--config", "c.yaml", "--plugins", "p.yaml"});
  ASSERT_TRUE(apart);
  EXPECT_EQ(std::get<RunDaemon>(*apart).config.plugins.at(0).name, "apart") << "a flag wins";
  const auto absent = Parse({"run", "--manifests", "m", "--plugins", "none.yaml"});
  ASSERT_FALSE(absent);
  EXPECT_THAT(absent.error().problems, ElementsAre(HasSubstr("cannot read none.yaml: absent")));
}

TEST_F(PluginFlagsTest, ASocketPathThatIsTooLongNamesTheFlag) {
  files_["p.yaml"] = "plugins:\n  - {name: a, command: [/b]}\n";
  const auto parsed = Parse({"run", "--manifests", "m", "--plugins", "p.yaml", "--plugin-directory",
                             "/" + std::string(120, 'x')});
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().problems, ElementsAre(HasSubstr("--plugin-directory")));
}

TEST_F(PluginFlagsTest, ConformanceTakesAnAddressAndItsOptions) {
  const auto parsed = Parse({"conformance", "/run/p.sock", "--check", "list-ends,marks-kept",
                             "--call-limit", "3s", "--junit", "j.xml"});
  ASSERT_TRUE(parsed);
  const auto& check = std::get<CheckConformance>(*parsed);
  EXPECT_EQ(check.address, "unix:/run/p.sock");
  EXPECT_THAT(check.checks, ElementsAre("list-ends", "marks-kept"));
  EXPECT_EQ(check.call_limit, std::chrono::seconds(3));
  EXPECT_FALSE(Parse({"conformance"}));
  EXPECT_FALSE(Parse({"conformance", "a:1", "--tls-ca", "c"})) << "the three go together";
}

}  // namespace
}  // namespace instanced
