// Handshake, schema, Create and Observe.
#include <algorithm>
#include <array>
#include <utility>

#include "controller/provider/plugin/conformance/check.h"
#include "controller/provider/plugin/document.h"
#include "controller/provider/plugin/plugin_errors.h"
#include "controller/task/sleep.h"
#include "controller/task/task_group.h"

namespace instanced::plugin {
namespace {

using nlohmann::json;

constexpr int kRacers = 4;

Task<Verdict> HandshakeVersion(Bench* bench) {
  auto call = bench->Call(Verb::kHandshake, EncodeHandshake("conformance"));
  const auto answer = co_await call;
  auto greeting = DecodeHandshake(answer);
  if (!greeting) co_return Failed(Describe(greeting.error()));
  bench->SetGreeting(*std::move(greeting));
  co_return Passed();
}

Task<Verdict> HandshakeStable(Bench* bench) {
  for (int i = 0; i < 3; ++i) {
    auto call = bench->CallWithin(Verb::kHandshake, EncodeHandshake("conformance"),
                                  std::chrono::seconds(1));
    const auto answer = co_await call;
    auto greeting = DecodeHandshake(answer);
    if (!greeting) co_return Failed("a later one: " + Describe(greeting.error()));
    if (*greeting != bench->greeting()) {
      co_return Failed("a later answer differs from the first, in the same process");
    }
  }
  co_return Passed();
}

Task<Verdict> SchemaAcceptable(Bench* bench) {
  auto call = bench->Call(Verb::kGetSchema, "");
  const auto answer = co_await call;
  auto text = DecodeSchema(answer);
  if (!text) co_return Failed(Describe(text.error()));
  auto schema = PluginSchema::Parse(*text, bench->greeting().updates);
  if (!schema) co_return Failed(schema.error().message);
  bench->SetSchema(*schema);
  if (bench->examples().empty()) {
    co_return Failed("the schema has no examples; give one with --example FILE");
  }
  for (const auto example : {Example::kFirst, Example::kSecond}) {
    const auto parameters = bench->Parameters(example, bench->NewWord());
    if (parameters.is_null()) continue;
    const auto problems = (*schema)->Check(parameters);
    if (!problems.empty()) co_return Failed("an example does not fit: " + problems.front());
  }
  co_return Passed();
}

// What of the declared fields is not observed as it was declared.
std::string Missing(const Bench& bench, const json& declared, const json& observed) {
  for (const auto& [name, value] : declared.items()) {
    if (bench.schema()->IsCreateOnly(name) || name == "tags") continue;
    const auto it = observed.find(name);
    if (it == observed.end()) return name + " is not observed";
    if (*it != value) {
      return name + " was declared as " + CleanText(ToText(value), 64) + " and is observed as " +
             CleanText(ToText(*it), 64);
    }
  }
  return {};
}

Task<Verdict> CreateMakes(Bench* bench) {
  const auto parameters = bench->Parameters(Example::kFirst, bench->NewWord());
  auto making = bench->Make(bench->NewInput(parameters));
  const auto seen = co_await making;
  if (!seen) co_return Failed(Describe(seen.error()));
  if (seen->lifecycle != Lifecycle::kReady) {
    co_return Failed("the instance is not ready: " + seen->cloud_state + " " + seen->cloud_message);
  }
  co_return Passed();
}

Task<Verdict> SchemaHonest(Bench* bench) {
  const auto parameters = bench->Parameters(Example::kFirst, bench->NewWord());
  auto making = bench->Make(bench->NewInput(parameters));
  const auto seen = co_await making;
  if (!seen) co_return Failed(Describe(seen.error()));
  const auto problems = bench->schema()->CheckObserved(seen->fields);
  if (!problems.empty()) co_return Failed("observed against the schema: " + problems.front());
  const auto missing = Missing(*bench, parameters, seen->fields);
  if (!missing.empty()) co_return Failed(missing);
  co_return Passed();
}

Task<Verdict> MarksKept(Bench* bench) {
  const auto input = bench->NewInput(bench->Parameters(Example::kFirst, bench->NewWord()));
  auto making = bench->Make(input);
  const auto seen = co_await making;
  if (!seen) co_return Failed(Describe(seen.error()));
  if (seen->mark->owner_value == input.mark.owner_value && seen->mark->uid == input.mark.uid) {
    co_return Passed();
  }
  co_return Failed("created with owner \"" + input.mark.owner_value + "\" and uid \"" +
                   input.mark.uid + "\", observed with \"" + seen->mark->owner_value + "\" and \"" +
                   seen->mark->uid + "\"");
}

Task<Verdict> CreateIdempotent(Bench* bench) {
  const auto input = bench->NewInput(bench->Parameters(Example::kFirst, bench->NewWord()));
  auto first = bench->Make(input);
  const auto one = co_await first;
  if (!one) co_return Failed(Describe(one.error()));
  auto again = bench->Create(input);
  const auto two = co_await again;
  if (!two) co_return Failed("the second call with the same bytes: " + Describe(two.error()));
  if (*two != one->external_name) {
    co_return Failed("two calls with one token answered " + one->external_name + " and " + *two);
  }
  auto counting = bench->CountMarked(input.mark);
  const auto count = co_await counting;
  if (count && *count > 1) {
    co_return Failed("two calls with one token made " + std::to_string(*count) + " instances");
  }
  co_return Passed();
}

struct Race {
  std::vector<Result<std::string>> ends;
};

Task<void> RunOne(Bench* bench, CreateInput input, std::shared_ptr<Race> race) {
  auto creating = bench->Create(std::move(input));
  race->ends.push_back(co_await creating);
}

Task<Verdict> CreateConcurrentToken(Bench* bench) {
  const auto input = bench->NewInput(bench->Parameters(Example::kFirst, bench->NewWord()));
  const auto race = std::make_shared<Race>();
  CurrentExecutor asking;
  Executor& executor = co_await asking;
  TaskGroup group(executor);
  for (int i = 0; i < kRacers; ++i) group.Spawn(RunOne(bench, input, race));
  auto joining = group.Join();
  co_await joining;
  std::string name;
  for (const auto& end : race->ends) {
    // One that is told to try again is right, too.
    if (!end && end.error().error_class == ErrorClass::kBusy) continue;
    if (!end) co_return Failed(Describe(end.error()));
    if (!name.empty() && name != *end) {
      co_return Failed("calls with one token at the same time made " + name + " and " + *end);
    }
    name = *end;
  }
  auto counting = bench->CountMarked(input.mark);
  const auto count = co_await counting;
  if (count && *count > 1) {
    co_return Failed("calls with one token at the same time made " + std::to_string(*count) +
                     " instances");
  }
  co_return Passed();
}

Task<Verdict> CreateRefusesInvalid(Bench* bench) {
  // What the daemon would have refused itself: a plugin is asked all the same.
  json parameters = json::object({{"no-such-field-of-any-plugin", true}});
  const auto good = bench->Parameters(Example::kFirst, "x");
  for (const auto& [name, value] : good.items()) {
    parameters[name] = value.is_object() ? json("no object") : json::object({{"wrong", "type"}});
  }
  const auto input = bench->NewInput(std::move(parameters));
  auto creating = bench->Create(input);
  const auto made = co_await creating;
  if (made) co_return Failed("parameters of a wrong form were accepted and made " + *made);
  if (made.error().error_class != ErrorClass::kValidation) {
    co_return Failed("expected class VALIDATION, got " + Describe(made.error()));
  }
  co_return Passed();
}

Task<Verdict> ObserveChangesNothing(Bench* bench) {
  const auto input = bench->NewInput(bench->Parameters(Example::kFirst, bench->NewWord()));
  auto making = bench->Make(input);
  const auto first = co_await making;
  if (!first) co_return Failed(Describe(first.error()));
  for (int i = 0; i < 4; ++i) {
    auto observing = bench->Observe(first->external_name);
    const auto again = co_await observing;
    if (!again) co_return Failed(Describe(again.error()));
    const bool same = again->fields == first->fields && again->lifecycle == first->lifecycle &&
                      again->mark == first->mark;
    if (!same) {
      co_return Failed("looked at " + std::to_string(i + 2) + " times, the instance changed from " +
                       CleanText(ToText(first->fields), 200) + " to " +
                       CleanText(ToText(again->fields), 200));
    }
  }
  co_return Passed();
}

Task<Verdict> ObserveKeepsId(Bench* bench) {
  auto creating =
      bench->Create(bench->NewInput(bench->Parameters(Example::kFirst, bench->NewWord())));
  const auto name = co_await creating;
  if (!name) co_return Failed(Describe(name.error()));
  auto observing = bench->Observe(*name);
  const auto seen = co_await observing;
  if (!seen) co_return Failed("asked for " + *name + ": " + Describe(seen.error()));
  co_return Passed();
}

Task<Verdict> ObserveUnknown(Bench* bench) {
  auto creating =
      bench->Create(bench->NewInput(bench->Parameters(Example::kFirst, bench->NewWord())));
  const auto name = co_await creating;
  if (!name) co_return Failed(Describe(name.error()));
  // An id of the plugin's own form that names nothing any more.
  auto deleting = bench->Delete(*name);
  const auto deleted = co_await deleting;
  if (!deleted) co_return Skipped("the instance could not be deleted");
  for (int i = 0; i < 100; ++i) {
    auto observing = bench->Observe(*name);
    const auto seen = co_await observing;
    if (!seen && seen.error().error_class == ErrorClass::kNotFound) co_return Passed();
    if (!seen) co_return Failed("expected class NOT_FOUND, got " + Describe(seen.error()));
    if (seen->lifecycle != Lifecycle::kDeleting) co_return Skipped("the deletion does nothing");
    auto pausing = bench->Pause(std::chrono::milliseconds(100));
    co_await pausing;
  }
  co_return Failed("a deleted instance is shown for ten seconds");
}

constexpr std::array kChecks{
    Check{"handshake-version", "Handshake answers with protocol version 1, a name, a scope",
          HandshakeVersion, ""},
    Check{"handshake-stable", "Handshake gives the same answer every time, within a second",
          HandshakeStable, "handshake-version"},
    Check{"schema-acceptable", "the schema holds known keywords only, and its examples fit it",
          SchemaAcceptable, "handshake-version"},
    Check{"create-makes", "Create makes what was asked for, and it becomes ready", CreateMakes,
          "schema-acceptable"},
    Check{"schema-honest", "what is observed fits the schema and is what was declared",
          SchemaHonest, "create-makes"},
    Check{"marks-kept", "the mark of a create is observed", MarksKept, "create-makes"},
    Check{"create-idempotent-by-token", "a second create with the same token makes nothing",
          CreateIdempotent, "create-makes"},
    Check{"create-concurrent-token", "creates with one token at the same time make one instance",
          CreateConcurrentToken, "create-idempotent-by-token"},
    Check{"create-refuses-invalid", "parameters that cannot work are refused as VALIDATION",
          CreateRefusesInvalid, "schema-acceptable"},
    Check{"observe-changes-nothing", "looking again and again shows the same",
          ObserveChangesNothing, "create-makes"},
    Check{"observe-keeps-id", "Observe answers about the instance that was asked for",
          ObserveKeepsId, "schema-acceptable"},
    Check{"observe-unknown-is-not-found", "what does not exist is NOT_FOUND, with a detail",
          ObserveUnknown, "observe-keeps-id"},
};

}  // namespace

std::string Describe(const Error& error) {
  return std::string(ToString(error.error_class)) + "/" + error.code + ": " + error.message;
}

std::span<const Check> MakingChecks() { return kChecks; }

}  // namespace instanced::plugin
