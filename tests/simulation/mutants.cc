#include "tests/simulation/mutants.h"

#include <memory>
#include <utility>

#include <nlohmann/json.hpp>

namespace instanced {
namespace {

Error As(Error error, ErrorClass error_class) {
  error.error_class = error_class;
  error.reach = Reach::kAnswered;
  return error;
}

class MutantWriter final : public ObjectWriter {
 public:
  MutantWriter(SimWorld& world, Mutant mutant) : world_(world), mutant_(mutant) {}

  Task<Result<std::string>> WriteStatus(WriteTarget target, InstanceStatus status) override {
    const bool opens = status.intent && status.intent->operation == kCreateOperation;
    if (mutant_ == Mutant::kIntentNotWritten && opens) co_return target.resource_version;
    const auto object = world_.objects.Instance(target.key);
    if (mutant_ == Mutant::kFinalizerLeavesEarly && object && object->meta.IsDeleting()) {
      auto leaving = world_.store.WriteFinalizers(target, {});
      co_return co_await leaving;
    }
    auto writing = world_.store.WriteStatus(target, std::move(status));
    co_return co_await writing;
  }
  Task<Result<std::string>> WriteFinalizers(WriteTarget target,
                                            std::vector<std::string> finalizers) override {
    if (mutant_ == Mutant::kFinalizerNotWritten && !finalizers.empty()) {
      co_return target.resource_version;
    }
    auto writing = world_.store.WriteFinalizers(target, std::move(finalizers));
    co_return co_await writing;
  }
  Task<Result<std::string>> WriteAnnotations(WriteTarget target, StringPairs annotations) override {
    auto writing = world_.store.WriteAnnotations(target, std::move(annotations));
    co_return co_await writing;
  }

 private:
  SimWorld& world_;
  Mutant mutant_;
};

class MutantProvider final : public InstanceProvider {
 public:
  MutantProvider(std::shared_ptr<InstanceProvider> inner, Mutant mutant)
      : inner_(std::move(inner)), mutant_(mutant) {}

  Result<std::string> EncodeCreate(const CreateInput& input) const override {
    return inner_->EncodeCreate(input);
  }
  Task<Result<Created>> Create(CallContext context, std::string request) override {
    auto json = nlohmann::json::parse(request);
    if (mutant_ == Mutant::kTokenDropped) json["token"] = "";
    if (mutant_ == Mutant::kTokenAnew && ++tries_ > 1) json["token"] = std::to_string(tries_);
    auto creating = inner_->Create(std::move(context), json.dump());
    auto created = co_await creating;
    const bool lost = !created && created.error().error_class == ErrorClass::kInDoubt;
    if (mutant_ == Mutant::kLostMeansNotSent && lost) {
      Error refused = As(created.error(), ErrorClass::kTransient);
      refused.reach = Reach::kNotSent;
      co_return std::unexpected(refused);
    }
    co_return created;
  }
  Task<Result<Observation>> Observe(CallContext context, std::string external_name) override {
    auto observing = inner_->Observe(std::move(context), std::move(external_name));
    auto observed = co_await observing;
    if (mutant_ == Mutant::kFailedReadMeansGone && !observed &&
        observed.error().error_class != ErrorClass::kDeferred) {
      co_return std::unexpected(As(observed.error(), ErrorClass::kNotFound));
    }
    co_return observed;
  }
  Task<Result<void>> Update(CallContext context, UpdateInput input) override {
    auto updating = inner_->Update(std::move(context), std::move(input));
    co_return co_await updating;
  }
  Task<Result<void>> Delete(CallContext context, std::string external_name,
                            std::string token) override {
    auto deleting = inner_->Delete(std::move(context), std::move(external_name), std::move(token));
    auto deleted = co_await deleting;
    const bool lost = !deleted && deleted.error().error_class == ErrorClass::kInDoubt;
    if (mutant_ == Mutant::kLostDeleteMeansGone && lost) {
      co_return std::unexpected(As(deleted.error(), ErrorClass::kNotFound));
    }
    co_return deleted;
  }
  Task<Result<ListPage>> List(CallContext context, std::string page) override {
    auto listing = inner_->List(std::move(context), std::move(page));
    auto listed = co_await listing;
    if (mutant_ == Mutant::kFirstPageOnly && listed) listed->next_page.clear();
    co_return listed;
  }

 private:
  std::shared_ptr<InstanceProvider> inner_;
  Mutant mutant_;
  int tries_ = 0;
};

class MutantRegistry final : public ProviderRegistry {
 public:
  MutantRegistry(SimWorld& world, Mutant mutant) : world_(world), mutant_(mutant) {}
  Task<Result<Connection>> Connect(CallContext context, Kind kind,
                                   ProviderConfigPtr config) override {
    auto connecting = world_.cloud.Connect(std::move(context), kind, std::move(config));
    auto connection = co_await connecting;
    if (!connection) co_return connection;
    auto& mine = providers_[kind];
    if (!mine) mine = std::make_shared<MutantProvider>(connection->provider, mutant_);
    connection->provider = mine;
    co_return connection;
  }

 private:
  SimWorld& world_;
  Mutant mutant_;
  std::map<Kind, std::shared_ptr<MutantProvider>> providers_;
};

struct Parts {
  std::unique_ptr<MutantWriter> writer;
  std::unique_ptr<MutantRegistry> providers;
  int changes = 0;
};

}  // namespace

std::string_view NameOf(Mutant mutant) {
  switch (mutant) {
    case Mutant::kNoMutant:
      return "NoMutant";
    case Mutant::kIntentNotWritten:
      return "IntentNotWritten";
    case Mutant::kTokenDropped:
      return "TokenDropped";
    case Mutant::kTokenAnew:
      return "TokenAnew";
    case Mutant::kLostMeansNotSent:
      return "LostMeansNotSent";
    case Mutant::kFailedReadMeansGone:
      return "FailedReadMeansGone";
    case Mutant::kFirstPageOnly:
      return "FirstPageOnly";
    case Mutant::kLostDeleteMeansGone:
      return "LostDeleteMeansGone";
    case Mutant::kRateForgotten:
      return "RateForgotten";
    case Mutant::kWatchLosesEvents:
      return "WatchLosesEvents";
    case Mutant::kFinalizerNotWritten:
      return "FinalizerNotWritten";
    case Mutant::kFinalizerLeavesEarly:
      return "FinalizerLeavesEarly";
    case Mutant::kTwoLooksAtOnce:
      return "TwoLooksAtOnce";
  }
  std::unreachable();
}

std::function<void(SimWorld&)> Prepare(Mutant mutant) {
  auto parts = std::make_shared<Parts>();
  return [mutant, parts](SimWorld& world) {
    parts->writer = std::make_unique<MutantWriter>(world, mutant);
    parts->providers = std::make_unique<MutantRegistry>(world, mutant);
    world.writer = parts->writer.get();
    world.providers = parts->providers.get();
    if (mutant == Mutant::kRateForgotten) world.ungated = [] { return true; };
    if (mutant == Mutant::kTwoLooksAtOnce) world.options.consistency_window = Duration(1);
    if (mutant != Mutant::kWatchLosesEvents) return;
    world.misses = [parts](const WatchEvent& event) {
      return std::holds_alternative<Applied>(event) && ++parts->changes % 4 == 0;
    };
  };
}

}  // namespace instanced
