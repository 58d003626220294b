// What each command of instancectl does against a running daemon, wherever its objects are
// declared: the cases of ctl_e2e_test (a folder) and of kube_ctl_test (a real API server).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/e2e/site.h"

namespace instanced::e2e {

// A site and how objects get into it and out of it.
struct Declaring {
  Site& site;
  std::string space;
  std::function<void(const Json&)> declare;
  std::function<void(const Json&)> remove;

  Json Here(Json manifest) const {
    manifest["metadata"]["namespace"] = space;
    return manifest;
  }
  // Fails the test when it ends otherwise; answers what it wrote.
  std::string Ctl(std::vector<std::string> arguments, int exit_code = 0) const;
  Json CtlJson(std::vector<std::string> arguments) const;
};

// Each starts the daemon itself and leaves it running.
void GetDescribeExplainHistoryBudgetsVersion(const Declaring& place);
void GetWatchesUntilItIsStopped(const Declaring& place);
void PauseResumeReconcileAreRecordedWithWhoAsked(const Declaring& place);
void PlanOfTheDaemonAndOfAFolder(const Declaring& place);
void PlanAndOrphansEndWithTheirCaller(const Declaring& place);
void ExportAndAdoptMoveAnInstance(const Declaring& place);
void BrakesApproveRelease(const Declaring& place);
void OrphansAreFoundAndLeftAlone(const Declaring& place);
void PluginsAreToldHoweverTheyStand(const Declaring& place);
void CompletionKnowsWhatIsDeclared(const Declaring& place);

}  // namespace instanced::e2e
