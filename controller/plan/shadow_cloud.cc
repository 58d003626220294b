#include "controller/plan/shadow_cloud.h"

#include <algorithm>
#include <utility>

#include "api/kinds/at_create.h"
#include "api/object/mark.h"
#include "controller/plan/reading_turn.h"
#include "controller/task/sleep.h"

namespace instanced {
namespace {

constexpr int kPagesMax = 1000;
constexpr Duration kPauseUsual = std::chrono::milliseconds(500);
constexpr Duration kPauseLeast = std::chrono::milliseconds(10);

std::vector<FieldDiff> DeclaredFields(const KindTraits& traits, const nlohmann::json& parameters) {
  std::vector<FieldDiff> fields;
  for (const auto& [name, value] : parameters.items()) {
    if (AtCreateOf(traits, name) == AtCreate::kAfterwards) continue;
    FieldDiff diff;
    diff.field = name;
    diff.desired = value;
    fields.push_back(std::move(diff));
  }
  return fields;
}

}  // namespace

class ShadowCloud::Provider final : public InstanceProvider {
 public:
  Provider(ShadowCloud& cloud, const KindTraits& traits, ShadowInstances& instances,
           Connection real, Budget* budget)
      : cloud_(cloud),
        traits_(traits),
        instances_(instances),
        real_(std::move(real.provider)),
        domain_(std::move(real.domain)),
        budget_(budget) {}

  Result<std::string> EncodeCreate(const CreateInput& input) const override {
    auto encoded = real_->EncodeCreate(input);
    if (encoded) cloud_.encoded_.insert_or_assign(*encoded, input);
    return encoded;
  }

  Task<Result<Created>> Create(CallContext context, std::string request) override {
    const auto found = cloud_.encoded_.find(request);
    const bool again = found == cloud_.encoded_.end();
    const auto input = again ? cloud_.deps_.input_of(context.key) : found->second;
    Note(context, traits_.operations.create, "", DeclaredFields(traits_, input.parameters));
    Created created;
    if (again) {
      auto sending = SendAgain(context, input, request);
      created.external_name = co_await sending;
    }
    if (created.external_name.empty()) {
      created.external_name = instances_.Create(input, ++cloud_.made_);
    }
    co_return created;
  }

  Task<Result<Observation>> Observe(CallContext context, std::string external_name) override {
    if (!instances_.Knows(external_name)) {
      auto learning = Learn(context, external_name);
      if (auto learnt = co_await learning; !learnt) co_return std::unexpected(learnt.error());
    }
    auto seen = instances_.Look(external_name);
    if (!seen) co_return Fail(ErrorClass::kNotFound, "NotFound", "no such instance");
    co_return std::move(*seen);
  }

  Task<Result<void>> Update(CallContext context, UpdateInput input) override {
    Note(context, input.step.operation, input.external_name, input.step.diffs);
    instances_.Update(input);
    co_return Result<void>();
  }

  Task<Result<void>> Delete(CallContext context, std::string external_name, std::string) override {
    Note(context, traits_.operations.remove, external_name, {});
    instances_.Delete(external_name);
    co_return Result<void>();
  }

  Task<Result<ListPage>> List(CallContext context, std::string) override {
    auto learning = LearnList(context);
    if (auto learnt = co_await learning; !learnt) co_return std::unexpected(learnt.error());
    co_return ListPage{instances_.List(), ""};
  }

 private:
  void Note(const CallContext& context, std::string_view operation, std::string external_name,
            std::vector<FieldDiff> diffs) {
    if (external_name.starts_with('(')) external_name.clear();
    cloud_.deps_.planned(context.key, {std::string(traits_.service) + ":" + std::string(operation),
                                       std::move(external_name), std::move(diffs)});
  }

  // The instance that answers a recorded request, when that can be told; else empty.
  Task<std::string> SendAgain(CallContext context, CreateInput input, std::string request) {
    auto searching = Search(context, input);
    auto [outcome, made] = co_await searching;
    const auto today = real_->EncodeCreate(input);
    const bool older = !today || *today != request;
    if (older && outcome != SentAgain::kMadeIt) outcome = SentAgain::kMakesOlderWish;
    cloud_.deps_.sent_again(context.key, outcome, made);
    co_return made;
  }

  Task<std::pair<SentAgain, std::string>> Search(CallContext context, CreateInput input) {
    using Found = std::pair<SentAgain, std::string>;
    auto listing = LearnList(context);
    if (auto listed = co_await listing; !listed) co_return Found(SentAgain::kMayHaveMadeIt, "");
    Found found(SentAgain::kMakesIt, "");
    for (const auto& entry : instances_.Survey()) {
      if (!MayBeOf(context.key, input, entry)) continue;
      auto mark = entry.mark;
      if (!mark) {
        auto learning = Learn(context, entry.external_name);
        const bool learnt = (co_await learning).has_value();
        const auto* seen = instances_.Read(entry.external_name);
        if (learnt && seen == nullptr) continue;
        if (learnt) mark = seen->mark.value_or(ObservedMark{});
      }
      const auto match = mark ? Match(*mark, input.mark, input.mark.owner_value) : MarkMatch::kNone;
      // Of several none can be told to be the one.
      if (match == MarkMatch::kOurs && found.first == SentAgain::kMadeIt) {
        co_return Found(SentAgain::kMayHaveMadeIt, "");
      }
      if (match == MarkMatch::kOurs) found = {SentAgain::kMadeIt, entry.external_name};
      if (match == MarkMatch::kNone && found.first == SentAgain::kMakesIt) {
        found.first = SentAgain::kMayHaveMadeIt;
      }
    }
    co_return found;
  }

  // Told from a list alone.
  bool MayBeOf(const ObjectKey& key, const CreateInput& input, const Observation& entry) const {
    if (entry.adoptable == Adoptable::kPreset || entry.lifecycle == Lifecycle::kGone) return false;
    if (cloud_.deps_.is_bound(key, entry.external_name)) return false;
    const auto name = input.parameters.find(traits_.natural_key_field);
    const bool named = name != input.parameters.end() && name->is_string();
    if (!named || traits_.natural_key_scope != NaturalKeyScope::kUnique) return true;
    return SameNaturalKey(traits_, entry.natural_key, name->get<std::string>());
  }

  CallContext RealContext(const CallContext& context) const {
    CallContext real;
    real.key = context.key;
    real.priority = Priority::kDrift;
    real.deadline = cloud_.deps_.real_clock.Now() + cloud_.deps_.call_deadline;
    real.stop = cloud_.deps_.stop;
    return real;
  }

  Task<Result<void>> Learn(CallContext context, std::string external_name) {
    // One list answers for all where an entry says as much as the instance itself.
    if (traits_.list_is_complete && !instances_.listed()) {
      auto listing = LearnList(context);
      if (auto listed = co_await listing; !listed) co_return std::unexpected(listed.error());
    }
    if (const auto* entry = instances_.FindListed(external_name)) {
      instances_.Learn(external_name, *entry);
      co_return Result<void>();
    }
    const auto& deps = cloud_.deps_;
    ReadingTurn turn({budget_, deps.real_clock, deps.stop, deps.give_up_at}, context.key, "plan");
    for (;;) {
      auto awaiting = turn.Await(domain_, traits_.operations.observe);
      if (co_await awaiting == ReadingTurn::Outcome::kNotInTime) {
        co_return std::unexpected(NotInTime({}));
      }
      cloud_.reads_ += static_cast<int>(traits_.operations.observe.size());
      auto own = RealContext(context);
      own.key = turn.key();
      auto reading = real_->Observe(std::move(own), external_name);
      auto read = co_await reading;
      turn.Over();
      if (read) {
        instances_.Learn(external_name, std::move(*read));
        co_return Result<void>();
      }
      if (read.error().error_class == ErrorClass::kNotFound) {
        instances_.Learn(external_name, std::nullopt);
        co_return Result<void>();
      }
      cloud_.reads_ -= static_cast<int>(traits_.operations.observe.size());
      auto bearing = Bear(read.error());
      if (auto given_up = co_await bearing) co_return std::unexpected(std::move(*given_up));
    }
  }

  Task<Result<void>> LearnList(CallContext context) {
    if (instances_.listed()) co_return Result<void>();
    std::vector<Observation> all;
    std::string page;
    for (int pages = 0; pages < kPagesMax;) {
      auto listing = real_->List(RealContext(context), page);
      auto listed = co_await listing;
      if (!listed) {
        auto bearing = Bear(listed.error());
        if (auto given_up = co_await bearing) co_return std::unexpected(std::move(*given_up));
        continue;
      }
      ++pages;
      ++cloud_.reads_;
      std::ranges::move(listed->entries, std::back_inserter(all));
      page = std::move(listed->next_page);
      if (!page.empty()) continue;
      instances_.LearnList(std::move(all));
      co_return Result<void>();
    }
    co_return Fail(ErrorClass::kTerminal, "EndlessList", "the list of instances does not end");
  }

  static Error NotInTime(Error error) {
    error.error_class = ErrorClass::kTransient;
    error.code = "NotInTime";
    error.message = "not read: the account's rate left no room within the time of the plan";
    error.retry_after.reset();
    return error;
  }

  // Waits where waiting helps; else what the pass is to see.
  Task<std::optional<Error>> Bear(Error error) {
    const bool waits =
        error.error_class == ErrorClass::kDeferred || error.error_class == ErrorClass::kThrottled;
    if (!waits) co_return error;
    const Duration pause = error.retry_after ? Duration(*error.retry_after) : kPauseUsual;
    const auto until = cloud_.deps_.real_clock.Now() + std::max(pause, kPauseLeast);
    if (cloud_.deps_.stop.StopRequested() || until >= cloud_.deps_.give_up_at) {
      co_return NotInTime(std::move(error));
    }
    SleepUntil sleeping(until, cloud_.deps_.stop);
    co_await sleeping;
    co_return std::nullopt;
  }

  ShadowCloud& cloud_;
  const KindTraits& traits_;
  ShadowInstances& instances_;
  std::shared_ptr<InstanceProvider> real_;
  const Domain domain_;
  Budget* const budget_;
};

Task<Result<Connection>> ShadowCloud::Connect(CallContext context, Kind kind,
                                              ProviderConfigPtr config) {
  const bool proposed = deps_.is_proposed(config->meta.key);
  auto& source = proposed ? deps_.recorded : deps_.reads;
  context.deadline = deps_.real_clock.Now() + deps_.call_deadline;
  context.stop = deps_.stop;
  auto connecting = source.Connect(std::move(context), kind, std::move(config));
  auto connected = co_await connecting;
  if (!connected) co_return std::unexpected(std::move(connected.error()));
  const auto& traits = TraitsOf(kind);
  auto [account, fresh] =
      accounts_.try_emplace(AccountKey{kind, connected->domain, proposed}, traits);
  connected->provider = std::make_shared<Provider>(*this, traits, account->second, *connected,
                                                   proposed ? nullptr : deps_.budget);
  co_return connected;
}

int ShadowCloud::transitions() const {
  int count = 0;
  for (const auto& [key, instances] : accounts_) count += instances.transitions();
  return count;
}

}  // namespace instanced
