// Each command of instancectl against a daemon in a cluster: the cases of a folder, on a real API
// server.
#include <gtest/gtest.h>

#include "tests/e2e/ctl_cases.h"
#include "tests/e2e_kube/kube_site.h"

namespace instanced::e2e {
namespace {

class CtlInACluster : public ::testing::Test {
 protected:
  KubeSite site_;
  Declaring place_{site_, site_.space(), [this](const Json& manifest) { site_.Apply(manifest); },
                   [this](const Json& manifest) { site_.Delete(manifest); }};
};

TEST_F(CtlInACluster, Looking) { GetDescribeExplainHistoryBudgetsVersion(place_); }
TEST_F(CtlInACluster, Watching) { GetWatchesUntilItIsStopped(place_); }
TEST_F(CtlInACluster, Steering) { PauseResumeReconcileAreRecordedWithWhoAsked(place_); }
TEST_F(CtlInACluster, Planning) { PlanOfTheDaemonAndOfAFolder(place_); }
TEST_F(CtlInACluster, Leaving) { PlanAndOrphansEndWithTheirCaller(place_); }
TEST_F(CtlInACluster, Moving) { ExportAndAdoptMoveAnInstance(place_); }
TEST_F(CtlInACluster, Braking) {
  site_.LeavesInstances(2);  // released
  BrakesApproveRelease(place_);
}
TEST_F(CtlInACluster, Orphans) {
  site_.LeavesInstances(1);  // whose object was deleted with Retain
  OrphansAreFoundAndLeftAlone(place_);
}
TEST_F(CtlInACluster, Plugins) { PluginsAreToldHoweverTheyStand(place_); }
TEST_F(CtlInACluster, Completing) { CompletionKnowsWhatIsDeclared(place_); }

}  // namespace
}  // namespace instanced::e2e
