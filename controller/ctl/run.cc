#include "controller/ctl/run.h"

#include <algorithm>
#include <ostream>
#include <vector>

#include "controller/clock/duration.h"
#include "controller/config/version.h"
#include "controller/ctl/admin_client.h"
#include "controller/ctl/command_line.h"
#include "controller/ctl/completion.h"
#include "controller/ctl/help.h"
#include "controller/ctl/manifests.h"
#include "controller/ctl/manual.h"
#include "controller/ctl/output.h"
#include "controller/ctl/plan_input.h"
#include "controller/ctl/show_history.h"
#include "controller/ctl/show_insight.h"
#include "controller/ctl/show_objects.h"
#include "controller/ctl/show_plan.h"
#include "controller/ctl/show_plugins.h"
#include "controller/ctl/times.h"

namespace instanced::ctl {
namespace {

using Going = AdminClient::Going;

// One command on its way: what was asked, whom, and where the answer goes.
struct Errand {
  const Request& request;
  Surroundings& surroundings;
  AdminClient client;
};

// The text for an answer, or the error in its place.
template <class Answer, class ShowAnswer>
CtlResult<std::string> Shown(const CtlResult<Answer>& answer, ShowAnswer show) {
  if (!answer) return std::unexpected(answer.error());
  return show(*answer);
}

ObjectView ViewOf(const Errand& errand) {
  return {.format = errand.request.format,
          .namespaces = errand.request.target.namespace_.empty() ? NamespaceColumn::kShow
                                                                 : NamespaceColumn::kLeaveOut,
          .width = errand.surroundings.width,
          .colours = errand.surroundings.colours,
          .now = errand.surroundings.clock.WallNow()};
}

admin::v1::ObjectSelection SelectionOf(const Target& target) {
  admin::v1::ObjectSelection selection;
  selection.set_kind(target.kind);
  selection.set_namespace_(target.namespace_);
  selection.set_name(target.name);
  selection.set_label_selector(target.selector);
  return selection;
}

admin::v1::ObjectReference ReferenceOf(const Target& target) {
  admin::v1::ObjectReference reference;
  reference.set_kind(target.kind);
  reference.set_namespace_(target.namespace_);
  reference.set_name(target.name);
  return reference;
}

CtlResult<std::string> WatchObjects(Errand& errand) {
  ChangePrinter printer(ViewOf(errand));
  std::ostream& output = errand.surroundings.output;
  const auto watched = errand.client.Watch(
      SelectionOf(errand.request.target), [&](const admin::v1::WatchResponse& change) {
        output << printer.Add(change, errand.surroundings.clock.WallNow()) << std::flush;
        return output.good() ? Going::kOn : Going::kStop;
      });
  if (!watched) return std::unexpected(watched.error());
  return "";
}

CtlResult<std::string> GetObjects(Errand& errand) {
  const Target& target = errand.request.target;
  if (errand.request.follow == Request::Follow::kWatch) return WatchObjects(errand);
  const auto objects = errand.client.List(SelectionOf(target));
  if (!objects) return std::unexpected(objects.error());
  const ObjectView view = ViewOf(errand);
  if (!objects->empty() || (IsForPrograms(view.format) && target.name.empty())) {
    const bool one = !target.name.empty() && !target.kind.empty();
    return ShowObjects(*objects, one ? Wanted::kOne : Wanted::kSeveral, view);
  }
  if (!target.name.empty()) {
    // Asked again by its full name, for the daemon's own words about what is missing.
    return Shown(errand.client.Get(ReferenceOf(target)), [&](const auto& answer) {
      return ShowObjects({answer.object()}, Wanted::kOne, view);
    });
  }
  errand.surroundings.diagnostics << "Nothing is declared here"
                                  << (target.namespace_.empty() ? "" : "; -A looks everywhere")
                                  << ".\n";
  return "";
}

CtlResult<std::string> DescribeObject(Errand& errand) {
  return Shown(errand.client.Get(ReferenceOf(errand.request.target)), [&](const auto& answer) {
    if (IsForPrograms(errand.request.format)) {
      return ShowObjects({answer.object()}, Wanted::kOne, ViewOf(errand));
    }
    return Describe(answer.object(), ViewOf(errand));
  });
}

CtlResult<std::string> ShowHistoryOf(Errand& errand) {
  const Request& request = errand.request;
  admin::v1::HistoryRequest message;
  if (!request.target.name.empty()) *message.mutable_object() = ReferenceOf(request.target);
  if (!request.since.empty()) {
    const auto age = ParseDuration(request.since);
    const auto time = age ? errand.surroundings.clock.WallNow() -
                                std::chrono::floor<std::chrono::milliseconds>(*age)
                          : ParseRfc3339(request.since).value_or(WallTime());
    SetTime(*message.mutable_since(), time);
  }
  message.set_limit(request.limit);
  const auto objects = request.target.name.empty() ? ObjectColumn::kShow : ObjectColumn::kLeaveOut;
  return Shown(errand.client.History(message),
               [&](const auto& answer) { return ShowHistory(answer, objects, ViewOf(errand)); });
}

template <class Message>
Message SteeringOf(const Errand& errand) {
  Message message;
  *message.mutable_object() = ReferenceOf(errand.request.target);
  message.set_requested_by(errand.surroundings.user);
  return message;
}

CtlResult<std::string> Steer(Errand& errand) {
  const auto say = [&](const char* what) {
    return [&errand, what](const auto& answer) {
      if (IsForPrograms(errand.request.format)) {
        return ShowObjects({answer.object()}, Wanted::kOne, ViewOf(errand));
      }
      return NameOf(answer.object().object()) + " " + what + "\n";
    };
  };
  switch (errand.request.verb) {
    case Verb::kReconcile:
      return Shown(errand.client.Reconcile(SteeringOf<admin::v1::ReconcileRequest>(errand)),
                   say("is looked at now."));
    case Verb::kPause:
      return Shown(errand.client.Pause(SteeringOf<admin::v1::PauseRequest>(errand)),
                   say("is paused; instancectl resume ends it."));
    default:
      return Shown(errand.client.Resume(SteeringOf<admin::v1::ResumeRequest>(errand)),
                   say("goes on."));
  }
}

CtlResult<std::string> ExplainObject(Errand& errand) {
  admin::v1::ExplainRequest message;
  *message.mutable_object() = ReferenceOf(errand.request.target);
  return Shown(errand.client.Explain(message),
               [&](const auto& answer) { return ShowExplanation(answer, ViewOf(errand)); });
}

CtlResult<std::string> FindOrphans(Errand& errand) {
  admin::v1::OrphansRequest message;
  message.set_kind(errand.request.target.kind);
  message.set_namespace_(errand.request.target.namespace_);
  return Shown(errand.client.Orphans(message),
               [&](const auto& answer) { return ShowOrphans(answer, ViewOf(errand)); });
}

CtlResult<std::string> Adopt(Errand& errand) {
  admin::v1::AdoptRequest message;
  *message.mutable_object() = ReferenceOf(errand.request.target);
  message.set_external_name(errand.request.operand);
  return Shown(errand.client.Adopt(message),
               [&](const auto& answer) { return ShowAdoption(answer, errand.request.format); });
}

CtlResult<std::string> Export(Errand& errand) {
  const auto exported = errand.client.Export(SelectionOf(errand.request.target));
  if (!exported) return std::unexpected(exported.error());
  for (const auto& object : exported->left_out()) {
    errand.surroundings.diagnostics << "instancectl: " << NameOf(object)
                                    << " is being deleted and left out\n";
  }
  return ShowManifests(*exported, errand.request.format);
}

template <class Message>
Message AnswerTo(const Errand& errand) {
  Message message;
  message.set_brake_id(errand.request.operand);
  message.set_requested_by(errand.surroundings.user);
  return message;
}

CtlResult<std::string> Perform(Errand& errand) {
  const Format format = errand.request.format;
  const auto show = [format](const auto& answer) { return Show(answer, format); };
  switch (errand.request.verb) {
    case Verb::kGet:
      return GetObjects(errand);
    case Verb::kDescribe:
      return DescribeObject(errand);
    case Verb::kExplain:
      return ExplainObject(errand);
    case Verb::kBudgets:
      return Shown(errand.client.Budgets(),
                   [&](const auto& answer) { return ShowBudgets(answer, ViewOf(errand)); });
    case Verb::kPlugins:
      return Shown(errand.client.Plugins(),
                   [&](const auto& answer) { return ShowPlugins(answer, ViewOf(errand)); });
    case Verb::kOrphans:
      return FindOrphans(errand);
    case Verb::kHistory:
      return ShowHistoryOf(errand);
    case Verb::kReconcile:
    case Verb::kPause:
    case Verb::kResume:
      return Steer(errand);
    case Verb::kAdopt:
      return Adopt(errand);
    case Verb::kExport:
      return Export(errand);
    case Verb::kBrakes:
      return Shown(errand.client.Brakes(), [&](const auto& answer) {
        return Show(answer, format, errand.surroundings.width, errand.surroundings.colours);
      });
    case Verb::kApprove:
      return Shown(errand.client.Approve(AnswerTo<admin::v1::ApproveRequest>(errand)), show);
    case Verb::kRelease:
      return Shown(errand.client.Release(AnswerTo<admin::v1::ReleaseRequest>(errand)), show);
    case Verb::kVersion:
      return Shown(errand.client.Version(), show);
    case Verb::kPlan:
    case Verb::kCompletion:
    case Verb::kHelp:
      break;
  }
  return HelpText();
}

ObjectView ViewOf(const Request& request, const Surroundings& surroundings) {
  return {.format = request.format,
          .width = surroundings.width,
          .colours = surroundings.colours,
          .now = surroundings.clock.WallNow()};
}

CtlResult<admin::v1::PlanResponse> MakePlan(const Request& request, const Surroundings& around) {
  const auto input = ReadPlanRequest(request.operand);
  if (!input) return std::unexpected(input.error());
  if (request.scope == Request::Scope::kOffline) {
    return PlanOffline(*input, request.state, around.clock);
  }
  auto client = AdminClient::Connect(request.daemon);
  if (!client) return std::unexpected(client.error());
  return client->Plan(*input);
}

// With its own exit codes.
CtlResult<ExitCode> Plan(const Request& request, Surroundings& surroundings) {
  const auto plan = MakePlan(request, surroundings);
  if (!plan) return std::unexpected(plan.error());
  const bool missing = plan->directory() == "Vanished";
  if (missing && plan->objects().empty()) {
    return std::unexpected(
        CtlError{CtlError::Cause::kRefused, "there is no directory " + request.operand});
  }
  surroundings.output << ShowPlan(*plan, ViewOf(request, surroundings));
  return ExitCodeOf(*plan);
}

CtlResult<std::string> Perform(const Request& request, Surroundings& surroundings) {
  if (request.verb == Verb::kHelp) {
    const auto command = std::ranges::find(Commands(), request.operand, &Command::word);
    return command == Commands().end() ? HelpText() : HelpText(*command);
  }
  if (request.verb == Verb::kCompletion) return CompletionScript(request.operand);
  auto client = AdminClient::Connect(request.daemon);
  if (!client) return std::unexpected(client.error());
  Errand errand{request, surroundings, std::move(*client)};
  return Perform(errand);
}

}  // namespace

Colours ColoursFor(std::size_t width, const std::map<std::string, std::string>& environment) {
  const auto variable = [&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
  };
  const bool wanted = width > 0 && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
  return wanted ? Colours::kOn : Colours::kOff;
}

ExitCode Run(std::span<const std::string> arguments, Surroundings& surroundings) {
  if (!arguments.empty() && arguments.front() == kCompleteWord) {
    for (const auto& candidate : Complete(arguments.subspan(1), surroundings.environment)) {
      surroundings.output << candidate << "\n";
    }
    return ExitCode::kDone;
  }
  if (!arguments.empty() && arguments.front() == "__manual") {
    surroundings.output << ManualPage();
    return ExitCode::kDone;
  }
  const auto request = ParseRequest(arguments, surroundings.environment);
  if (!request) {
    for (const std::string& problem : request.error()) {
      surroundings.diagnostics << "instancectl: " << problem << "\n";
    }
    return ExitCode::kFailed;
  }
  CtlError failure;
  if (request->verb == Verb::kPlan) {
    const auto planned = Plan(*request, surroundings);
    if (planned) return *planned;
    failure = planned.error();
  } else {
    const auto shown = Perform(*request, surroundings);
    if (shown) {
      surroundings.output << *shown;
      return ExitCode::kDone;
    }
    failure = shown.error();
  }
  surroundings.diagnostics << "instancectl: " << failure.message << "\n";
  if (request->verb == Verb::kVersion) {
    surroundings.diagnostics << "This instancectl is version " << ProgramVersion() << ".\n";
  }
  return failure.cause == CtlError::Cause::kUnreachable ? ExitCode::kUnreachable
                                                        : ExitCode::kFailed;
}

}  // namespace instanced::ctl
