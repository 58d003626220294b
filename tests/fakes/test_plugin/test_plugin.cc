#include "tests/fakes/test_plugin/test_plugin.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <thread>

#include <grpcpp/grpcpp.h>

#include "api/provider/v1/provider.grpc.pb.h"
#include "tests/fakes/test_plugin/plugin_store.h"

namespace instanced::test_plugin {
namespace {

namespace pb = instanced::provider::v1;
using nlohmann::json;
using Context = grpc::ServerContext;

constexpr std::array kNames{"none",
                            "handshake-version",
                            "handshake-changes",
                            "schema-keyword",
                            "schema-lies",
                            "example-wrong",
                            "token-ignored",
                            "token-race",
                            "mark-lost",
                            "invalid-accepted",
                            "observe-writes",
                            "observe-other-id",
                            "unknown-is-transient",
                            "update-ignored",
                            "update-resets-rest",
                            "update-once",
                            "update-makes",
                            "delete-ignored",
                            "delete-of-gone-fails",
                            "list-without-end",
                            "list-loses",
                            "list-repeats",
                            "list-stale",
                            "bare-errors",
                            "deadline-stuck",
                            "one-call-only",
                            "garbage",
                            "hangs",
                            "hangs-at-all",
                            "done-no-answer"};
static_assert(kNames.size() == static_cast<std::size_t>(Defect::kLast));

const char* kSchema = R"({
  "type": "object",
  "required": ["name", "size"],
  "additionalProperties": false,
  "properties": {
    "name": {"type": "string", "pattern": "^[a-z0-9-]+$", "maxLength": 60},
    "size": {"type": "integer", "minimum": 1, "maximum": 100},
    "note": {"type": "string", "maxLength": 200},
    "tags": {"type": "object", "maxProperties": 20}
  },
  "examples": [
    {"name": "box-{unique}", "size": 3, "note": "first"},
    {"name": "box-{unique}", "size": 5, "note": "first"}
  ]
})";

// What is wrong with the parameters; empty: nothing.
std::string Refuse(const json& parameters) {
  if (!parameters.is_object()) return "want an object";
  if (!parameters.contains("name") || !parameters["name"].is_string()) return "name: want a text";
  if (!parameters.contains("size") || !parameters["size"].is_number_integer()) {
    return "size: want a whole number";
  }
  const auto size = parameters["size"].get<std::int64_t>();
  if (size < 1 || size > 100) return "size: want 1 to 100";
  for (const auto& [name, value] : parameters.items()) {
    if (name != "name" && name != "size" && name != "note" && name != "tags") {
      return name + ": no such field";
    }
  }
  return {};
}

pb::Lifecycle LifecycleOf(const std::string& word) {
  if (word == "creating") return pb::LIFECYCLE_CREATING;
  if (word == "failed") return pb::LIFECYCLE_CREATE_FAILED;
  if (word == "suspended") return pb::LIFECYCLE_SUSPENDED;
  return pb::LIFECYCLE_READY;
}

class Service final : public pb::Provider::Service {
 public:
  explicit Service(const TestPluginOptions& options)
      : options_(options), defect_(options.defect), store_(options.state_file) {
    boot_id_ = "boot-" + std::to_string(getpid()) + "-" +
               std::to_string(std::chrono::steady_clock::now().time_since_epoch().count());
  }

  grpc::Status Handshake(Context* context, const pb::HandshakeRequest*,
                         pb::HandshakeResponse* response) override {
    if (Is(Defect::kHangsAtAll)) Hang(context);
    response->set_protocol_version(Is(Defect::kHandshakeVersion) ? 7 : 1);
    response->set_plugin_name("boxes");
    response->set_plugin_version("1.0");
    response->set_scope(options_.scope);
    response->set_boot_id(boot_id_);
    if (Is(Defect::kHandshakeChanges)) response->set_boot_id(std::to_string(++calls_));
    response->add_capabilities(pb::CAPABILITY_UPDATE);
    response->set_max_concurrent_calls(static_cast<std::uint32_t>(options_.calls_max));
    return grpc::Status::OK;
  }

  grpc::Status GetSchema(Context* context, const pb::GetSchemaRequest*,
                         pb::GetSchemaResponse* response) override {
    if (Is(Defect::kHangsAtAll)) Hang(context);
    auto schema = json::parse(kSchema);
    if (Is(Defect::kSchemaKeyword)) schema["properties"]["size"]["multipleOf"] = 2;
    if (Is(Defect::kSchemaLies)) schema["properties"]["size"] = {{"type", "string"}};
    if (Is(Defect::kSchemaLies)) schema["examples"][0]["size"] = "3";
    if (Is(Defect::kSchemaLies)) schema["examples"][1]["size"] = "5";
    if (Is(Defect::kExampleWrong)) schema["examples"][0]["size"] = 1000;
    response->set_json_schema(schema.dump());
    response->add_immutable_fields("name");
    return grpc::Status::OK;
  }

  grpc::Status Observe(Context* context, const pb::ObserveRequest* request,
                       pb::ObserveResponse* response) override {
    const Busy busy(*this, context);
    if (busy.refused()) return busy.refusal();
    const std::lock_guard lock(mutex_);
    auto all = store_.Load();
    const auto it = all.find(request->external_name());
    if (it == all.end()) {
      if (Is(Defect::kUnknownIsTransient)) {
        return Failure(grpc::StatusCode::UNAVAILABLE, pb::ERROR_CLASS_TRANSIENT, "Away",
                       "cannot tell");
      }
      return NotFound();
    }
    Show(it->second, *response->mutable_instance());
    if (Is(Defect::kObserveOtherId)) response->mutable_instance()->set_external_name("box-other");
    if (Is(Defect::kGarbage)) response->mutable_instance()->set_fields_json("{\"size\": [[[");
    if (Is(Defect::kObserveWrites)) {
      it->second.fields["note"] = it->second.fields.value("note", std::string()) + "x";
      store_.Save(all);
    }
    response->set_request_id("r-" + std::to_string(calls_.load()));
    return grpc::Status::OK;
  }

  grpc::Status Create(Context* context, const pb::CreateRequest* request,
                      pb::CreateResponse* response) override {
    const Busy busy(*this, context);
    if (busy.refused()) return busy.refusal();
    auto parameters = json::parse(request->parameters_json(), nullptr, false);
    if (Is(Defect::kSchemaLies) && parameters.is_object() && parameters.contains("size") &&
        parameters["size"].is_string()) {
      parameters["size"] = std::atoi(parameters["size"].get<std::string>().c_str());
    }
    const auto wrong = Refuse(parameters);
    if (!wrong.empty() && !Is(Defect::kInvalidAccepted)) {
      return Failure(grpc::StatusCode::INVALID_ARGUMENT, pb::ERROR_CLASS_VALIDATION, "Invalid",
                     wrong);
    }
    if (Is(Defect::kTokenRace)) {
      const bool known = !ByToken(request->token()).empty();
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      response->set_external_name(known ? ByToken(request->token()) : Make(*request, parameters));
      return grpc::Status::OK;
    }
    const std::lock_guard lock(create_mutex_);
    auto name = Is(Defect::kTokenIgnored) ? std::string() : ByToken(request->token());
    if (name.empty()) name = Make(*request, parameters);
    if (Is(Defect::kDoneNoAnswer)) _exit(9);
    if (options_.create_takes.count() > 0) std::this_thread::sleep_for(options_.create_takes);
    response->set_external_name(name);
    return grpc::Status::OK;
  }

  grpc::Status Update(Context* context, const pb::UpdateRequest* request,
                      pb::UpdateResponse*) override {
    const Busy busy(*this, context);
    if (busy.refused()) return busy.refusal();
    const std::lock_guard lock(mutex_);
    auto all = store_.Load();
    auto it = all.find(request->external_name());
    if (it == all.end()) {
      if (!Is(Defect::kUpdateMakes)) return NotFound();
      it = all.emplace(request->external_name(), StoredInstance{}).first;
      it->second.id = request->external_name();
      it->second.fields = json::object();
    }
    if (Is(Defect::kUpdateIgnored)) return grpc::Status::OK;
    if (Is(Defect::kUpdateOnce) && !updated_.insert(request->external_name()).second) {
      return Failure(grpc::StatusCode::FAILED_PRECONDITION, pb::ERROR_CLASS_TERMINAL, "Twice",
                     "was changed already");
    }
    const auto parameters = json::parse(request->parameters_json(), nullptr, false);
    for (const auto& field : request->changed_fields()) {
      if (parameters.contains(field)) it->second.fields[field] = parameters[field];
    }
    if (Is(Defect::kUpdateResetsRest)) it->second.fields["note"] = "reset";
    it->second.owner = request->mark().owner();
    it->second.uid = request->mark().uid();
    store_.Save(all);
    return grpc::Status::OK;
  }

  grpc::Status Delete(Context* context, const pb::DeleteRequest* request,
                      pb::DeleteResponse*) override {
    const Busy busy(*this, context);
    if (busy.refused()) return busy.refusal();
    const std::lock_guard lock(mutex_);
    auto all = store_.Load();
    if (Is(Defect::kDeleteIgnored)) return grpc::Status::OK;
    if (all.erase(request->external_name()) == 0 && Is(Defect::kDeleteOfGoneFails)) {
      return Failure(grpc::StatusCode::INTERNAL, pb::ERROR_CLASS_TERMINAL, "Gone", "is not there");
    }
    store_.Save(all);
    return grpc::Status::OK;
  }

  grpc::Status List(Context* context, const pb::ListRequest* request,
                    grpc::ServerWriter<pb::ListResponse>* writer) override {
    const Busy busy(*this, context);
    if (busy.refused()) return busy.refusal();
    const std::lock_guard lock(mutex_);
    const auto all = store_.Load();
    auto it = all.upper_bound(request->page_token());
    if (Is(Defect::kListRepeats) && !request->page_token().empty()) {
      it = all.find(request->page_token());
    }
    std::string last;
    std::uint32_t sent = 0;
    for (; it != all.end() && sent < request->page_size(); ++it, ++sent) {
      last = it->first;
      if (Is(Defect::kListLoses) && sent == 0 && !request->page_token().empty()) continue;
      pb::ListResponse message;
      auto shown = it->second;
      if (Is(Defect::kListStale)) shown.fields["size"] = 99;
      Show(shown, *message.add_instances());
      writer->Write(message);
    }
    if (Is(Defect::kListWithoutEnd)) return grpc::Status::OK;
    pb::ListResponse end;
    end.mutable_page_end();
    if (it != all.end()) end.mutable_page_end()->set_next_page_token(last);
    writer->Write(end);
    return grpc::Status::OK;
  }

  bool Is(Defect defect) const { return defect_ == defect; }

  std::string ByToken(const std::string& token) {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, one] : store_.Load()) {
      if (one.token == token) return id;
    }
    return {};
  }

  std::string Make(const pb::CreateRequest& request, const json& parameters) {
    const std::lock_guard lock(mutex_);
    auto all = store_.Load();
    StoredInstance made;
    made.id = "box-" + boot_id_ + "-" + std::to_string(1000 + ++last_);
    made.token = request.token();
    if (!Is(Defect::kMarkLost)) {
      made.owner = request.mark().owner();
      made.uid = request.mark().uid();
    }
    made.fields = parameters.is_object() ? parameters : json::object();
    const auto id = made.id;
    all[id] = std::move(made);
    store_.Save(all);
    ++creates_;
    return id;
  }

  void Show(const StoredInstance& stored, pb::Instance& out) const {
    out.set_external_name(stored.id);
    out.set_lifecycle(LifecycleOf(stored.lifecycle));
    out.set_state(stored.lifecycle);
    out.mutable_mark()->set_owner(stored.owner);
    out.mutable_mark()->set_uid(stored.uid);
    out.set_fields_json(stored.fields.dump());
    out.set_at_provider_json(json{{"box", stored.id}, {"fields", stored.fields}}.dump());
  }

  grpc::Status Failure(grpc::StatusCode code, pb::ErrorClass error_class, const char* word,
                       const std::string& message) const {
    if (Is(Defect::kBareErrors)) return {code, message};
    pb::ErrorDetail detail;
    detail.set_error_class(error_class);
    detail.set_code(word);
    detail.set_request_id("r-failed");
    pb::Status status;
    status.set_code(code);
    status.set_message(message);
    status.add_details()->PackFrom(detail);
    return {code, message, status.SerializeAsString()};
  }
  grpc::Status NotFound() const {
    return Failure(grpc::StatusCode::NOT_FOUND, pb::ERROR_CLASS_NOT_FOUND, "NoSuchBox",
                   "there is no such box");
  }

  static void Hang(Context* context) {
    while (!context->IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }

  // Every call but the greeting: counted, and refused where the defect says so.
  class Busy {
   public:
    Busy(Service& service, Context* context) : service_(service) {
      ++service_.calls_;
      const int now = ++service_.under_way_;
      int most = service_.most_;
      while (now > most && !service_.most_.compare_exchange_weak(most, now)) {
      }
      if (service_.Is(Defect::kHangs) || service_.Is(Defect::kHangsAtAll)) Hang(context);
      if (service_.Is(Defect::kOneCallOnly)) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        refused_ = service_.under_way_ > 1;
      }
      const auto left = context->deadline() - std::chrono::system_clock::now();
      if (service_.Is(Defect::kDeadlineStuck) && left < std::chrono::milliseconds(100)) {
        const std::lock_guard lock(service_.mutex_);
        std::this_thread::sleep_for(std::chrono::seconds(4));
      }
    }
    ~Busy() { --service_.under_way_; }
    bool refused() const { return refused_; }
    grpc::Status refusal() const {
      return service_.Failure(grpc::StatusCode::INTERNAL, pb::ERROR_CLASS_TERMINAL, "OneAtATime",
                              "another call is under way");
    }

   private:
    Service& service_;
    bool refused_ = false;
  };

  const TestPluginOptions options_;
  std::atomic<Defect> defect_;
  std::string boot_id_;
  std::mutex mutex_;
  std::mutex create_mutex_;
  PluginStore store_;
  std::set<std::string> updated_;
  std::atomic<int> calls_ = 0;
  std::atomic<int> creates_ = 0;
  std::atomic<int> under_way_ = 0;
  std::atomic<int> most_ = 0;
  int last_ = 0;
};

std::shared_ptr<grpc::ServerCredentials> CredentialsFrom(const TestPluginOptions& options) {
  if (options.key.empty()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions tls(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  tls.pem_root_certs = options.ca;
  tls.pem_key_cert_pairs = {{options.key, options.certificate}};
  return grpc::SslServerCredentials(tls);
}

}  // namespace

struct TestPlugin::Parts {
  explicit Parts(const TestPluginOptions& options) : service(options) {}
  Service service;
  std::unique_ptr<grpc::Server> server;
  int port = 0;
};

std::string NameOf(Defect defect) { return kNames[static_cast<std::size_t>(defect)]; }

std::optional<Defect> DefectNamed(const std::string& name) {
  const auto it = std::ranges::find(kNames, name);
  if (it == kNames.end()) return std::nullopt;
  return static_cast<Defect>(it - kNames.begin());
}

TestPlugin::TestPlugin(TestPluginOptions options) : parts_(std::make_unique<Parts>(options)) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(options.address, CredentialsFrom(options), &parts_->port);
  builder.RegisterService(&parts_->service);
  parts_->server = builder.BuildAndStart();
}

TestPlugin::~TestPlugin() { Stop(); }

bool TestPlugin::listening() const { return parts_->server != nullptr; }
int TestPlugin::port() const { return parts_->port; }
void TestPlugin::SetDefect(Defect defect) { parts_->service.defect_ = defect; }
void TestPlugin::Wait() { parts_->server->Wait(); }

void TestPlugin::Stop() {
  if (!parts_->server) return;
  parts_->server->Shutdown(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
  parts_->server->Wait();
  parts_->server.reset();
}

int TestPlugin::creates() const { return parts_->service.creates_; }
int TestPlugin::calls() const { return parts_->service.calls_; }
int TestPlugin::most_at_once() const { return parts_->service.most_; }

std::size_t TestPlugin::size() const {
  const std::lock_guard lock(parts_->service.mutex_);
  return parts_->service.store_.Load().size();
}

void TestPlugin::Meddle(const std::string& name, const json& fields) {
  auto& service = parts_->service;
  const std::lock_guard lock(service.mutex_);
  auto all = service.store_.Load();
  for (auto it = all.begin(); it != all.end(); ++it) {
    if (it->second.fields.value("name", "") != name) continue;
    if (fields.is_null()) {
      all.erase(it);
    } else {
      it->second.fields.update(fields);
    }
    break;
  }
  service.store_.Save(all);
}

}  // namespace instanced::test_plugin
