// The main job as an operator: declared with kubectl, made true in the clouds, told in status.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e_kube/kube_site.h"

namespace instanced::e2e {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<Json> OneOfEach(const KubeSite& site) {
  return site.HereAll({ConnectManifest("desk"), SupplyChainManifest("stock"),
                       CallCenterManifest("calls"), OutboundBotManifest("robot")});
}

Waited Gone(const KubeSite& site, const Json& manifest) {
  return WaitUntil([&] { return site.Get(manifest).is_null(); }, 20);
}

TEST(Operator, AppliedInstancesAreMadeOnceUpdatedAndDeleted) {
  KubeSite site;
  auto manifests = OneOfEach(site);
  site.ApplyAll(manifests);
  site.StartDaemon();
  ExpectSettled(site, manifests);
  for (const char* condition : {"Ready", "Synced"}) {
    site.Must({"wait", KubeSite::kKinds, "--all", "-n", site.space(), "--timeout=10s",
               std::string("--for=condition=") + condition});
  }
  EXPECT_THAT(site.Effects(),
              UnorderedElementsAre("connect:CreateInstance", "scn:CreateInstance",
                                   "ccc:CreateInstance", "outboundbot:CreateInstance"));
  manifests[0]["spec"]["forProvider"]["outboundCallsEnabled"] = true;
  manifests[1]["spec"]["forProvider"]["instanceDescription"] = "second words";
  site.ApplyAll(manifests);
  ExpectSettled(site, manifests);
  EXPECT_EQ(site.CountEffects("created"), 4u);

  site.Delete(manifests[3]);
  EXPECT_EQ(Gone(site, manifests[3]), Waited::kReached);
  manifests.pop_back();
  ExpectSettled(site, manifests);
  EXPECT_EQ(site.CountEffects("deleted"), 1u);
}

}  // namespace
}  // namespace instanced::e2e
