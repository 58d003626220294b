// The chart's values: each is documented, known to the schema, and wrong ones are refused by name.
#include <gtest/gtest.h>

#include "controller/config/flags.h"
#include "tests/deploy/rendering.h"

namespace instanced::deploy {
namespace {

const std::string kChart = "deploy/helm/instanced/";

// "image.tag" and so on, down to what the schema does not describe further.
void Collect(const Json& schema, const std::string& path, std::vector<std::string>& paths) {
  if (!schema.contains("properties")) {
    paths.push_back(path);
    return;
  }
  for (const auto& [name, inner] : schema.at("properties").items()) {
    Collect(inner, path + "/" + name, paths);
  }
}

TEST(ChartValues, EveryOneOfTheSchemaIsInTheFileWithADefault) {
  const auto schema = Json::parse(RepositoryFile(kChart + "values.schema.json"));
  const Json values = ReadObjects(RepositoryFile(kChart + "values.yaml")).at(0);
  std::vector<std::string> paths;
  Collect(schema, "", paths);

  ASSERT_GT(paths.size(), 30u);
  for (const auto& path : paths) {
    if (path == "/global") continue;  // Helm's own
    EXPECT_TRUE(values.contains(Json::json_pointer(path))) << path;
  }
}

struct Wrong {
  std::string values, named;
};
const Wrong kWrong[]{
    {"replicaCount: 1\n", "replicaCount"},
    {"replicas: many\n", "replicas"},
    {"scope: All\n", "scope"},
    {"image: {digest: abc}\n", "digest"},
    {"drainSeconds: 0\n", "drainSeconds"},
    {"ownerId: has space\n", "ownerId"},
    {"flags: {manifests: /x}\n", "flags"},
    {"flags: {drain-timeout: 1s}\n", "flags"},
    {"flags: {Poll: 1s}\n", "flags"},
    {"credentialSecrets: [aws]\n", "credentialSecrets"},
    {"credentialSecrets: [{namespace: a}]\n", "names"},
    {"monitor: {kind: Service}\n", "monitor"},
    {"networkPolicy: {egressPorts: [0]}\n", "egressPorts"},
    {"podDisruptionBudget: {maxUnavailable: half}\n", "maxUnavailable"},
};

TEST(ChartValues, WrongOnesAreRefusedByName) {
  for (const auto engine : {Engine::kOwn, Engine::kHelm}) {
    if (!Has(engine)) continue;
    for (const auto& [values, named] : kWrong) {
      const auto said = RenderChart(engine, values, "a");
      EXPECT_FALSE(said.good) << values;
      EXPECT_NE(said.text.find(named), std::string::npos) << said.text;
    }
  }
}

// The chart cannot set a flag twice, nor one that does not exist.
TEST(ChartValues, FlagsOfTheContainerAreFlagsOfTheProgram) {
  if (!Has(Engine::kOwn)) GTEST_SKIP() << "no Go or sprig to render the chart";
  const auto said = RenderChart(Engine::kOwn,
                                "scope: Namespace\nownerId: o\nsharding: {enabled: true}\nflags: "
                                "{poll-stable: 5m, log-level: debug}\n",
                                "a");
  ASSERT_TRUE(said.good) << said.text;
  const auto arguments = Arguments(ReadObjects(said.text));

  std::set<std::string> seen;
  ASSERT_EQ(arguments.at(0), "run");
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const auto name = arguments[i].substr(2, arguments[i].find('=') - 2);
    EXPECT_TRUE(seen.insert(name).second) << name << " twice";
    EXPECT_TRUE(std::ranges::any_of(RunFlags(), [&](const Flag& flag) {
      return flag.name == name;
    })) << name;
  }
  EXPECT_TRUE(seen.contains("poll-stable"));
}

}  // namespace
}  // namespace instanced::deploy
