#include "controller/ctl/run.h"

#include <ostream>

#include "controller/config/version.h"
#include "controller/ctl/admin_client.h"
#include "controller/ctl/command_line.h"
#include "controller/ctl/output.h"

namespace instanced::ctl {
namespace {

// The text for an answer, or the error in its place.
template <class Answer, class ShowAnswer>
CtlResult<std::string> Shown(const CtlResult<Answer>& answer, ShowAnswer show) {
  if (!answer) return std::unexpected(answer.error());
  return show(*answer);
}

CtlResult<std::string> Perform(const Request& request, const Surroundings& surroundings) {
  auto client = AdminClient::Connect(request.socket);
  if (!client) return std::unexpected(client.error());
  const auto show = [&request](const auto& answer) { return Show(answer, request.format); };
  switch (request.verb) {
    case Verb::kBrakes:
      return Shown(client->Brakes(), [&](const admin::v1::BrakesResponse& answer) {
        return Show(answer, request.format, surroundings.width);
      });
    case Verb::kApprove: {
      admin::v1::ApproveRequest message;
      message.set_brake_id(request.brake_id);
      message.set_requested_by(surroundings.user);
      return Shown(client->Approve(message), show);
    }
    case Verb::kRelease: {
      admin::v1::ReleaseRequest message;
      message.set_brake_id(request.brake_id);
      message.set_requested_by(surroundings.user);
      return Shown(client->Release(message), show);
    }
    case Verb::kVersion:
      return Shown(client->Version(), show);
    case Verb::kHelp:
      break;
  }
  return HelpText();
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
  if (request->verb == Verb::kHelp) {
    surroundings.output << HelpText();
    return ExitCode::kDone;
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
