// Any bytes as any request of the control API, over a real socket: the server answers each with a
// message or a status and goes on serving. The first byte picks the method, the rest is the body.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include <google/protobuf/descriptor.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include "api/admin/v1/admin.pb.h"
#include "controller/admin/admin_server.h"
#include "tests/controller/admin/fake_backend.h"
#include "tests/controller/admin/socket_folder.h"

namespace {

using namespace instanced;

constexpr int kInputsOfARig = 20'000;

void Require(bool holds) {
  if (!holds) std::abort();
}

// One server for all inputs, as a daemon's is.
class Rig {
 public:
  Rig() : server_(std::move(AdminServer::Start(folder_.socket(), backend_, clock_).value())) {
    // A watch is given what there is and then its end, so that every call ends.
    backend_.EndWatches();
    channel_ = grpc::CreateChannel("unix:" + folder_.socket().string(),
                                   grpc::InsecureChannelCredentials());
    stub_ = std::make_unique<grpc::GenericStub>(channel_);
    const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
        "instanced.admin.v1.Admin");
    for (int i = 0; i < service->method_count(); ++i) {
      methods_.push_back("/instanced.admin.v1.Admin/" + service->method(i)->name());
    }
  }

  grpc::Status Ask(std::size_t method, const std::string& bytes) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5));
    grpc::CompletionQueue queue;
    auto call = stub_->PrepareCall(&context, methods_[method % methods_.size()], &queue);
    call->StartCall(this);
    Await(queue);
    const grpc::Slice slice(bytes);
    call->WriteLast(grpc::ByteBuffer(&slice, 1), grpc::WriteOptions(), this);
    Await(queue);
    grpc::ByteBuffer answer;
    do {
      answer.Clear();
      call->Read(&answer, this);
    } while (Await(queue));
    grpc::Status status;
    call->Finish(&status, this);
    Await(queue);
    return status;
  }

 private:
  static bool Await(grpc::CompletionQueue& queue) {
    void* tag = nullptr;
    bool done = false;
    return queue.Next(&tag, &done) && done;
  }

  SocketFolder folder_;
  SystemClock clock_;
  FakeBackend backend_;
  std::unique_ptr<AdminServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<grpc::GenericStub> stub_;
  std::vector<std::string> methods_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // The fake daemon remembers every watcher there was.
  static std::unique_ptr<Rig> rig;
  static int asked = 0;
  if (asked++ % kInputsOfARig == 0) rig.reset();
  if (!rig) rig = std::make_unique<Rig>();
  const std::string body(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto status = rig->Ask(data[0], body);
  // A request that is wrong is the asker's fault; the server neither hangs nor falls over it.
  Require(status.error_code() != grpc::StatusCode::DEADLINE_EXCEEDED);
  Require(status.error_code() != grpc::StatusCode::UNKNOWN);
  // Watches are ended by the fake daemon, which says that it is stopping; nothing else may.
  const bool stopping = status.error_message().find("stopping") != std::string::npos;
  Require(status.error_code() != grpc::StatusCode::UNAVAILABLE || stopping);
  return 0;
}
