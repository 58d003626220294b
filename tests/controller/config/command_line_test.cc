#include "controller/config/command_line.h"

#include <algorithm>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/config/flags.h"

namespace instanced {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using namespace std::chrono_literals;

using Environment = std::map<std::string, std::string>;

// A world of arguments, variables and files.
struct World {
  Environment environment;
  std::map<std::string, std::string> files;

  std::expected<Invocation, ConfigError> Parse(std::vector<std::string> arguments) const {
    return ParseCommandLine(
        arguments, environment,
        [this](const std::string& path) -> std::expected<std::string, std::string> {
          const auto found = files.find(path);
          if (found == files.end()) return std::unexpected("no such file");
          return found->second;
        });
  }

  Config Run(std::vector<std::string> flags) const {
    flags.insert(flags.begin(), {"run", "--manifests", "m"});
    const auto parsed = Parse(flags);
    if (!parsed) {
      ADD_FAILURE() << parsed.error().problems.front();
      return {};
    }
    return std::get<RunDaemon>(*parsed).config;
  }

  std::vector<std::string> Problems(std::vector<std::string> arguments) const {
    const auto parsed = Parse(std::move(arguments));
    return parsed ? std::vector<std::string>{} : parsed.error().problems;
  }
};

TEST(CommandLine, RunWithManifestsAloneHasTheDocumentedDefaults) {
  const Config config = World{}.Run({});
  EXPECT_EQ(config.manifests, "m");
  EXPECT_EQ(config.state_file, "./instanced.db");
  EXPECT_EQ(config.admin_socket, "./instanced.sock");
  EXPECT_EQ(config.metrics_address, (ListenAddress{"127.0.0.1", 8080}));
  EXPECT_EQ(config.health_address, (ListenAddress{"127.0.0.1", 8081}));
  EXPECT_EQ(config.max_in_flight, 512);
  EXPECT_EQ(config.brakes, (BrakeFigures{10min, 5, 20}));
  EXPECT_EQ(config.churn, (ChurnFigures{100, 80, 720h}));
}

TEST(CommandLine, FlagWinsOverVariableOverFileOverDefault) {
  World world;
  world.files["c.yaml"] = "max-in-flight: 1\ncall-deadline: 41s\nbrake-count: 7\n";
  world.environment = {{"INSTANCED_MAX_IN_FLIGHT", "2"}, {"INSTANCED_CALL_DEADLINE", "42s"}};
  const Config config = world.Run({"--config", "c.yaml", "--max-in-flight=3"});
  EXPECT_EQ(config.max_in_flight, 3);
  EXPECT_EQ(config.call_deadline, 42s);
  EXPECT_EQ(config.brakes.count, 7);
  EXPECT_EQ(config.brakes.percent, 20);
}

TEST(CommandLine, VariableNamesTheConfigurationFileToo) {
  World world;
  world.files["c.yaml"] = "manifests: from-file\n";
  world.environment = {{"INSTANCED_CONFIG", "c.yaml"}};
  const auto parsed = world.Parse({"run"});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(std::get<RunDaemon>(*parsed).config.manifests, "from-file");
}

TEST(CommandLine, EmptyVariableCountsAsUnset) {
  const World world{.environment = {{"INSTANCED_MAX_IN_FLIGHT", ""}}, .files = {}};
  EXPECT_EQ(world.Run({}).max_in_flight, 512);
}

// Every flag takes a value through all three ways in, and a bad one names its way.
TEST(CommandLine, EveryFlagIsReadFromFlagVariableAndFile) {
  const std::map<std::string, std::string> sample = {
      {"FILE", "x/y.db"},  {"DIR", "dir"},     {"ID", "me"},
      {"ADDR", "[::1]:9"}, {"LEVEL", "debug"}, {"FORMAT", "json"},
      {"DURATION", "7s"},  {"N", "7"},         {"CHOICE", "yes"},
      {"MODE", "domains"}, {"NAME", "kind"},   {"NS", "team-a"},
      {"NAMES", "me"},     {"", "yes"},        {"HOST:PORT", "[::1]:9"},
      {"UIDS", "7"}};
  // Flags that come together, and what has to stand beside one of them.
  const std::map<std::string, std::vector<std::string>> companions = {
      {"metrics-tls-cert", {"--metrics-tls-key", "k"}},
      {"metrics-tls-key", {"--metrics-tls-cert", "c"}},
      {"page-tls-cert", {"--page-tls-key", "k"}},
      {"page-tls-key", {"--page-tls-cert", "c"}},
      {"admin-address", {"--admin-cert", "c", "--admin-key", "k", "--admin-client-ca", "a"}}};
  const std::set<std::string> of_a_cluster = {"kubernetes", "kubeconfig", "context", "namespace"};
  for (const Flag& flag : RunFlags()) {
    const std::string name(flag.name);
    const std::string value = sample.at(std::string(flag.value));
    World world;
    world.files["c.yaml"] = name + ": \"" + value + "\"\n";
    world.files[sample.at("FILE")] = "";
    World bare;
    bare.files = world.files;
    world.environment = {{VariableName(name), value}};
    std::vector<std::string> base = {"run"};
    if (name != "manifests" && !of_a_cluster.contains(name)) {
      base.insert(base.end(), {"--manifests", "m"});
    }
    if (const auto beside = companions.find(name); beside != companions.end()) {
      base.insert(base.end(), beside->second.begin(), beside->second.end());
    }
    auto with = [&base](std::vector<std::string> more) {
      more.insert(more.begin(), base.begin(), base.end());
      return more;
    };
    auto as_flag = with({"--" + name});
    if (!flag.value.empty()) as_flag.push_back(value);
    EXPECT_THAT(bare.Problems(as_flag), ElementsAre()) << name;
    EXPECT_THAT(world.Problems(base), ElementsAre()) << name;
    world.environment.clear();
    EXPECT_THAT(world.Problems(with({"--config", "c.yaml"})), ElementsAre()) << name;
    if (flag.value == "NAMES") continue;  // nobody is a list as well
    world.files["c.yaml"] = name + ": \"\"\n";
    EXPECT_THAT(world.Problems(with({"--config", "c.yaml"})),
                Contains(HasSubstr("c.yaml:1:" + std::to_string(name.size() + 3) + ": " + name)))
        << name;
  }
}

TEST(CommandLine, AllWrongValuesAreToldAtOnceWithTheirOrigin) {
  World world;
  world.environment = {{"INSTANCED_BRAKE_PERCENT", "101"}};
  EXPECT_THAT(
      world.Problems({"run", "--drain-timeout", "5", "--metrics-address", "8080"}),
      ElementsAre(HasSubstr("--metrics-address: want HOST:PORT"),
                  "--drain-timeout: want a duration such as 500ms, 30s, 5m or 24h, not \"5\"",
                  "INSTANCED_BRAKE_PERCENT: want a whole number from 0 to 100, not \"101\"",
                  "run needs --manifests DIR, the folder of the declared objects, or "
                  "--kubernetes"));
}

Config InCluster(const World& world, std::vector<std::string> flags) {
  flags.insert(flags.begin(), "run");
  const auto parsed = world.Parse(flags);
  if (!parsed) {
    ADD_FAILURE() << parsed.error().problems.front();
    return {};
  }
  return std::get<RunDaemon>(*parsed).config;
}

TEST(CommandLine, ClusterIsFoundAsKubectlFindsIt) {
  World world;
  world.environment = {{"HOME", "/home/me"}};
  using Paths = std::vector<std::filesystem::path>;
  const auto found = [&](std::vector<std::string> flags) {
    return InCluster(world, std::move(flags)).kubernetes.value_or(KubernetesAccess());
  };
  EXPECT_EQ(found({"--kubernetes"}).kubeconfigs, (Paths{"/home/me/.kube/config"}));
  world.environment["KUBERNETES_SERVICE_HOST"] = "10.0.0.1";
  EXPECT_EQ(found({"--kubernetes"}).kubeconfigs, Paths{});
  EXPECT_EQ(found({"--kubernetes"}).service_host, "10.0.0.1");
  world.environment["KUBECONFIG"] = "/a:/b";
  EXPECT_EQ(found({"--kubernetes"}).kubeconfigs, (Paths{"/a", "/b"}));
  const auto named = found({"--kubeconfig", "/c", "--namespace", "team-a", "--context", "x"});
  EXPECT_EQ(named.kubeconfigs, (Paths{"/c"}));
  EXPECT_EQ(named.namespace_, "team-a");
  EXPECT_EQ(named.context, "x");
  EXPECT_EQ(found({"--kubernetes", "--namespace=all"}).namespace_, "");
}

TEST(CommandLine, ObjectsAreDeclaredInOnePlaceOnly) {
  EXPECT_THAT(World{}.Problems({"run", "--kubernetes", "--manifests", "m"}),
              ElementsAre(HasSubstr("exclude each other")));
  EXPECT_THAT(World{}.Problems({"run", "--kubernetes", "--namespace", "Team_A"}),
              ElementsAre(HasSubstr("want the name of a namespace, or all")));
  EXPECT_EQ(World{}.Run({}).kubernetes, std::nullopt);
}

TEST(CommandLine, ALeaseOutlastsACallAndItsRenewalsFitIntoIt) {
  const auto problems = [](std::vector<std::string> more) {
    more.insert(more.begin(), {"run", "--kubernetes"});
    return World{}.Problems(more);
  };
  EXPECT_THAT(problems({}), ElementsAre());
  EXPECT_THAT(problems({"--call-deadline", "44s"}),
              ElementsAre(HasSubstr("--lease-duration must be at least --call-deadline")));
  EXPECT_THAT(problems({"--call-deadline", "44s", "--leader-elect", "no"}), ElementsAre());
  EXPECT_THAT(problems({"--lease-renew-deadline", "45s"}),
              ElementsAre(HasSubstr("must be shorter than --lease-duration")));
  EXPECT_THAT(problems({"--lease-retry", "18s"}), Contains(HasSubstr("at most half")));
  EXPECT_THAT(problems({"--lease-retry", "10ms"}), ElementsAre(HasSubstr("a second or more")));
  EXPECT_THAT(problems({"--sharding", "yes"}), ElementsAre(HasSubstr("want off or domains")));
}

TEST(CommandLine, WrongFlagSuggestsTheRightOneOnce) {
  EXPECT_THAT(World{}.Problems({"run", "--manifest", "m"}),
              ElementsAre("unknown flag --manifest; did you mean --manifests?"));
  EXPECT_THAT(World{}.Problems({"run", "--manifests", "m", "--brake-widnow=1m"}),
              ElementsAre("unknown flag --brake-widnow; did you mean --brake-window?"));
  EXPECT_THAT(World{}.Problems({"run", "--qqqq"}), ElementsAre("unknown flag --qqqq"));
  EXPECT_THAT(World{}.Problems({"validat", "m"}),
              ElementsAre("unknown command validat; did you mean validate?"));
}

TEST(CommandLine, FlagGivenTwiceOrWithoutValueIsAnError) {
  EXPECT_THAT(World{}.Problems({"run", "--manifests", "a", "--manifests", "b"}),
              Contains("--manifests is given twice"));
  EXPECT_THAT(World{}.Problems({"run", "--manifests"}), ElementsAre(HasSubstr("--manifests")));
  EXPECT_THAT(World{}.Problems({"run", "--manifests", "a", "b"}),
              ElementsAre("unexpected argument b"));
}

TEST(CommandLine, UnreadableConfigurationFileIsNamed) {
  EXPECT_THAT(World{}.Problems({"run", "--config", "gone.yaml"}),
              ElementsAre("--config: cannot read gone.yaml: no such file"));
}

TEST(CommandLine, AddressOffSwitchesAServerOff) {
  const Config config = World{}.Run({"--metrics-address", "off", "--health-address", ":1"});
  EXPECT_EQ(config.metrics_address, std::nullopt);
  EXPECT_EQ(config.health_address, (ListenAddress{"", 1}));
}

TEST(CommandLine, SocketFollowsTheStateFileUnlessNamed) {
  EXPECT_EQ(World{}.Run({"--state", "/s/a.db"}).admin_socket, "/s/a.sock");
  EXPECT_EQ(World{}.Run({"--state", "/s/a.db", "--admin-socket", "/t"}).admin_socket, "/t");
  EXPECT_THAT(World{}.Problems({"run", "--manifests", "m", "--state", std::string(120, 's')}),
              ElementsAre(HasSubstr("longer than the 107 bytes")));
}

TEST(CommandLine, EnvironmentAndProxyReachTheConfig) {
  World world;
  world.environment = {{"AWS_REGION", "eu-west-1"}, {"https_proxy", "http://p:1"}, {"TERM", "x"}};
  const Config config = world.Run({});
  EXPECT_THAT(config.environment,
              ElementsAre(Pair("AWS_REGION", "eu-west-1"), Pair("https_proxy", "http://p:1")));
  EXPECT_EQ(config.proxy.https, "http://p:1");
}

TEST(CommandLine, EachCommandIsRecognised) {
  const auto validate = World{}.Parse({"validate", "dir"});
  ASSERT_TRUE(validate);
  EXPECT_EQ(std::get<ValidateManifests>(*validate).directory, "dir");
  EXPECT_THAT(World{}.Problems({"validate"}), ElementsAre(HasSubstr("needs DIR")));
  const auto version = World{}.Parse({"version"});
  ASSERT_TRUE(version);
  EXPECT_TRUE(std::holds_alternative<ShowVersion>(*version));
  EXPECT_THAT(World{}.Problems({}), ElementsAre(HasSubstr("no command given")));
}

TEST(CommandLine, HealthAsksLoopbackWhereTheServerListensEverywhere) {
  const auto health = World{}.Parse({"health", "--health-address", ":9000"});
  ASSERT_TRUE(health);
  EXPECT_EQ(std::get<AskHealth>(*health).address, (ListenAddress{"127.0.0.1", 9000}));
}

TEST(CommandLine, HelpNamesEveryFlagAndFitsEightyColumns) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"--help"}, {"run", "--help"}, {"validate", "-h"}, {"health", "--help"}}) {
    const auto help = World{}.Parse(arguments);
    ASSERT_TRUE(help);
    std::istringstream text(std::get<ShowHelp>(*help).text);
    for (std::string line; std::getline(text, line);) EXPECT_LE(line.size(), 80U) << line;
    if (arguments.front() != "run") continue;
    for (const Flag& flag : RunFlags()) {
      EXPECT_THAT(text.str(), HasSubstr("--" + std::string(flag.name) + " "));
    }
  }
}

TEST(CommandLine, MetricsBeyondLoopbackNeedASecretOrAWord) {
  const World world;
  for (const char* address : {":8080", "0.0.0.0:8080", "[::]:8080", "10.0.0.7:8080"}) {
    const auto problems = world.Problems({"run", "--manifests", "m", "--metrics-address", address});
    ASSERT_EQ(problems.size(), 1u) << address;
    EXPECT_THAT(problems[0], HasSubstr("--metrics-bearer-token-file"));
  }
  for (const char* address : {"127.0.0.1:1", "127.0.0.9:1", "[::1]:1", "localhost:1", "off"}) {
    EXPECT_THAT(world.Problems({"run", "--manifests", "m", "--metrics-address", address}),
                ElementsAre())
        << address;
  }
  EXPECT_EQ(world.Run({"--metrics-address", ":8080", "--metrics-basic-auth-file", "f"})
                .metrics_access.basic_auth_file,
            "f");
  EXPECT_THAT(world.Problems({"run", "--kubernetes", "--metrics-address", ":8080"}), ElementsAre());
  EXPECT_EQ(
      world.Run({"--metrics-address", ":8080", "--metrics-open", "yes"}).metrics_beyond_loopback,
      BeyondLoopback::kOpen);
}

TEST(CommandLine, PageIsOffUntilAskedForAndBeyondLoopbackNeedsTlsAndASecret) {
  EXPECT_EQ(World{}.Run({}).page_address, std::nullopt);
  EXPECT_EQ(World{}.Run({"--page-address", "localhost:8082"}).page_address,
            (ListenAddress{"localhost", 8082}));
  for (const char* address : {":8082", "0.0.0.0:8082", "10.0.0.5:8082", "[::]:8082"}) {
    const std::vector<std::string> asked{"run", "--kubernetes", "--page-address", address};
    const auto with = [&](std::vector<std::string> more) {
      more.insert(more.begin(), asked.begin(), asked.end());
      return World{}.Problems(more);
    };
    const auto refused = ElementsAre(HasSubstr("can be reached from elsewhere: give --page-tls"));
    EXPECT_THAT(with({}), refused) << address;
    EXPECT_THAT(with({"--page-basic-auth-file", "a"}), refused) << "in the clear";
    EXPECT_THAT(with({"--page-tls-cert", "c", "--page-tls-key", "k"}), refused) << "for anybody";
    EXPECT_THAT(
        with({"--page-tls-cert", "c", "--page-tls-key", "k", "--page-basic-auth-file", "a"}),
        ElementsAre());
  }
  EXPECT_THAT(World{}.Problems({"run", "--manifests", "m", "--page-tls-cert", "c",
                                "--page-basic-auth-file", "a", "--page-bearer-token-file", "b"}),
              ElementsAre(HasSubstr("--page-tls-key go together"), HasSubstr("exclude")));
}

TEST(CommandLine, ReadersOfTheSocketAreNumbersOfUsers) {
  EXPECT_EQ(World{}.Run({"--admin-socket-readers", "1001,1002"}).admin.socket_readers,
            (std::vector<std::uint32_t>{1001, 1002}));
  for (const char* wrong : {"ada", "1001,", ",1001", "0", "-1", "1001 "}) {
    EXPECT_THAT(World{}.Problems({"run", "--manifests", "m", "--admin-socket-readers", wrong}),
                ElementsAre(HasSubstr("want numbers of users by commas")))
        << wrong;
  }
}

TEST(CommandLine, MetricsFlagsThatDoNotFitAreNamed) {
  EXPECT_THAT(World{}.Problems({"run", "--manifests", "m", "--metrics-tls-cert", "c",
                                "--metrics-basic-auth-file", "a", "--metrics-bearer-token-file",
                                "b", "--metrics-open", "perhaps"}),
              ElementsAre(HasSubstr("--metrics-open: want yes or no"),
                          HasSubstr("--metrics-tls-key go together"), HasSubstr("exclude")));
}

}  // namespace
}  // namespace instanced
