#include "controller/ctl/admin_client.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <grpcpp/create_channel_posix.h>
#include <grpcpp/grpcpp.h>

namespace instanced::ctl {
namespace {

constexpr std::int64_t kCallSeconds = 10;

std::unexpected<CtlError> Unreachable(const std::filesystem::path& socket, int cause) {
  std::string message = "no daemon answers on " + socket.string() + ": ";
  switch (cause) {
    case ENOENT:
      message +=
          "there is no such socket.\n"
          "Start one with: instanced run --manifests DIR\n"
          "One that runs elsewhere is named by --socket FILE or INSTANCED_ADMIN_SOCKET; by\n"
          "default its socket stands next to its state file (instanced.db: instanced.sock).";
      break;
    case ECONNREFUSED:
      message +=
          "the daemon that made this socket is gone.\n"
          "Start it again with: instanced run --manifests DIR";
      break;
    case EACCES:
    case EPERM:
      message +=
          "permission denied.\n"
          "Only the daemon's own user and root may steer it; try sudo.";
      break;
    default:
      message += std::generic_category().message(cause);
  }
  return std::unexpected(CtlError{CtlError::Cause::kUnreachable, std::move(message)});
}

// A connected descriptor, or errno.
std::expected<int, int> ConnectTo(const std::filesystem::path& socket_path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& text = socket_path.native();
  if (text.size() >= sizeof(address.sun_path)) return std::unexpected(ENAMETOOLONG);
  std::memcpy(address.sun_path, text.data(), text.size());
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return std::unexpected(errno);
  if (connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      fcntl(descriptor, F_SETFL, O_NONBLOCK) != 0) {
    const int cause = errno;
    close(descriptor);
    return std::unexpected(cause);
  }
  return descriptor;
}

template <class Response, class Call, class RequestMessage>
CtlResult<Response> Ask(admin::v1::Admin::Stub& stub, Call call, const RequestMessage& request) {
  grpc::ClientContext context;
  context.set_deadline(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                                    gpr_time_from_seconds(kCallSeconds, GPR_TIMESPAN)));
  Response response;
  const grpc::Status status = (stub.*call)(&context, request, &response);
  if (status.ok()) return response;
  switch (status.error_code()) {
    case grpc::StatusCode::NOT_FOUND:
      return std::unexpected(
          CtlError{CtlError::Cause::kRefused,
                   status.error_message() + "\ninstancectl brakes lists what is held."});
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return std::unexpected(
          CtlError{CtlError::Cause::kUnreachable, "the daemon did not answer within 10 seconds"});
    case grpc::StatusCode::UNIMPLEMENTED:
      return std::unexpected(
          CtlError{CtlError::Cause::kRefused,
                   "the daemon does not know this command: it is older than this instancectl"});
    case grpc::StatusCode::UNAVAILABLE:
      return std::unexpected(CtlError{CtlError::Cause::kUnreachable,
                                      "the daemon cannot do it now: " + status.error_message()});
    default:
      return std::unexpected(CtlError{CtlError::Cause::kRefused, status.error_message()});
  }
}

}  // namespace

CtlResult<AdminClient> AdminClient::Connect(const std::filesystem::path& socket) {
  const auto descriptor = ConnectTo(socket);
  if (!descriptor) return Unreachable(socket, descriptor.error());
  return AdminClient(
      admin::v1::Admin::NewStub(grpc::CreateInsecureChannelFromFd("instanced", *descriptor)));
}

CtlResult<admin::v1::VersionResponse> AdminClient::Version() {
  return Ask<admin::v1::VersionResponse>(*stub_, &admin::v1::Admin::Stub::Version,
                                         admin::v1::VersionRequest());
}

CtlResult<admin::v1::BrakesResponse> AdminClient::Brakes() {
  return Ask<admin::v1::BrakesResponse>(*stub_, &admin::v1::Admin::Stub::Brakes,
                                        admin::v1::BrakesRequest());
}

CtlResult<admin::v1::ApproveResponse> AdminClient::Approve(
    const admin::v1::ApproveRequest& request) {
  return Ask<admin::v1::ApproveResponse>(*stub_, &admin::v1::Admin::Stub::Approve, request);
}

CtlResult<admin::v1::ReleaseResponse> AdminClient::Release(
    const admin::v1::ReleaseRequest& request) {
  return Ask<admin::v1::ReleaseResponse>(*stub_, &admin::v1::Admin::Stub::Release, request);
}

}  // namespace instanced::ctl
