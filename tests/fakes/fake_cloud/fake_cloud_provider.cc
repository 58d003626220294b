#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "api/kinds/at_create.h"
#include "controller/task/completion.h"
#include "controller/task/sleep.h"
#include "tests/fakes/fake_cloud/fake_cloud.h"

namespace instanced {
namespace {

std::unexpected<Error> Refuse(ErrorClass error_class, std::string code, std::string message) {
  Error error;
  error.error_class = error_class;
  error.code = std::move(code);
  error.message = std::move(message);
  error.reach = Reach::kAnswered;
  return std::unexpected(std::move(error));
}

std::string TextAt(const nlohmann::json& json, std::string_view name) {
  const auto it = json.find(name);
  return it != json.end() && it->is_string() ? it->get<std::string>() : std::string();
}

ObservedMark MarkFor(const KindTraits& traits, const Mark& mark) {
  if (traits.mark_style == MarkStyle::kDescriptionSuffix) return {"", "", mark.suffix};
  return {mark.owner_value, mark.uid, ""};
}

void ApplyDiff(const KindTraits& traits, const FieldDiff& diff, const Mark& mark,
               FakeInstance& instance) {
  const bool is_mark = diff.key == kOwnerTag || diff.key == kUidTag || diff.key == kSuffixKey;
  if (is_mark) {
    instance.mark = MarkFor(traits, mark);
    return;
  }
  auto& field = instance.fields[diff.field];
  if (diff.key.empty()) {
    field = diff.desired;
  } else if (diff.desired.is_null()) {
    if (field.is_object()) field.erase(diff.key);
  } else {
    if (!field.is_object()) field = nlohmann::json::object();
    field[diff.key] = diff.desired;
  }
}

}  // namespace

class FakeCloudProvider final : public InstanceProvider {
 public:
  FakeCloudProvider(FakeCloud& cloud, Kind kind, Domain domain, const FakeCloudAccess* access)
      : cloud_(cloud),
        access_(access),
        kind_(kind),
        domain_(std::move(domain)),
        traits_(TraitsOf(kind)) {}

  Result<std::string> EncodeCreate(const CreateInput& input) const override {
    return nlohmann::json{{"parameters", input.parameters},
                          {"token", input.token},
                          {"owner", input.mark.owner_value},
                          {"uid", input.mark.uid},
                          {"suffix", input.mark.suffix}}
        .dump();
  }

  Task<Result<Created>> Create(CallContext context, std::string request) override {
    const auto json = nlohmann::json::parse(request);
    FakeCall call{"Create", "", TextAt(json, "token"), context.key, Now(), request, {}, Caller()};
    if (auto entered = Enter(context, std::array{std::string_view(traits_.operations.create)});
        !entered) {
      co_return std::unexpected(entered.error());
    }
    auto pause = Pause();
    co_await pause;
    if (TooLate(context)) co_return std::unexpected(NotSentInTime());
    if (cloud_.on_sending) cloud_.on_sending(call);
    auto going = Through(CreateThere(json, call));
    auto created = co_await going;
    Leave(context, traits_.operations.create, created);
    if (cloud_.on_answered) cloud_.on_answered(call);
    co_return created;
  }

  Task<Result<Observation>> Observe(CallContext context, std::string external_name) override {
    FakeCall call{"Observe", external_name, "", context.key, Now(), "", {}, Caller()};
    if (auto entered = Enter(context, traits_.operations.observe); !entered) {
      co_return std::unexpected(entered.error());
    }
    auto pause = Pause();
    co_await pause;
    const Fate fate = FateOf(call);
    Record(call);
    auto answering = AnswerOf(fate);
    auto lost = co_await answering;
    Leave(context, traits_.operations.observe.front(), lost);
    if (lost) co_return std::unexpected(*lost);
    const Duration age = AgeOfAnswer();
    const auto* instance = Visible(external_name, age);
    if (!instance) {
      co_return Refuse(ErrorClass::kNotFound, "ResourceNotFoundException", "no such instance");
    }
    co_return See(*instance, true, age);
  }

  Task<Result<void>> Update(CallContext context, UpdateInput input) override {
    FakeCall call{"Update", input.external_name, "", context.key, Now(), "", {}, Caller()};
    const std::string operation = input.step.operation;
    if (auto entered = Enter(context, std::array{std::string_view(operation)}); !entered) {
      co_return std::unexpected(entered.error());
    }
    auto pause = Pause();
    co_await pause;
    if (TooLate(context)) co_return std::unexpected(NotSentInTime());
    if (cloud_.on_sending) cloud_.on_sending(call);
    auto going = Through(UpdateThere(std::move(input), call));
    auto updated = co_await going;
    Leave(context, operation, updated);
    if (cloud_.on_answered) cloud_.on_answered(call);
    co_return updated;
  }

  Task<Result<void>> Delete(CallContext context, std::string external_name,
                            std::string token) override {
    FakeCall call{"Delete", external_name, token, context.key, Now(), "", {}, Caller()};
    if (auto entered = Enter(context, std::array{std::string_view(traits_.operations.remove)});
        !entered) {
      co_return std::unexpected(entered.error());
    }
    auto pause = Pause();
    co_await pause;
    if (TooLate(context)) co_return std::unexpected(NotSentInTime());
    if (cloud_.on_sending) cloud_.on_sending(call);
    auto going = Through(DeleteThere(call));
    auto deleted = co_await going;
    Leave(context, traits_.operations.remove, deleted);
    if (cloud_.on_answered) cloud_.on_answered(call);
    co_return deleted;
  }

  Task<Result<ListPage>> List(CallContext context, std::string page) override {
    FakeCall call{"List", page, "", context.key, Now(), "", {}, Caller()};
    if (auto entered = Enter(context, std::array{std::string_view(traits_.operations.list)});
        !entered) {
      co_return std::unexpected(entered.error());
    }
    auto pause = Pause();
    co_await pause;
    const Fate fate = FateOf(call);
    Record(call);
    auto answering = AnswerOf(fate);
    auto lost = co_await answering;
    Leave(context, traits_.operations.list, lost);
    if (lost) co_return std::unexpected(*lost);
    ListPage answer;
    const Duration age = AgeOfAnswer();
    for (auto it = cloud_.instances_.upper_bound(page); it != cloud_.instances_.end(); ++it) {
      if (it->second.kind != kind_ || !Visible(it->first, age)) continue;
      if (cloud_.listed && !cloud_.listed(it->second)) continue;
      if (it->second.shown_at + cloud_.options_.list_lag > Now() && it->second.token != "")
        continue;
      if (answer.entries.size() == cloud_.options_.page_size) {
        answer.next_page = answer.entries.back().external_name;
        break;
      }
      answer.entries.push_back(See(it->second, traits_.list_is_complete, age));
    }
    co_return answer;
  }

 private:
  MonotonicTime Now() const { return cloud_.clock_.Now(); }

  GateSource* Gates() const { return access_ ? access_->gates : cloud_.gates; }
  int Caller() const { return access_ ? access_->caller : 0; }

  Result<void> Enter(const CallContext& context, std::span<const std::string_view> operations) {
    if (!Gates()) return {};
    auto& gate = Gates()->GateFor(domain_);
    for (const auto operation : operations) {
      if (auto entered = gate.Enter(context, operation); !entered) return entered;
    }
    return {};
  }

  Task<void> Pause() {
    SleepUntil sleep(Now() + (cloud_.latency ? cloud_.latency() : cloud_.options_.latency));
    co_await sleep;
  }

  Fate FateOf(const FakeCall& call) const {
    Fate fate = cloud_.fate ? cloud_.fate(call) : Fate{};
    if (cloud_.fated) cloud_.fated(call, fate);
    return fate;
  }
  static bool NothingNow(const Fate& fate) {
    return fate.fate == CallFate::kRefused || fate.fate == CallFate::kLate ||
           fate.fate == CallFate::kNoAnswer || fate.fate == CallFate::kLateNoAnswer;
  }
  template <class Answer>
  void Leave(const CallContext& context, std::string_view operation, const Answer& answer) {
    if (!Gates()) return;
    CallOutcome outcome;
    const Error* error = ErrorIn(answer);
    if (error) {
      outcome.error_class = error->error_class;
      outcome.retry_after = error->retry_after;
    }
    Gates()->GateFor(domain_).Leave(context, operation, outcome);
  }
  static const Error* ErrorIn(const std::optional<Error>& lost) { return lost ? &*lost : nullptr; }
  template <class T>
  static const Error* ErrorIn(const Result<T>& result) {
    return result ? nullptr : &result.error();
  }

  // A transport sends nothing after the call's deadline, however long its process was stopped.
  bool TooLate(const CallContext& context) const {
    return context.deadline != MonotonicTime{} && Now() >= context.deadline;
  }
  static Error NotSentInTime() {
    Error error = Refuse(ErrorClass::kTransient, "DeadlinePassed", "never sent").error();
    error.reach = Reach::kNotSent;
    return error;
  }

  // What is on its way arrives, whatever becomes of whoever sent it.
  template <class T>
  Task<Result<T>> Through(Task<Result<T>> there) {
    if (!cloud_.network) co_return co_await there;
    const Completion<Result<T>> answer;
    cloud_.network->Spawn(Carry(std::move(there), answer));
    co_return co_await answer;
  }
  template <class T>
  static Task<void> Carry(Task<Result<T>> there, Completion<Result<T>> answer) {
    auto result = co_await there;
    answer.Set(std::move(result));
  }
  Task<void> OnTheWay() {
    if (!cloud_.network) co_return;
    auto pause = Pause();
    co_await pause;
  }

  Task<Result<Created>> CreateThere(nlohmann::json json, FakeCall call) {
    auto under_way = OnTheWay();
    co_await under_way;
    const Fate fate = FateOf(call);
    if (NothingNow(fate)) {
      const auto late = [self = this, json, call]() mutable { self->DoCreate(json, call); };
      auto ending = EndWithout(call, fate, late);
      co_return std::unexpected(co_await ending);
    }
    auto created = DoCreate(json, call);
    auto after = AnswerOf(fate);
    if (auto lost = co_await after) co_return std::unexpected(*lost);
    co_return created;
  }

  Task<Result<void>> UpdateThere(UpdateInput input, FakeCall call) {
    auto under_way = OnTheWay();
    co_await under_way;
    const Fate fate = FateOf(call);
    if (NothingNow(fate)) {
      const auto late = [self = this, input, call]() mutable { self->DoUpdate(input, call); };
      auto ending = EndWithout(call, fate, late);
      co_return std::unexpected(co_await ending);
    }
    auto updated = DoUpdate(input, call);
    auto after = AnswerOf(fate);
    if (auto lost = co_await after) co_return std::unexpected(*lost);
    co_return updated;
  }

  Task<Result<void>> DeleteThere(FakeCall call) {
    auto under_way = OnTheWay();
    co_await under_way;
    const Fate fate = FateOf(call);
    if (NothingNow(fate)) {
      const auto late = [self = this, call]() mutable { self->DoDelete(call); };
      auto ending = EndWithout(call, fate, late);
      co_return std::unexpected(co_await ending);
    }
    auto deleted = DoDelete(call);
    auto after = AnswerOf(fate);
    if (auto lost = co_await after) co_return std::unexpected(*lost);
    co_return deleted;
  }

  Task<Error> EndWithout(FakeCall call, Fate fate, std::function<void()> late) {
    const bool comes_late = fate.fate == CallFate::kLate || fate.fate == CallFate::kLateNoAnswer;
    if (comes_late) {
      cloud_.late_.emplace(Now() + fate.late_by, std::move(late));
    } else {
      Record(call);
    }
    auto after = AnswerOf(fate);
    co_await after;
    co_return fate.error;
  }
  // The error the caller sees in place of the answer, when the answer's time has come.
  Task<std::optional<Error>> AnswerOf(Fate fate) {
    if (fate.fate == CallFate::kNoAnswer || fate.fate == CallFate::kDoneNoAnswer ||
        fate.fate == CallFate::kLateNoAnswer) {
      Completion<int> never;
      co_await never;
    }
    auto pause = Pause();
    co_await pause;
    if (fate.fate == CallFate::kNormal) co_return std::nullopt;
    co_return fate.error;
  }
  void Record(const FakeCall& call) { cloud_.calls_.push_back(call); }

  Result<void> DoUpdate(const UpdateInput& input, FakeCall& call) {
    auto* instance = Alive(input.external_name);
    if (!instance) {
      Record(call);
      return Refuse(ErrorClass::kNotFound, "ResourceNotFoundException", "no such instance");
    }
    Effect(call, [&] {
      if (cloud_.answer_age) {
        instance->past.push_back({Now(), instance->fields, instance->mark});
      }
      for (const auto& diff : input.step.diffs) ApplyDiff(traits_, diff, input.mark, *instance);
    });
    return {};
  }

  Result<void> DoDelete(FakeCall& call) {
    auto* instance = Alive(call.id);
    if (!instance) {
      Record(call);
      return Refuse(ErrorClass::kNotFound, "ResourceNotFoundException", "no such instance");
    }
    if (instance->gone_at) {
      Record(call);
      return {};
    }
    if (traits_.churn_limited && cloud_.IsChurnUsedUp()) return QuotaUsedUp(call);
    Effect(call, [&] {
      if (instance->keeps) {
        instance->ends_as = Lifecycle::kDeleteFailed;
      } else {
        instance->deleted_at = Now();
        instance->gone_at = Now() + cloud_.options_.deletion_time;
      }
    });
    return {};
  }

  std::unexpected<Error> QuotaUsedUp(FakeCall& call) {
    Record(call);
    ++cloud_.answers_quota;
    return Refuse(ErrorClass::kQuota, "ServiceQuotaExceededException", "too many in 30 days");
  }

  template <class F>
  void Effect(FakeCall& call, F effect) {
    if (cloud_.before_effect) cloud_.before_effect(call);
    effect();
    if (traits_.churn_limited && call.operation != "Update") cloud_.CountChurn();
    call.effect = FakeCall::Effect::kDone;
    Record(call);
    if (cloud_.after_effect) cloud_.after_effect(call);
  }

  FakeInstance* Alive(const std::string& id) {
    auto* instance = cloud_.Find(id);
    if (!instance || instance->kind != kind_) return nullptr;
    const bool gone = (instance->gone_at && *instance->gone_at <= Now()) ||
                      (instance->expires_at && *instance->expires_at <= Now());
    return gone ? nullptr : instance;
  }

  Duration AgeOfAnswer() const { return cloud_.answer_age ? cloud_.answer_age() : Duration{}; }

  FakeInstance* Visible(const std::string& id, Duration age) {
    auto* instance = Alive(id);
    if (instance && instance->shown_at > Now()) ++cloud_.answers_hiding;
    if (instance) return instance->shown_at <= Now() ? instance : nullptr;
    auto* gone = cloud_.Find(id);
    const bool shown = gone && gone->kind == kind_ && gone->gone_at && Now() < *gone->gone_at + age;
    return shown ? gone : nullptr;
  }

  Result<Created> DoCreate(const nlohmann::json& request, FakeCall& call) {
    const auto& parameters = request["parameters"];
    for (auto& [id, instance] : cloud_.instances_) {
      if (instance.kind != kind_ || !Alive(id)) continue;
      const bool same_token = traits_.create_guard == CreateGuard::kToken && !call.token.empty() &&
                              instance.token == call.token &&
                              Now() - instance.created < cloud_.options_.token_retention;
      if (same_token) {
        call.id = id;
        Record(call);
        return Created{id, {}};
      }
      const auto name = TextAt(parameters, traits_.natural_key_field);
      if (traits_.natural_key_scope == NaturalKeyScope::kUnique && !name.empty() &&
          SameNaturalKey(traits_, TextAt(instance.fields, traits_.natural_key_field), name)) {
        Record(call);
        return Refuse(ErrorClass::kTaken, "NameTaken", "the name is in use");
      }
    }
    if (traits_.churn_limited && cloud_.IsChurnUsedUp()) return QuotaUsedUp(call);
    Effect(call, [&] {
      auto& made = cloud_.Add(kind_, parameters, {});
      for (const auto& rule : traits_.fields) {
        const bool later = AtCreateOf(traits_, rule.name) == AtCreate::kAfterwards &&
                           cloud_.options_.create_takes == CreateTakes::kWhatIsSent;
        if (later) made.fields.erase(std::string(rule.name));
      }
      made.mark = traits_.mark_style == MarkStyle::kDescriptionSuffix
                      ? ObservedMark{"", "", TextAt(request, "suffix")}
                      : ObservedMark{TextAt(request, "owner"), TextAt(request, "uid"), ""};
      made.token = call.token;
      made.made_by = TextAt(request, "uid");
      made.ready_at = Now() + cloud_.options_.provision_time;
      made.shown_at = Now() + cloud_.options_.visibility_lag;
      call.id = made.id;
    });
    return Created{call.id, {}};
  }

  Observation See(const FakeInstance& instance, bool full, Duration age) const {
    const MonotonicTime as_of = Now() - age;
    const auto past = std::ranges::find_if(
        instance.past, [&](const FakePast& earlier) { return as_of < earlier.until; });
    const bool old = past != instance.past.end();
    Observation seen;
    seen.external_name = instance.id;
    seen.lifecycle = LifecycleOf(instance, as_of);
    seen.cloud_message = instance.cloud_message;
    seen.fields = old ? past->fields : instance.fields;
    seen.natural_key = TextAt(seen.fields, traits_.natural_key_field);
    seen.adoptable = instance.adoptable;
    if (full) seen.mark = old ? past->mark : instance.mark;
    if (old || seen.lifecycle != LifecycleOf(instance, Now())) ++cloud_.answers_old;
    seen.at_provider = {{"id", instance.id}};
    return seen;
  }

  static Lifecycle LifecycleOf(const FakeInstance& instance, MonotonicTime as_of) {
    const bool leaving =
        instance.gone_at && (!instance.deleted_at || *instance.deleted_at <= as_of);
    if (leaving) return Lifecycle::kDeleting;
    if (as_of < instance.ready_at) return Lifecycle::kCreating;
    return instance.ends_as;
  }

  FakeCloud& cloud_;
  const FakeCloudAccess* access_;
  Kind kind_;
  Domain domain_;
  const KindTraits& traits_;
};

std::shared_ptr<InstanceProvider> MakeFakeProvider(FakeCloud& cloud, Kind kind, Domain domain,
                                                   const FakeCloudAccess* access) {
  return std::make_shared<FakeCloudProvider>(cloud, kind, std::move(domain), access);
}

}  // namespace instanced
