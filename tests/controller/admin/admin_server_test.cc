#include "controller/admin/admin_server.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>
#include <future>

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/create_channel_posix.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "api/admin/v1/admin.grpc.pb.h"
#include "tests/controller/admin/fake_backend.h"
#include "tests/controller/admin/socket_folder.h"

namespace instanced {
namespace {

namespace v1 = admin::v1;
using ::testing::HasSubstr;

int Connected(const std::filesystem::path& socket_path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket_path.native().copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  return connect(descriptor, generic, sizeof(address)) == 0 ? descriptor : -1;
}

class AdminServerTest : public ::testing::Test {
 protected:
  AdminServerTest() {
    auto server = AdminServer::Start(folder_.socket(), backend_, clock_);
    if (server) server_ = std::move(*server);
    channel_ = grpc::CreateChannel("unix:" + folder_.socket().string(),
                                   grpc::InsecureChannelCredentials());
    stub_ = v1::Admin::NewStub(channel_);
  }

  template <class Call, class Request, class Response>
  grpc::Status Ask(Call call, const Request& request, Response& response) {
    grpc::ClientContext context;
    context.set_deadline(
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_seconds(20, GPR_TIMESPAN)));
    return (stub_.get()->*call)(&context, request, &response);
  }

  // The answer's bytes, or the error's message.
  std::string AskRaw(const std::string& method, const std::string& bytes) {
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    const grpc::Slice slice(bytes);
    const grpc::ByteBuffer request(&slice, 1);
    auto call = stub.PrepareUnaryCall(&context, method, request, &queue);
    call->StartCall();
    grpc::ByteBuffer answer;
    grpc::Status status;
    call->Finish(&answer, &status, this);
    void* tag = nullptr;
    bool done = false;
    queue.Next(&tag, &done);
    if (!status.ok()) return status.error_message();
    grpc::Slice whole;
    if (!answer.DumpToSingleSlice(&whole).ok()) return "unreadable";
    return {whole.begin(), whole.end()};
  }

  SocketFolder folder_;
  SystemClock clock_;
  FakeBackend backend_;
  std::unique_ptr<AdminServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::Admin::Stub> stub_;
};

TEST_F(AdminServerTest, SocketIsItsOwnersAlone) {
  ASSERT_NE(server_, nullptr);
  struct stat found{};
  ASSERT_EQ(stat(folder_.socket().c_str(), &found), 0);
  EXPECT_TRUE(S_ISSOCK(found.st_mode));
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
}

TEST_F(AdminServerTest, VersionIsAnsweredWithinTheCallersDeadline) {
  v1::VersionResponse answer;
  ASSERT_TRUE(Ask(&v1::Admin::Stub::Version, v1::VersionRequest(), answer).ok());
  EXPECT_EQ(answer.version(), "9.8.7");
  EXPECT_EQ(answer.owner_id(), "owner-1");
  EXPECT_GT(backend_.last_deadline(), std::chrono::seconds(0));
  EXPECT_LE(backend_.last_deadline(), std::chrono::seconds(20));
}

TEST_F(AdminServerTest, BrakesComeSortedWithEveryField) {
  backend_.Hold(SampleBrake("b-2"));
  backend_.Hold(SampleBrake("b-1"));
  v1::BrakesResponse answer;
  ASSERT_TRUE(Ask(&v1::Admin::Stub::Brakes, v1::BrakesRequest(), answer).ok());
  ASSERT_EQ(answer.brakes_size(), 2);
  std::string json;
  ASSERT_TRUE(google::protobuf::util::MessageToJsonString(answer.brakes(0), &json).ok());
  EXPECT_EQ(json, R"({"id":"b-1","cause":"MassDeletion","state":"BRAKE_STATE_HOLDING",)"
                  R"("kind":"ConnectInstance","held":[)"
                  R"({"kind":"ConnectInstance","namespace":"default","name":"one"},)"
                  R"({"kind":"ConnectInstance","namespace":"default","name":"two"}],)"
                  R"("since":"2026-01-15T12:00:00Z",)"
                  R"("message":"2 of 2 ConnectInstance objects would be deleted within 10m"})");
}

TEST_F(AdminServerTest, ApproveAndReleaseReachTheBackendOnceEach) {
  backend_.Hold(SampleBrake("b-1"));
  backend_.Hold(SampleBrake("b-2"));
  v1::ApproveRequest approve;
  approve.set_brake_id("b-1");
  approve.set_requested_by("ada");
  v1::ApproveResponse approved;
  ASSERT_TRUE(Ask(&v1::Admin::Stub::Approve, approve, approved).ok());
  EXPECT_EQ(approved.brake().state(), v1::BRAKE_STATE_APPROVED);
  EXPECT_EQ(approved.brake().answered_by(), "ada (uid " + std::to_string(geteuid()) + ")");
  EXPECT_EQ(approved.brake().approved_until().seconds(), 1'768'478'400 + 86'400);

  v1::ReleaseRequest release;
  release.set_brake_id("b-2");
  v1::ReleaseResponse released;
  ASSERT_TRUE(Ask(&v1::Admin::Stub::Release, release, released).ok());
  EXPECT_EQ(released.brake().state(), v1::BRAKE_STATE_RELEASED);
  EXPECT_FALSE(released.brake().has_approved_until());
}

TEST_F(AdminServerTest, BackendErrorsBecomeTheDocumentedStatusCodes) {
  v1::ApproveRequest request;
  v1::ApproveResponse answer;
  EXPECT_EQ(Ask(&v1::Admin::Stub::Approve, request, answer).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.set_brake_id("b-1");
  EXPECT_EQ(Ask(&v1::Admin::Stub::Approve, request, answer).error_code(),
            grpc::StatusCode::NOT_FOUND);
  BrakeReport answered = SampleBrake("b-1");
  answered.state = BrakeState::kReleased;
  backend_.Hold(answered);
  EXPECT_EQ(Ask(&v1::Admin::Stub::Approve, request, answer).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
  backend_.Break(Fail(ErrorClass::kStore, "Full", "disk full").error());
  const grpc::Status status = Ask(&v1::Admin::Stub::Approve, request, answer);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message(), "disk full");
}

// Ctrl-C of a client, a client that was killed: its connection closes.
TEST_F(AdminServerTest, APlanLearnsThatItsCallerHasLeft) {
  backend_.NeverEnd();
  grpc::ClientContext context;
  v1::PlanResponse answer;
  auto asking = std::async(std::launch::async,
                           [&] { return stub_->Plan(&context, v1::PlanRequest(), &answer); });
  EXPECT_EQ(asking.wait_for(std::chrono::milliseconds(300)), std::future_status::timeout);
  EXPECT_EQ(backend_.left_alone(), 0);
  context.TryCancel();
  EXPECT_EQ(asking.get().error_code(), grpc::StatusCode::CANCELLED);
  server_->Stop();  // waits for calls under way
  EXPECT_EQ(backend_.left_alone(), 1);
}

TEST_F(AdminServerTest, ASweepLearnsThatItsCallersConnectionIsGone) {
  backend_.NeverEnd();
  const int descriptor = Connected(folder_.socket());
  ASSERT_GE(descriptor, 0);
  const auto stub = v1::Admin::NewStub(grpc::CreateInsecureChannelFromFd("", descriptor));
  grpc::ClientContext context;
  v1::OrphansResponse answer;
  auto asking = std::async(std::launch::async,
                           [&] { return stub->Orphans(&context, v1::OrphansRequest(), &answer); });
  EXPECT_EQ(asking.wait_for(std::chrono::milliseconds(300)), std::future_status::timeout);
  EXPECT_EQ(backend_.left_alone(), 0);
  shutdown(descriptor, SHUT_RDWR);
  EXPECT_EQ(asking.get().error_code(), grpc::StatusCode::UNAVAILABLE);
  server_->Stop();
  EXPECT_EQ(backend_.left_alone(), 1);
}

TEST_F(AdminServerTest, PluginsComeWithEveryField) {
  backend_.Know(SamplePlugins());
  v1::PluginsResponse answer;
  ASSERT_TRUE(Ask(&v1::Admin::Stub::Plugins, v1::PluginsRequest(), answer).ok());
  ASSERT_EQ(answer.plugins_size(), 4);
  std::string json;
  ASSERT_TRUE(google::protobuf::util::MessageToJsonString(answer.plugins(0), &json).ok());
  EXPECT_EQ(json, R"({"name":"boxes","address":"unix:/run/plugins/boxes.sock",)"
                  R"("program":"/usr/lib/boxes","arguments":2,"pid":4711,"state":"STATE_UP",)"
                  R"("since":"2026-01-15T12:00:00Z","restarts":1,)"
                  R"("lastError":"its program: exited with code 3",)"
                  R"("lastErrorAt":"2026-01-15T11:59:00Z","objects":3,"protocolVersion":1,)"
                  R"("callsItself":"box-keeper","version":"1.2.0","scope":"host-1",)"
                  R"("capabilities":["UPDATE"],"callsMax":8,"kinds":["PluginInstance"],)"
                  R"("schemaSha256":")" +
                      std::string(64, 'a') + R"("})");
  EXPECT_EQ(answer.plugins(2).state(), v1::Plugin::STATE_BACKING_OFF);
  EXPECT_EQ(answer.plugins(3).state(), v1::Plugin::STATE_REFUSED);
}

TEST_F(AdminServerTest, OversizedRequestIsRefused) {
  v1::ApproveRequest request;
  // Manifests of a plan fit; more than 32 MiB is nobody's request.
  request.set_brake_id(std::string(33 * 1024 * 1024, 'x'));
  v1::ApproveResponse answer;
  EXPECT_EQ(Ask(&v1::Admin::Stub::Approve, request, answer).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
}

// The two standard services are asked by name, in their wire format.
TEST_F(AdminServerTest, HealthIsServed) {
  // Field 1, varint, SERVING.
  EXPECT_EQ(AskRaw("/grpc.health.v1.Health/Check", ""), std::string("\x08\x01", 2));
}

TEST_F(AdminServerTest, ReflectionNamesTheService) {
  // Field 7, list_services, empty.
  EXPECT_THAT(AskRaw("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                     std::string("\x3a\x00", 2)),
              HasSubstr("instanced.admin.v1.Admin"));
}

TEST_F(AdminServerTest, SecondServerOnALiveSocketIsRefusedAndTheFirstGoesOn) {
  const auto second = AdminServer::Start(folder_.socket(), backend_, clock_);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("another daemon serves it"));
  v1::VersionResponse answer;
  EXPECT_TRUE(Ask(&v1::Admin::Stub::Version, v1::VersionRequest(), answer).ok());
}

TEST_F(AdminServerTest, StopRemovesTheSocketAndMayBeRepeated) {
  server_->Stop();
  EXPECT_FALSE(std::filesystem::exists(folder_.socket()));
  server_->Stop();
  const auto again = AdminServer::Start(folder_.socket(), backend_, clock_);
  EXPECT_TRUE(again) << again.error().message;
}

TEST(AdminServer, FileThatIsNoSocketIsNotTouched) {
  const SocketFolder folder;
  std::ofstream(folder.socket()) << "precious";
  FakeBackend backend;
  const SystemClock clock;
  const auto server = AdminServer::Start(folder.socket(), backend, clock);
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error().message, HasSubstr("no socket is in its place"));
  EXPECT_EQ(std::filesystem::file_size(folder.socket()), 8U);
}

TEST(AdminServer, MissingFolderIsNamed) {
  FakeBackend backend;
  const SystemClock clock;
  const auto server = AdminServer::Start("/nonexistent/instanced.sock", backend, clock);
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error().message,
              HasSubstr("cannot open the admin socket /nonexistent/instanced.sock: No such file"));
}

}  // namespace
}  // namespace instanced
