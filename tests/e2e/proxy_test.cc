// The proxy environment, end to end: a real proxy between the daemon and the simulated clouds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/e2e/local_proxy.h"
#include "tests/e2e/site.h"

namespace instanced::e2e {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ProxyTest : public testing::Test {
 protected:
  ProxyTest() : proxy_(PortOf(site_.url())) {
    for (int kind = 0; kind < 4; ++kind) {
      manifests_.push_back(ManifestOf(kind, "object" + std::to_string(kind)));
      site_.manifests().Write(manifests_.back());
    }
  }
  static std::uint16_t PortOf(const std::string& url) {
    return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  }
  // Names that only the proxy can lead anywhere.
  Json ConfigAt(const std::string& scheme) const {
    Json config = ProviderConfigManifest("default", "", AwsOne(), AlibabaOne());
    for (const char* cloud : {"aws", "alibaba"}) {
      for (auto& [service, url] : config["spec"][cloud]["endpoints"].items()) {
        url = scheme + "://" + service + "." + cloud + ".test";
      }
    }
    return config;
  }

  Site site_;
  LocalProxy proxy_;
  std::vector<Json> manifests_;
};

TEST_F(ProxyTest, EveryCallOverHttpGoesThroughIt) {
  site_.environment()["HTTP_PROXY"] = proxy_.url();
  site_.manifests().Write(ConfigAt("http"));
  site_.StartDaemon();
  ExpectSettled(site_, manifests_);
  EXPECT_THAT(proxy_.origins(),
              ElementsAre("http://ccc.alibaba.test", "http://connect.aws.test",
                          "http://outboundbot.alibaba.test", "http://scn.aws.test",
                          "http://sts.alibaba.test", "http://sts.aws.test"));
  EXPECT_GE(static_cast<std::int64_t>(proxy_.requests()), site_.LastCall());
  EXPECT_THAT(site_.Log(), Not(HasSubstr("me:pass")));
  EXPECT_THAT(site_.Log(), Not(HasSubstr("bWU6cGFzcw")));
}

TEST_F(ProxyTest, EveryCallOverTlsGoesThroughATunnelAndIsVerifiedAtItsEnd) {
  std::ofstream(site_.folder() / "ca.pem") << proxy_.ca_pem();
  site_.environment()["HTTPS_PROXY"] = proxy_.url();
  site_.environment()["SSL_CERT_FILE"] = (site_.folder() / "ca.pem").string();
  site_.manifests().Write(ConfigAt("https"));
  site_.StartDaemon();
  ExpectSettled(site_, manifests_);
  EXPECT_THAT(proxy_.origins(),
              ElementsAre("https://ccc.alibaba.test", "https://connect.aws.test",
                          "https://outboundbot.alibaba.test", "https://scn.aws.test",
                          "https://sts.alibaba.test", "https://sts.aws.test"));
}

TEST_F(ProxyTest, TunnelToWhomNobodyTrustsCarriesNoRequest) {
  site_.environment()["HTTPS_PROXY"] = proxy_.url();
  site_.manifests().Write(ConfigAt("https"));
  site_.StartDaemon();
  ASSERT_EQ(WaitUntil([&] { return site_.Log().find("Tls") != std::string::npos; }, 20),
            Waited::kReached);
  LetPass(0.5);
  EXPECT_EQ(proxy_.requests(), 0u);
  EXPECT_EQ(site_.LastCall(), 0);
}

// 0.0.0.0 leads to this machine and is not loopback, so that only NO_PROXY keeps it from the proxy.
TEST_F(ProxyTest, WhatNoProxyNamesIsReachedDirectly) {
  Json config = ConfigAt("http");
  const auto direct = "http://0.0.0.0:" + std::to_string(PortOf(site_.url()));
  config["spec"]["aws"]["endpoints"] = {{"connect", direct}, {"scn", direct}, {"sts", direct}};
  site_.environment()["http_proxy"] = proxy_.url();
  site_.environment()["no_proxy"] = "somewhere.test, 0.0.0.0";
  site_.manifests().Write(config);
  site_.StartDaemon();
  ExpectSettled(site_, manifests_);
  EXPECT_THAT(proxy_.origins(),
              ElementsAre("http://ccc.alibaba.test", "http://outboundbot.alibaba.test",
                          "http://sts.alibaba.test"));
  ASSERT_TRUE(site_.StopDaemon());
  site_.environment().erase("no_proxy");
  site_.StartDaemon();
  EXPECT_EQ(WaitUntil([&] { return proxy_.origins().contains(direct); }, 20), Waited::kReached);
}

}  // namespace
}  // namespace instanced::e2e
