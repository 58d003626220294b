#include "controller/ctl/run.h"

#include <algorithm>
#include <ostream>
#include <vector>

#include "controller/config/version.h"
#include "controller/ctl/admin_client.h"
#include "controller/ctl/command_line.h"
#include "controller/ctl/help.h"
#include "controller/ctl/output.h"
#include "controller/ctl/show_objects.h"

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
    case Verb::kBrakes:
      return Shown(errand.client.Brakes(), [&](const auto& answer) {
        return Show(answer, format, errand.surroundings.width);
      });
    case Verb::kApprove:
      return Shown(errand.client.Approve(AnswerTo<admin::v1::ApproveRequest>(errand)), show);
    case Verb::kRelease:
      return Shown(errand.client.Release(AnswerTo<admin::v1::ReleaseRequest>(errand)), show);
    case Verb::kVersion:
      return Shown(errand.client.Version(), show);
    case Verb::kHelp:
      break;
  }
  return HelpText();
}

CtlResult<std::string> Perform(const Request& request, Surroundings& surroundings) {
  if (request.verb == Verb::kHelp) {
    const auto command = std::ranges::find(Commands(), request.operand, &Command::word);
    return command == Commands().end() ? HelpText() : HelpText(*command);
  }
  auto client = AdminClient::Connect(request.socket);
  if (!client) return std::unexpected(client.error());
  Errand errand{request, surroundings, std::move(*client)};
  return Perform(errand);
}

}  // namespace

ExitCode Run(std::span<const std::string> arguments, Surroundings& surroundings) {
  const auto request = ParseRequest(arguments, surroundings.environment);
  if (!request) {
    for (const std::string& problem : request.error()) {
      surroundings.diagnostics << "instancectl: " << problem << "\n";
    }
    return ExitCode::kFailed;
  }
  const auto shown = Perform(*request, surroundings);
  if (shown) {
    surroundings.output << *shown;
    return ExitCode::kDone;
  }
  surroundings.diagnostics << "instancectl: " << shown.error().message << "\n";
  if (request->verb == Verb::kVersion) {
    surroundings.diagnostics << "This instancectl is version " << ProgramVersion() << ".\n";
  }
  return shown.error().cause == CtlError::Cause::kUnreachable ? ExitCode::kUnreachable
                                                              : ExitCode::kFailed;
}

}  // namespace instanced::ctl
