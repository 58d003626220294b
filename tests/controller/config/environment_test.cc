#include "controller/config/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace instanced {
namespace {

using ::testing::Key;
using ::testing::UnorderedElementsAre;

TEST(Environment, ProvidersSeeOnlyTheirVariables) {
  EXPECT_THAT(ProviderVariables({{"AWS_REGION", "a"},
                                 {"ALIBABA_CLOUD_ACCESS_KEY_ID", "b"},
                                 {"NO_PROXY", "c"},
                                 {"HOME", "/h"},
                                 {"GITHUB_TOKEN", "t"},
                                 {"MYAWS_X", "x"}}),
              UnorderedElementsAre(Key("AWS_REGION"), Key("ALIBABA_CLOUD_ACCESS_KEY_ID"),
                                   Key("NO_PROXY"), Key("HOME")));
}

TEST(Environment, LowerCaseProxyWinsAndAllProxyFillsIn) {
  const ProxyVariables proxy = ReadProxySettings(
      {{"http_proxy", "low"}, {"HTTP_PROXY", "up"}, {"ALL_PROXY", "all"}, {"no_proxy", "a,b"}});
  EXPECT_EQ(proxy, (ProxyVariables{"low", "all", "a,b"}));
}

TEST(Environment, ClientChosenProxyHeaderIsNotTrusted) {
  EXPECT_EQ(ReadProxySettings({{"HTTP_PROXY", "evil"}, {"REQUEST_METHOD", "GET"}}).http, "");
}

TEST(Environment, ReadsTheProcess) {
  ASSERT_EQ(setenv("INSTANCED_ENVIRONMENT_TEST", "a=b", 1), 0);  // NOLINT(concurrency-mt-unsafe)
  EXPECT_EQ(ReadEnvironment().at("INSTANCED_ENVIRONMENT_TEST"), "a=b");
}

}  // namespace
}  // namespace instanced
