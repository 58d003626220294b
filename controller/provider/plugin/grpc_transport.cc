#include "controller/provider/plugin/grpc_transport.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <thread>
#include <utility>

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include "controller/lock/lock.h"
#include "controller/task/completion.h"

namespace instanced::plugin {
namespace {

constexpr const char* kService = "/instanced.provider.v1.Provider/";

std::string BytesOf(grpc::ByteBuffer& buffer) {
  std::string bytes;
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return bytes;
  bytes.reserve(buffer.Length());
  for (const auto& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

std::shared_ptr<grpc::Channel> MakeChannel(const ChannelTarget& target) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10000);
  arguments.SetServiceConfigJSON("{}");
  arguments.SetMaxReceiveMessageSize(static_cast<int>(kMessageBytesMax));
  arguments.SetMaxSendMessageSize(static_cast<int>(kMessageBytesMax));
  if (!target.tls) {
    return grpc::CreateCustomChannel(target.address, grpc::InsecureChannelCredentials(), arguments);
  }
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = target.tls->ca;
  tls.pem_cert_chain = target.tls->certificate;
  tls.pem_private_key = target.tls->key;
  if (!target.tls->server_name.empty()) {
    arguments.SetSslTargetNameOverride(target.tls->server_name);
  }
  return grpc::CreateCustomChannel(target.address, grpc::SslCredentials(tls), arguments);
}

// One call under way. The completion-queue thread alone touches it between Start and its end; only
// Cancel comes from the loop.
class CallInFlight {
 public:
  CallInFlight(std::shared_ptr<grpc::Channel> channel, Completion<RpcAnswer> completion)
      : channel_(std::move(channel)), stub_(channel_), completion_(std::move(completion)) {}

  void Start(const RpcCall& call, Duration time_left, grpc::CompletionQueue& queue) {
    context_.set_deadline(
        gpr_time_from_nanos(std::max<Duration>(time_left, Duration(1)).count(), GPR_TIMESPAN));
    const grpc::Slice slice(call.request);
    request_ = grpc::ByteBuffer(&slice, 1);
    stream_ = stub_.PrepareCall(&context_, kService + std::string(ToString(call.verb)), &queue);
    stream_->StartCall(this);
  }

  void Cancel() { context_.TryCancel(); }

  // The next event of this call; true when it was the last one.
  bool Advance(bool good) {
    switch (step_) {
      case Step::kStarting:
        if (!good) return Finish();
        step_ = Step::kWriting;
        stream_->WriteLast(request_, grpc::WriteOptions(), this);
        return false;
      case Step::kWriting:
        if (!good) return Finish();
        return ReadNext();
      case Step::kReading:
        if (!good) return Finish();
        if (!Keep()) context_.TryCancel();
        return answer_.cut == Cut::kTooLarge ? Finish() : ReadNext();
      case Step::kFinishing:
        answer_.status = static_cast<int>(status_.error_code());
        answer_.message = status_.error_message();
        answer_.details = status_.error_details();
        return true;
    }
    return true;
  }

  void Deliver() { completion_.Set(std::move(answer_)); }

 private:
  enum class Step { kStarting, kWriting, kReading, kFinishing };

  bool ReadNext() {
    step_ = Step::kReading;
    stream_->Read(&response_, this);
    return false;
  }

  bool Finish() {
    step_ = Step::kFinishing;
    stream_->Finish(&status_, this);
    return false;
  }

  bool Keep() {
    bytes_ += response_.Length();
    if (bytes_ > kAnswerBytesMax || answer_.messages.size() >= kMessagesMax) {
      answer_.cut = Cut::kTooLarge;
      answer_.messages.clear();
      return false;
    }
    answer_.messages.push_back(BytesOf(response_));
    response_.Clear();
    return true;
  }

  std::shared_ptr<grpc::Channel> channel_;
  grpc::GenericStub stub_;
  Completion<RpcAnswer> completion_;
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
  grpc::Status status_;
  RpcAnswer answer_;
  std::size_t bytes_ = 0;
  Step step_ = Step::kStarting;
};

}  // namespace

struct GrpcThread::Parts {
  Parts(const Clock& given, std::function<void(std::function<void()>)> poster)
      : clock(given), post(std::move(poster)) {}

  void Launch(std::unique_ptr<CallInFlight> call, const RpcCall& what) {
    auto* flying = call.get();
    calls.emplace(flying, std::move(call));
    {
      const Locked lock(mutex);
      ++queued;
    }
    flying->Start(what, what.deadline - clock.Now(), queue);
  }

  void Serve(const std::weak_ptr<Parts>& self) {
    void* tag = nullptr;
    bool good = false;
    while (queue.Next(&tag, &good)) {
      auto* call = static_cast<CallInFlight*>(tag);
      if (!call->Advance(good)) continue;
      post([self, call] {
        const auto parts = self.lock();
        if (!parts) return;
        const auto ended = parts->calls.extract(call);
        if (!ended.empty()) ended.mapped()->Deliver();
      });
      const Locked lock(mutex);
      --queued;
      none_queued.notify_all();
    }
  }

  // A queue that is shut down takes no further step of a call, so the calls end first.
  void Close() {
    for (const auto& [pointer, call] : calls) call->Cancel();
    {
      Locked lock(mutex);
      lock.Wait(none_queued, [this]() INSTANCED_REQUIRES(mutex) { return queued == 0; });
    }
    queue.Shutdown();
    thread.join();
    calls.clear();
  }

  const Clock& clock;
  const std::function<void(std::function<void()>)> post;
  grpc::CompletionQueue queue;
  std::thread thread;
  // The loop's: calls whose end it has not seen.
  std::map<CallInFlight*, std::unique_ptr<CallInFlight>> calls;
  Mutex mutex;
  std::condition_variable none_queued;
  int queued INSTANCED_GUARDED_BY(mutex) = 0;  // calls that the queue still knows
};

namespace {

class GrpcTransport final : public RpcTransport {
 public:
  GrpcTransport(std::shared_ptr<GrpcThread::Parts> parts, const ChannelTarget& target)
      : parts_(std::move(parts)), channel_(MakeChannel(target)) {}

  Task<RpcAnswer> Call(RpcCall call) override {
    const Completion<RpcAnswer> completion;
    auto owned = std::make_unique<CallInFlight>(channel_, completion);
    auto* flying = owned.get();
    parts_->Launch(std::move(owned), call);
    bool stopped = false;
    const auto stop = call.stop.OnStop([&stopped, &completion, flying] {
      stopped = true;
      if (!completion.IsSet()) flying->Cancel();
    });
    RpcAnswer answer = co_await completion;
    if (stopped && answer.status != 0) answer.cut = Cut::kStopped;
    co_return answer;
  }

 private:
  std::shared_ptr<GrpcThread::Parts> parts_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace

GrpcThread::GrpcThread(const Clock& clock, std::function<void(std::function<void()>)> post)
    : parts_(std::make_shared<Parts>(clock, std::move(post))) {
  parts_->thread =
      std::thread([parts = parts_.get(), self = std::weak_ptr(parts_)] { parts->Serve(self); });
}

GrpcThread::~GrpcThread() { parts_->Close(); }

std::unique_ptr<RpcTransport> GrpcThread::Open(const ChannelTarget& target) {
  return std::make_unique<GrpcTransport>(parts_, target);
}

}  // namespace instanced::plugin
