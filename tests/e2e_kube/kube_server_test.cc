// The client, source and writer against a real kube-apiserver. Started by apiserver.sh, which
// gives the kubeconfig as the last argument and has applied the CRDs.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/kinds/kind_traits.h"
#include "controller/http/beast_http_client.h"
#include "controller/informer/informer.h"
#include "controller/kube/kube_errors.h"
#include "controller/source/kube/kube_source.h"
#include "controller/source/kube/kube_writer.h"
#include "controller/source/kube/list_parser.h"
#include "controller/task/sleep.h"

namespace instanced {
namespace {

using nlohmann::json;
using std::chrono::seconds;

std::string& KubeconfigPath() {
  static std::string path;
  return path;
}

Task<void> EndLater(bool* late, StopToken stop) {
  Executor& executor = co_await CurrentExecutor{};
  SleepUntil sleep(executor.Now() + seconds(30), stop);
  co_await sleep;
  *late = !stop.StopRequested();
}

class KubeServerTest : public testing::Test, public KubeCallObserver, public KubeSourceObserver {
 protected:
  void SetUp() override {
    const std::filesystem::path path = KubeconfigPath();
    const auto text = ReadSmallFile(path);
    ASSERT_TRUE(text) << text.error().message;
    auto config = ReadKubeconfig({{*text, path.parent_path()}}, "", ReadSmallFile);
    ASSERT_TRUE(config) << config.error().message;
    config_ = std::move(*config);
    HttpClientOptions options;
    options.tls = config_.tls;
    http_ = std::move(*BeastHttpClient::Create(loop_, options));
    client_ = ClientFor(config_);
    writer_.emplace(*client_);
    // Each test has a namespace of its own, named after it.
    namespace_ = testing::UnitTest::GetInstance()->current_test_info()->name();
    for (char& c : namespace_) c = static_cast<char>(std::tolower(c));
    const json space{
        {"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", namespace_}}}};
    ASSERT_TRUE(Run(client_->Create({"", "v1", "namespaces", ""}, space.dump(), {})));
  }
  void TearDown() override {
    stop_.RequestStop();
    EXPECT_TRUE(Until([this] { return group_.size() == 0; }));
  }

  void OnCall(const KubeCall& call) override { verbs_.emplace_back(call.verb); }
  void OnTrouble(Kind, const Error& error) override { troubles_.push_back(error); }
  void OnUnreadable(const ObjectKey& key, const Error& error) override {
    ADD_FAILURE() << key.name << ": " << error.message;
  }

  std::unique_ptr<KubeClient> ClientFor(const KubeConfig& config) {
    return std::make_unique<KubeClient>(*http_, *http_, clock_, config, ReadSmallFile,
                                        KubeClientOptions{}, this);
  }
  template <class T>
  T Run(Task<T> task) {
    return RunBlocking(loop_, std::move(task));
  }
  template <class Done>
  bool Until(Done done) {
    bool late = false;
    StopSource stop;
    TaskGroup timer(loop_);
    timer.Spawn(EndLater(&late, stop.token()));
    loop_.RunUntil([&] { return done() || late; });
    stop.RequestStop();
    loop_.RunUntil([&] { return timer.size() == 0; });
    return done();
  }

  ObjectKey KeyOf(const std::string& name) const {
    return {Kind::kConnectInstance, namespace_, name};
  }
  static json Spec(const std::string& alias) {
    return {{"forProvider",
             {{"identityManagementType", "CONNECT_MANAGED"},
              {"instanceAlias", alias},
              {"inboundCallsEnabled", true},
              {"outboundCallsEnabled", true}}}};
  }
  Result<std::string> Create(const std::string& name, const json& spec) {
    const json body{{"apiVersion", kApiVersion},
                    {"kind", "ConnectInstance"},
                    {"metadata", {{"name", name}, {"namespace", namespace_}}},
                    {"spec", spec}};
    return Run(client_->Create(ResourceOf(Kind::kConnectInstance, namespace_), body.dump(), {}));
  }
  InstancePtr Get(const std::string& name) {
    const auto body = Run(client_->Get(ObjectOf(KeyOf(name)), {}));
    if (!body) return nullptr;
    auto object = ObjectFromJson(json::parse(*body));
    EXPECT_TRUE(object) << object.error().message;
    return object ? std::get<InstancePtr>(*object) : nullptr;
  }
  WriteTarget TargetOf(const InstancePtr& object) {
    return {object->meta.key, object->meta.uid, object->meta.resource_version};
  }
  void StartSource(Duration watch_shortest = std::chrono::minutes(5)) {
    KubeSourceOptions options;
    options.kinds.assign(InstanceKinds().begin(), InstanceKinds().end());
    options.kinds.push_back(Kind::kProviderConfig);
    options.namespace_ = namespace_;
    options.page_size = 2;
    options.watch_shortest = watch_shortest;
    source_.emplace(*client_, clock_, random_, options, this);
    group_.Spawn(source_->Run([this](WatchEvent event) { informer_.Handle(std::move(event)); },
                              stop_.token()));
    EXPECT_TRUE(Until([this] { return informer_.synced(); }));
  }
  std::ptrdiff_t Count(std::string_view verb) const { return std::ranges::count(verbs_, verb); }

  SystemClock clock_;
  Loop loop_{clock_};
  SeededRandom random_{11};
  KubeConfig config_;
  std::unique_ptr<BeastHttpClient> http_;
  std::unique_ptr<KubeClient> client_;
  std::optional<KubeWriter> writer_;
  std::string namespace_;
  std::vector<std::string> verbs_;
  std::vector<Error> troubles_;
  ObjectCache cache_;
  Informer informer_{cache_, [](const Change&) {}};
  std::optional<KubeSource> source_;
  StopSource stop_;
  TaskGroup group_{loop_};
};

TEST_F(KubeServerTest, ANewObjectNeverLooksFinished) {
  ASSERT_TRUE(Create("a", Spec("front-desk")));
  const auto object = Get("a");
  ASSERT_TRUE(object);
  EXPECT_EQ(object->status.observed_generation, -1);
  const auto* ready = object->status.conditions.Find(ConditionType::kReady);
  ASSERT_TRUE(ready);
  EXPECT_EQ(ready->status, ConditionStatus::kUnknown);
  EXPECT_EQ(ready->reason, Reason::kPending);
  EXPECT_EQ(ready->message, kPendingMessage);
}

TEST_F(KubeServerTest, RefusalsAreTyped) {
  EXPECT_EQ(Run(client_->Get(ObjectOf(KeyOf("absent")), {})).error().error_class,
            ErrorClass::kNotFound);
  ASSERT_TRUE(Create("a", Spec("front-desk")));
  EXPECT_EQ(Create("a", Spec("front-desk")).error().error_class, ErrorClass::kTaken);
  EXPECT_EQ(Create("b", json::object()).error().error_class, ErrorClass::kValidation);
  auto stranger = config_;
  stranger.token = "wrong";
  const auto other = ClientFor(stranger);
  EXPECT_EQ(Run(other->Get(ObjectOf(KeyOf("a")), {})).error().error_class, ErrorClass::kAuth);
  const auto body = Run(
      client_->Get({ResourceRef{"instanced.dev", "v1alpha1", "nosuch", namespace_}, "x", ""}, {}));
  EXPECT_EQ(body.error().error_class, ErrorClass::kNotFound);
}

TEST_F(KubeServerTest, TheWholeRecordSurvivesTheStatusSubresource) {
  ASSERT_TRUE(Create("a", Spec("front-desk")));
  auto status = Get("a")->status;
  status.observed_generation = 1;
  status.external_name = "11111111-2222-3333-4444-555555555555";
  status.attempts = 2;
  status.claimed_at = "2026-01-01T00:00:00Z";
  status.bound_domain = "123456789012/us-east-1";
  status.at_provider = R"({"instanceStatus":"ACTIVE"})";
  status.sent = R"({"attributes":{"x":"true"}})";
  Intent intent;
  intent.attempt = 2;
  intent.token = IdempotencyToken("u", 2);
  intent.request = R"({"InstanceAlias":"front-desk"})";
  intent.holder = "me";
  intent.not_before = "2026-01-01T00:00:00Z";
  intent.deadline_ms = 30000;
  status.intent = intent;

  const auto version = Run(writer_->WriteStatus(TargetOf(Get("a")), status));

  ASSERT_TRUE(version) << version.error().message;
  const auto stored = Get("a");
  EXPECT_EQ(stored->meta.resource_version, *version);
  EXPECT_EQ(stored->meta.generation, 1);
  EXPECT_EQ(ToJson(stored->status), ToJson(status));
  EXPECT_EQ(stored->spec.for_provider, Get("a")->spec.for_provider);

  status.intent.reset();
  status.sent.clear();
  ASSERT_TRUE(Run(writer_->WriteStatus(TargetOf(stored), status)));
  EXPECT_EQ(ToJson(Get("a")->status), ToJson(status)) << "what is left out is gone";
}

TEST_F(KubeServerTest, AStaleVersionAnotherLifeOrAVanishedObjectIsAConflict) {
  ASSERT_TRUE(Create("a", Spec("front-desk")));
  const auto stale = TargetOf(Get("a"));
  ASSERT_TRUE(Run(writer_->WriteFinalizers(stale, {std::string(kFinalizerName)})));
  const auto before = Get("a");
  auto foreign = TargetOf(before);
  foreign.uid = "00000000-0000-0000-0000-000000000000";
  for (const auto& target : {stale, foreign, WriteTarget{KeyOf("absent"), stale.uid, "1"}}) {
    const auto results = {Run(writer_->WriteStatus(target, before->status)),
                          Run(writer_->WriteFinalizers(target, {})),
                          Run(writer_->WriteAnnotations(target, {{"a", "b"}}))};
    for (const auto& result : results) {
      ASSERT_FALSE(result);
      EXPECT_EQ(result.error().error_class, ErrorClass::kWriteConflict)
          << result.error().code << ": " << result.error().message;
    }
  }
  EXPECT_EQ(Get("a")->meta.resource_version, before->meta.resource_version);
}

TEST_F(KubeServerTest, DeletionWaitsForTheLastFinalizer) {
  ASSERT_TRUE(Create("a", Spec("front-desk")));
  ASSERT_TRUE(Run(writer_->WriteFinalizers(TargetOf(Get("a")), {std::string(kFinalizerName)})));
  ASSERT_TRUE(Run(client_->Delete(ObjectOf(KeyOf("a")), "", {})));
  const auto deleting = Get("a");
  ASSERT_TRUE(deleting);
  EXPECT_TRUE(deleting->meta.IsDeleting());
  ASSERT_TRUE(Run(writer_->WriteFinalizers(TargetOf(deleting), {})));
  EXPECT_FALSE(Get("a"));
}

TEST_F(KubeServerTest, AnEmptyValueRemovesAnAnnotation) {
  ASSERT_TRUE(Create("a", Spec("front-desk")));
  ASSERT_TRUE(
      Run(writer_->WriteAnnotations(TargetOf(Get("a")), {{"instanced.dev/paused", "true"}})));
  EXPECT_EQ(Get("a")->meta.annotations, (StringPairs{{"instanced.dev/paused", "true"}}));
  ASSERT_TRUE(Run(writer_->WriteAnnotations(TargetOf(Get("a")), {{"instanced.dev/paused", ""}})));
  EXPECT_TRUE(Get("a")->meta.annotations.empty());
}

TEST_F(KubeServerTest, TheSourceListsInPagesAndFollows) {
  for (const char* name : {"a", "b", "c", "d", "e"}) ASSERT_TRUE(Create(name, Spec(name)));
  StartSource();
  EXPECT_EQ(cache_.instance_count(), 5u);
  EXPECT_EQ(Count("LIST"), 3 + 5) << "three pages of one kind, one of each other";
  ASSERT_TRUE(Create("f", Spec("f")));
  const auto version = Run(writer_->WriteStatus(TargetOf(Get("a")), InstanceStatus()));
  ASSERT_TRUE(version) << version.error().message;
  ASSERT_TRUE(Run(client_->Delete(ObjectOf(KeyOf("b")), "", {})));
  EXPECT_TRUE(Until([&] {
    const auto a = cache_.FindInstance(KeyOf("a"));
    return cache_.FindInstance(KeyOf("f")) && !cache_.FindInstance(KeyOf("b")) &&
           a->meta.resource_version == *version;
  }));
  EXPECT_TRUE(troubles_.empty());
}

TEST_F(KubeServerTest, AWatchThatTheServerEndsIsResumedWithoutANewList) {
  StartSource(seconds(1));
  const auto lists = Count("LIST");
  const auto watches = Count("WATCH");
  ASSERT_TRUE(Until([&] { return Count("WATCH") >= watches + 12; })) << "two rounds of all kinds";
  ASSERT_TRUE(Create("late", Spec("late")));
  EXPECT_TRUE(Until([&] { return cache_.FindInstance(KeyOf("late")) != nullptr; }));
  EXPECT_EQ(Count("LIST"), lists);
}

TEST_F(KubeServerTest, HistoryThatIsGoneIsToldApart) {
  const auto resource = ResourceOf(Kind::kConnectInstance, namespace_);
  auto watch = Run(client_->Watch(resource, {"1", 5, ""}, {}));
  std::optional<Error> error;
  if (!watch) {
    error = watch.error();
  } else {
    const auto line = Run((*watch)->Next());
    ASSERT_TRUE(line && *line);
    const auto event = ParseWatchEvent(**line, Kind::kConnectInstance);
    ASSERT_TRUE(event);
    if (const auto* failed = std::get_if<ErrorEvent>(&*event)) error = failed->error;
  }
  ASSERT_TRUE(error);
  EXPECT_TRUE(IsGone(*error)) << error->code << ": " << error->message;
}

}  // namespace
}  // namespace instanced

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc < 2) return 2;
  instanced::KubeconfigPath() = argv[argc - 1];
  return RUN_ALL_TESTS();
}
