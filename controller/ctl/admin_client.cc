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

#include <grpcpp/grpcpp.h>

#include "controller/config/command_line.h"

namespace instanced::ctl {
namespace {

constexpr std::int64_t kCallSeconds = 10;
constexpr std::int64_t kSweepSeconds = 600;

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

CtlError ErrorFrom(const grpc::Status& status, const std::string& not_found_hint) {
  const auto refused = [](std::string message) {
    return CtlError{CtlError::Cause::kRefused, std::move(message)};
  };
  const auto unreachable = [](std::string message) {
    return CtlError{CtlError::Cause::kUnreachable, std::move(message)};
  };
  switch (status.error_code()) {
    case grpc::StatusCode::NOT_FOUND:
      return refused(status.error_message() + "\n" + not_found_hint);
    case grpc::StatusCode::ABORTED:
      return refused(status.error_message() + "\nIt changed meanwhile; try again.");
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return unreachable("the daemon did not answer in time");
    case grpc::StatusCode::UNIMPLEMENTED:
      return refused("the daemon does not know this command: it is older than this instancectl");
    case grpc::StatusCode::UNAVAILABLE:
      return unreachable("the daemon cannot do it now: " + status.error_message());
    default:
      return refused(status.error_message());
  }
}

template <class Response, class Call, class RequestMessage>
CtlResult<Response> Ask(admin::v1::Admin::Stub& stub, Call call, const RequestMessage& request,
                        const std::string& not_found_hint, std::int64_t seconds = kCallSeconds) {
  grpc::ClientContext context;
  context.set_deadline(
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_seconds(seconds, GPR_TIMESPAN)));
  Response response;
  const grpc::Status status = (stub.*call)(&context, request, &response);
  if (!status.ok()) return std::unexpected(ErrorFrom(status, not_found_hint));
  return response;
}

CtlResult<std::string> Pem(const std::filesystem::path& path, std::string_view flag) {
  auto text = ReadSmallFile(path.string());
  if (text) return std::move(*text);
  return std::unexpected(
      CtlError{CtlError::Cause::kRefused,
               "cannot read --" + std::string(flag) + " " + path.string() + ": " + text.error()});
}

CtlResult<std::shared_ptr<grpc::ChannelCredentials>> TlsCredentials(const Destination& daemon) {
  auto ca = Pem(daemon.ca, "ca");
  auto cert = Pem(daemon.cert, "cert");
  auto key = Pem(daemon.key, "key");
  for (const auto* part : {&ca, &cert, &key}) {
    if (!*part) return std::unexpected(part->error());
  }
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = std::move(*ca);
  options.pem_cert_chain = std::move(*cert);
  options.pem_private_key = std::move(*key);
  return grpc::SslCredentials(options);
}

constexpr const char* kBrakeHint = "instancectl brakes lists what is held.";
constexpr const char* kObjectHint = "instancectl get -A lists what is declared.";
constexpr int kLargestAnswerBytes = 256 * 1024 * 1024;

}  // namespace

CtlResult<AdminClient> AdminClient::Connect(const Destination& daemon) {
  grpc::ChannelArguments options;
  options.SetMaxReceiveMessageSize(kLargestAnswerBytes);
  if (!daemon.address.empty()) {
    const auto credentials = TlsCredentials(daemon);
    if (!credentials) return std::unexpected(credentials.error());
    return AdminClient(admin::v1::Admin::NewStub(
        grpc::CreateCustomChannel(daemon.address, *credentials, options)));
  }
  const auto descriptor = ConnectTo(daemon.socket);
  if (!descriptor) return Unreachable(daemon.socket, descriptor.error());
  // Connected only so that a failure has a cause with a name. A channel over this very descriptor
  // stalls on answers of some hundred kilobytes until its deadline (gRPC 1.51).
  close(*descriptor);
  return AdminClient(admin::v1::Admin::NewStub(grpc::CreateCustomChannel(
      "unix:" + daemon.socket.string(), grpc::InsecureChannelCredentials(), options)));
}

CtlResult<admin::v1::PlanResponse> AdminClient::Plan(const admin::v1::PlanRequest& request) {
  return Ask<admin::v1::PlanResponse>(*stub_, &admin::v1::Admin::Stub::Plan, request, kObjectHint,
                                      kSweepSeconds);
}

CtlResult<admin::v1::VersionResponse> AdminClient::Version() {
  return Ask<admin::v1::VersionResponse>(*stub_, &admin::v1::Admin::Stub::Version,
                                         admin::v1::VersionRequest(), "");
}

CtlResult<std::vector<admin::v1::Object>> AdminClient::List(
    const admin::v1::ObjectSelection& selection) {
  std::vector<admin::v1::Object> objects;
  admin::v1::ListRequest request;
  *request.mutable_selection() = selection;
  do {
    auto page =
        Ask<admin::v1::ListResponse>(*stub_, &admin::v1::Admin::Stub::List, request, kObjectHint);
    if (!page) return std::unexpected(std::move(page.error()));
    for (auto& object : *page->mutable_objects()) objects.push_back(std::move(object));
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return objects;
}

CtlResult<admin::v1::GetResponse> AdminClient::Get(const admin::v1::ObjectReference& object) {
  admin::v1::GetRequest request;
  *request.mutable_object() = object;
  return Ask<admin::v1::GetResponse>(*stub_, &admin::v1::Admin::Stub::Get, request, kObjectHint);
}

CtlResult<admin::v1::AdoptResponse> AdminClient::Adopt(const admin::v1::AdoptRequest& request) {
  return Ask<admin::v1::AdoptResponse>(*stub_, &admin::v1::Admin::Stub::Adopt, request,
                                       kObjectHint);
}

CtlResult<admin::v1::ExportResponse> AdminClient::Export(
    const admin::v1::ObjectSelection& selection) {
  admin::v1::ExportResponse all;
  admin::v1::ExportRequest request;
  *request.mutable_selection() = selection;
  do {
    const auto page = Ask<admin::v1::ExportResponse>(*stub_, &admin::v1::Admin::Stub::Export,
                                                     request, kObjectHint);
    if (!page) return std::unexpected(page.error());
    all.mutable_manifests()->MergeFrom(page->manifests());
    all.mutable_left_out()->MergeFrom(page->left_out());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return all;
}

CtlResult<void> AdminClient::Watch(
    const admin::v1::ObjectSelection& selection,
    const std::function<Going(const admin::v1::WatchResponse&)>& sink) {
  admin::v1::WatchRequest request;
  *request.mutable_selection() = selection;
  grpc::ClientContext context;
  const auto reader = stub_->Watch(&context, request);
  admin::v1::WatchResponse change;
  while (reader->Read(&change)) {
    if (sink(change) == Going::kOn) continue;
    context.TryCancel();
    while (reader->Read(&change)) {
    }
    (void)reader->Finish();
    return {};
  }
  return std::unexpected(ErrorFrom(reader->Finish(), kObjectHint));
}

CtlResult<admin::v1::HistoryResponse> AdminClient::History(
    const admin::v1::HistoryRequest& request) {
  return Ask<admin::v1::HistoryResponse>(*stub_, &admin::v1::Admin::Stub::History, request,
                                         kObjectHint);
}

CtlResult<admin::v1::ReconcileResponse> AdminClient::Reconcile(
    const admin::v1::ReconcileRequest& request) {
  return Ask<admin::v1::ReconcileResponse>(*stub_, &admin::v1::Admin::Stub::Reconcile, request,
                                           kObjectHint);
}

CtlResult<admin::v1::PauseResponse> AdminClient::Pause(const admin::v1::PauseRequest& request) {
  return Ask<admin::v1::PauseResponse>(*stub_, &admin::v1::Admin::Stub::Pause, request,
                                       kObjectHint);
}

CtlResult<admin::v1::ResumeResponse> AdminClient::Resume(const admin::v1::ResumeRequest& request) {
  return Ask<admin::v1::ResumeResponse>(*stub_, &admin::v1::Admin::Stub::Resume, request,
                                        kObjectHint);
}

CtlResult<admin::v1::ExplainResponse> AdminClient::Explain(
    const admin::v1::ExplainRequest& request) {
  return Ask<admin::v1::ExplainResponse>(*stub_, &admin::v1::Admin::Stub::Explain, request,
                                         kObjectHint);
}

CtlResult<admin::v1::BudgetsResponse> AdminClient::Budgets() {
  return Ask<admin::v1::BudgetsResponse>(*stub_, &admin::v1::Admin::Stub::Budgets,
                                         admin::v1::BudgetsRequest(), "");
}

CtlResult<admin::v1::PluginsResponse> AdminClient::Plugins() {
  return Ask<admin::v1::PluginsResponse>(*stub_, &admin::v1::Admin::Stub::Plugins,
                                         admin::v1::PluginsRequest(), "");
}

CtlResult<admin::v1::OrphansResponse> AdminClient::Orphans(
    const admin::v1::OrphansRequest& request) {
  return Ask<admin::v1::OrphansResponse>(*stub_, &admin::v1::Admin::Stub::Orphans, request, "",
                                         kSweepSeconds);
}

CtlResult<admin::v1::BrakesResponse> AdminClient::Brakes() {
  return Ask<admin::v1::BrakesResponse>(*stub_, &admin::v1::Admin::Stub::Brakes,
                                        admin::v1::BrakesRequest(), "");
}

CtlResult<admin::v1::ApproveResponse> AdminClient::Approve(
    const admin::v1::ApproveRequest& request) {
  return Ask<admin::v1::ApproveResponse>(*stub_, &admin::v1::Admin::Stub::Approve, request,
                                         kBrakeHint);
}

CtlResult<admin::v1::ReleaseResponse> AdminClient::Release(
    const admin::v1::ReleaseRequest& request) {
  return Ask<admin::v1::ReleaseResponse>(*stub_, &admin::v1::Admin::Stub::Release, request,
                                         kBrakeHint);
}

}  // namespace instanced::ctl
