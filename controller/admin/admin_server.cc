#include "controller/admin/admin_server.h"

#include <unistd.h>

#include <utility>

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server_posix.h>

#include "controller/admin/admin_service.h"
#include "controller/admin/local_listener.h"

namespace instanced {
namespace {

// A plan's request carries a directory of manifests.
constexpr int kLargestRequestBytes = 32 * 1024 * 1024;
constexpr int kThreadsMax = 8;

class LocalAdminServer final : public AdminServer {
 public:
  LocalAdminServer(AdminBackend& backend, const Clock& clock, AdminAccess access)
      : rules_(RulesOf(access)),
        service_(backend, clock, peers_, rules_),
        tls_(std::move(access.tls)) {}
  ~LocalAdminServer() override { Stop(); }

  Result<void> Open(const std::filesystem::path& socket) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ResourceQuota quota("admin");
    quota.SetMaxThreads(kThreadsMax);
    grpc::ServerBuilder builder;
    builder.SetResourceQuota(quota);
    builder.SetMaxReceiveMessageSize(kLargestRequestBytes);
    builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
    builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 1);
    builder.RegisterService(&service_);
    if (tls_) builder.AddListeningPort(tls_->address, Credentials(*tls_), &port_);
    server_ = builder.BuildAndStart();
    if (tls_ && (server_ == nullptr || port_ == 0)) {
      return Fail(ErrorClass::kTerminal, "AdminServer",
                  "cannot serve the control API on " + tls_->address +
                      ": the address cannot be bound, or certificate and key do not fit");
    }
    if (server_ == nullptr) {
      return Fail(ErrorClass::kTerminal, "AdminServer", "cannot start the admin server");
    }
    const uid_t own = geteuid();
    auto listener = LocalListener::Open(
        socket, rules_.socket_readers.empty() ? SocketReach::kOwner : SocketReach::kEveryone,
        [this, own](uid_t uid) { return rules_.RoleOfUser(uid, own) != Role::kNobody; },
        [this](int descriptor, uid_t uid) {
          peers_.Note(descriptor, uid);
          grpc::AddInsecureChannelFromFd(server_.get(), descriptor);
        });
    if (!listener) return std::unexpected(std::move(listener.error()));
    listener_ = std::move(*listener);
    return {};
  }

  void Stop() override {
    listener_.reset();
    if (server_ == nullptr) return;
    const gpr_timespec one_second = gpr_time_from_seconds(1, GPR_TIMESPAN);
    server_->Shutdown(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), one_second));
    server_->Wait();
    server_.reset();
  }

  int port() const override { return port_; }

 private:
  static AccessRules RulesOf(const AdminAccess& access) {
    AccessRules rules = access.tls ? access.tls->rules : AccessRules();
    rules.socket_readers = access.socket_readers;
    return rules;
  }
  static std::shared_ptr<grpc::ServerCredentials> Credentials(const AdminTls& tls) {
    grpc::SslServerCredentialsOptions options(
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    options.pem_root_certs = tls.client_authority;
    options.pem_key_cert_pairs.push_back({tls.private_key, tls.certificate});
    return grpc::SslServerCredentials(options);
  }

  const AccessRules rules_;
  PeerBook peers_;
  AdminService service_;
  std::optional<AdminTls> tls_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<LocalListener> listener_;
};

}  // namespace

Result<std::unique_ptr<AdminServer>> AdminServer::Start(const std::filesystem::path& socket,
                                                        AdminBackend& backend, const Clock& clock,
                                                        AdminAccess access) {
  auto server = std::make_unique<LocalAdminServer>(backend, clock, std::move(access));
  if (auto opened = server->Open(socket); !opened) return std::unexpected(opened.error());
  return server;
}

}  // namespace instanced
