// AdminClient: one connection to a daemon's admin socket; failures become sentences that teach.
//
// Threads: one. Ownership: owns its channel.
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/admin/v1/admin.grpc.pb.h"
#include "controller/ctl/command_line.h"

namespace instanced::ctl {

struct CtlError {
  enum class Cause { kUnreachable, kRefused } cause = Cause::kRefused;
  std::string message;
};
template <class T>
using CtlResult = std::expected<T, CtlError>;

class AdminClient final {
 public:
  // Unreachable, with what to do about it, when nobody serves the socket or we may not open it.
  // Whether an address answers shows with the first call.
  static CtlResult<AdminClient> Connect(const Destination& daemon);

  CtlResult<admin::v1::VersionResponse> Version();

  // All pages.
  CtlResult<std::vector<admin::v1::Object>> List(const admin::v1::ObjectSelection& selection);
  CtlResult<admin::v1::GetResponse> Get(const admin::v1::ObjectReference& object);
  // Until the daemon ends it or `sink` answers kStop.
  enum class Going { kOn, kStop };
  CtlResult<void> Watch(const admin::v1::ObjectSelection& selection,
                        const std::function<Going(const admin::v1::WatchResponse&)>& sink);

  CtlResult<admin::v1::AdoptResponse> Adopt(const admin::v1::AdoptRequest& request);
  // All pages as one.
  CtlResult<admin::v1::ExportResponse> Export(const admin::v1::ObjectSelection& selection);

  CtlResult<admin::v1::ExplainResponse> Explain(const admin::v1::ExplainRequest& request);
  CtlResult<admin::v1::BudgetsResponse> Budgets();
  CtlResult<admin::v1::PluginsResponse> Plugins();
  // Waits up to ten minutes.
  CtlResult<admin::v1::OrphansResponse> Orphans(const admin::v1::OrphansRequest& request);
  // Waits up to ten minutes.
  CtlResult<admin::v1::PlanResponse> Plan(const admin::v1::PlanRequest& request);
  CtlResult<admin::v1::HistoryResponse> History(const admin::v1::HistoryRequest& request);
  CtlResult<admin::v1::ReconcileResponse> Reconcile(const admin::v1::ReconcileRequest& request);
  CtlResult<admin::v1::PauseResponse> Pause(const admin::v1::PauseRequest& request);
  CtlResult<admin::v1::ResumeResponse> Resume(const admin::v1::ResumeRequest& request);

  CtlResult<admin::v1::BrakesResponse> Brakes();
  CtlResult<admin::v1::ApproveResponse> Approve(const admin::v1::ApproveRequest& request);
  CtlResult<admin::v1::ReleaseResponse> Release(const admin::v1::ReleaseRequest& request);

 private:
  explicit AdminClient(std::unique_ptr<admin::v1::Admin::Stub> stub) : stub_(std::move(stub)) {}

  std::unique_ptr<admin::v1::Admin::Stub> stub_;
};

}  // namespace instanced::ctl
