// The contract of object_writer_contract.h, asked of KubeWriter and KubeSource over an API server.
#include "tests/controller/source/object_writer_contract.h"

#include <map>
#include <string>

#include "controller/source/kube/kube_source.h"
#include "controller/source/kube/kube_writer.h"
#include "tests/fakes/fake_api_server/fake_api_server.h"
#include "tests/fakes/loop_inbox/loop_inbox.h"

namespace instanced {
namespace {

class KubeWorld {
 public:
  KubeWorld() {
    loop.group().Spawn(source_.Run(seen.Sink(), stop_.token()));
    loop.executor().RunUntilIdle();
  }
  ObjectWriter& writer() { return writer_; }
  void Want(const std::string& name, const std::string& word) {
    wanted_[name] = word;
    Sync();
  }
  void Unwant(const std::string& name) {
    wanted_.erase(name);
    server_.Delete(PathOf(ObjectOf(KeyOf(name))));
    Sync();
  }
  // What is wanted is applied again and again, as GitOps does: also after the writer's own writes.
  struct Resync final : ObjectWriter {
    explicit Resync(KubeWorld& owner) : world(owner) {}
    KubeWorld& world;
    Task<Result<std::string>> Then(Task<Result<std::string>> writing) {
      auto written = co_await writing;
      world.ApplyWanted();
      co_return written;
    }
    Task<Result<std::string>> WriteStatus(WriteTarget target, InstanceStatus status) override {
      return Then(world.kube_.WriteStatus(std::move(target), std::move(status)));
    }
    Task<Result<std::string>> WriteFinalizers(WriteTarget target,
                                              std::vector<std::string> finalizers) override {
      return Then(world.kube_.WriteFinalizers(std::move(target), std::move(finalizers)));
    }
    Task<Result<std::string>> WriteAnnotations(WriteTarget target, StringPairs pairs) override {
      return Then(world.kube_.WriteAnnotations(std::move(target), std::move(pairs)));
    }
  };
  LoopInbox loop;
  Seen seen;

 private:
  void ApplyWanted() {
    for (const auto& [name, word] : wanted_) {
      server_.Apply(PathOf(ObjectOf(KeyOf(name))), "ConnectInstance",
                    {{"forProvider", {{"instanceAlias", word}}}});
    }
  }
  void Sync() {
    ApplyWanted();
    loop.executor().RunUntilIdle();
  }
  std::map<std::string, std::string> wanted_;
  FakeApiServer server_{loop.executor().clock()};
  KubeClient client_{server_, server_, loop.executor().clock(), KubeConfig{}, ReadSmallFile,
                     {},      nullptr};
  SeededRandom random_{3};
  KubeSource source_{client_, loop.executor().clock(), random_,
                     KubeSourceOptions{{Kind::kConnectInstance}, ""}, nullptr};
  KubeWriter kube_{client_};
  Resync writer_{*this};
  StopSource stop_;
};

using Worlds = testing::Types<KubeWorld>;
INSTANTIATE_TYPED_TEST_SUITE_P(ApiServer, ObjectWriterContract, Worlds);

}  // namespace
}  // namespace instanced
