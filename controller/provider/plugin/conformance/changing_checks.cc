// Update, Delete, List, failures, deadlines and concurrency.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "controller/provider/plugin/conformance/check.h"
#include "controller/provider/plugin/document.h"
#include "controller/provider/plugin/plugin_errors.h"
#include "controller/task/sleep.h"
#include "controller/task/task_group.h"

namespace instanced::plugin {
namespace {

using nlohmann::json;

constexpr int kListed = 5;
constexpr int kAtOnce = 8;

// An instance, and a change of it that the examples allow.
struct Subject {
  CreateInput input;
  Observation seen;
  json changed;                     // the parameters after the change
  std::vector<std::string> fields;  // that differ
};

// Fails with NotOffered where there is nothing to check.
Task<Result<Subject>> NewSubject(Bench* bench) {
  const auto word = bench->NewWord();
  Subject subject;
  subject.changed = bench->Parameters(Example::kSecond, word);
  const auto before = bench->Parameters(Example::kFirst, word);
  if (bench->greeting().updates == Updates::kNever || !subject.changed.is_object()) {
    co_return Fail(ErrorClass::kNotOffered, "NoUpdate",
                   "the plugin has no CAPABILITY_UPDATE, or there is no second example");
  }
  for (const auto& [name, value] : subject.changed.items()) {
    if (!before.contains(name) || before[name] != value) subject.fields.push_back(name);
  }
  for (const auto& name : subject.fields) {
    if (!bench->schema()->IsImmutable(name)) continue;
    co_return Fail(ErrorClass::kValidation, "Examples",
                   "the examples differ in " + name + ", which is immutable");
  }
  subject.input = bench->NewInput(before);
  auto making = bench->Make(subject.input);
  auto seen = co_await making;
  if (!seen) co_return std::unexpected(std::move(seen.error()));
  subject.seen = *std::move(seen);
  co_return subject;
}

Verdict Unable(const Error& error) {
  return error.error_class == ErrorClass::kNotOffered ? Skipped(error.message)
                                                      : Failed(Describe(error));
}

// Looks until the instance shows `wanted` in each of `fields`, for ten seconds; the last look.
Task<Result<Observation>> SeeChanged(Bench* bench, std::string name, json wanted,
                                     std::vector<std::string> fields) {
  for (int i = 0;; ++i) {
    auto observing = bench->Observe(name);
    auto seen = co_await observing;
    if (!seen) co_return seen;
    const bool shown = std::ranges::all_of(fields, [&](const std::string& field) {
      return seen->fields.contains(field) && seen->fields[field] == wanted[field];
    });
    if (shown || i >= 20) co_return seen;
    auto pausing = bench->Pause(std::chrono::milliseconds(50 + i * 45));
    co_await pausing;
  }
}

Task<Verdict> UpdateShows(Bench* bench) {
  auto preparing = NewSubject(bench);
  const auto subject = co_await preparing;
  if (!subject) co_return Unable(subject.error());
  auto updating = bench->Update(subject->seen.external_name, subject->changed, subject->fields,
                                subject->input.mark);
  const auto updated = co_await updating;
  if (!updated) co_return Failed(Describe(updated.error()));
  auto looking = SeeChanged(bench, subject->seen.external_name, subject->changed, subject->fields);
  const auto seen = co_await looking;
  if (!seen) co_return Failed(Describe(seen.error()));
  for (const auto& field : subject->fields) {
    if (seen->fields.contains(field) && seen->fields[field] == subject->changed[field]) continue;
    co_return Failed(field + " was changed to " + CleanText(ToText(subject->changed[field]), 64) +
                     ", and is not observed so");
  }
  co_return Passed();
}

Task<Verdict> UpdateLeavesTheRest(Bench* bench) {
  auto preparing = NewSubject(bench);
  const auto subject = co_await preparing;
  if (!subject) co_return Unable(subject.error());
  auto updating = bench->Update(subject->seen.external_name, subject->changed, subject->fields,
                                subject->input.mark);
  const auto updated = co_await updating;
  if (!updated) co_return Failed(Describe(updated.error()));
  auto looking = SeeChanged(bench, subject->seen.external_name, subject->changed, subject->fields);
  const auto seen = co_await looking;
  if (!seen) co_return Failed(Describe(seen.error()));
  for (const auto& [name, value] : subject->seen.fields.items()) {
    if (std::ranges::find(subject->fields, name) != subject->fields.end()) continue;
    if (seen->fields.contains(name) && seen->fields[name] == value) continue;
    co_return Failed(name + " was not to be changed and is another one now");
  }
  if (seen->mark != subject->seen.mark) co_return Failed("the mark was lost by the update");
  co_return Passed();
}

Task<Verdict> UpdateRepeatable(Bench* bench) {
  auto preparing = NewSubject(bench);
  const auto subject = co_await preparing;
  if (!subject) co_return Unable(subject.error());
  for (int i = 0; i < 2; ++i) {
    auto updating = bench->Update(subject->seen.external_name, subject->changed, subject->fields,
                                  subject->input.mark);
    const auto updated = co_await updating;
    if (!updated) {
      co_return Failed((i == 0 ? "the first call: " : "the second, equal call: ") +
                       Describe(updated.error()));
    }
  }
  co_return Passed();
}

Task<Verdict> UpdateOfGone(Bench* bench) {
  auto preparing = NewSubject(bench);
  const auto subject = co_await preparing;
  if (!subject) co_return Unable(subject.error());
  const auto name = subject->seen.external_name;
  auto deleting = bench->Delete(name);
  const auto deleted = co_await deleting;
  if (!deleted) co_return Skipped("the instance could not be deleted");
  for (int i = 0; i < 100; ++i) {
    auto observing = bench->Observe(name);
    const auto seen = co_await observing;
    if (!seen) break;
    if (seen->lifecycle != Lifecycle::kDeleting) co_return Skipped("the deletion does nothing");
    auto pausing = bench->Pause(std::chrono::milliseconds(100));
    co_await pausing;
  }
  auto updating = bench->Update(name, subject->changed, subject->fields, subject->input.mark);
  const auto updated = co_await updating;
  if (updated) co_return Failed("an update of what is gone succeeded");
  if (updated.error().error_class != ErrorClass::kNotFound) {
    co_return Failed("expected class NOT_FOUND, got " + Describe(updated.error()));
  }
  co_return Passed();
}

Task<Verdict> DeleteRemoves(Bench* bench) {
  auto making = bench->Make(bench->NewInput(bench->Parameters(Example::kFirst, bench->NewWord())));
  const auto seen = co_await making;
  if (!seen) co_return Failed(Describe(seen.error()));
  auto deleting = bench->Delete(seen->external_name);
  const auto deleted = co_await deleting;
  if (!deleted) co_return Failed(Describe(deleted.error()));
  for (int i = 0; i < 100; ++i) {
    auto observing = bench->Observe(seen->external_name);
    const auto later = co_await observing;
    if (!later) co_return Passed();
    if (later->lifecycle != Lifecycle::kDeleting) {
      co_return Failed("after Delete the instance is there and not being deleted");
    }
    auto pausing = bench->Pause(std::chrono::milliseconds(100));
    co_await pausing;
  }
  co_return Failed("the instance is still being deleted after ten seconds");
}

Task<Verdict> DeleteOfGone(Bench* bench) {
  auto making = bench->Make(bench->NewInput(bench->Parameters(Example::kFirst, bench->NewWord())));
  const auto seen = co_await making;
  if (!seen) co_return Failed(Describe(seen.error()));
  for (int i = 0; i < 3; ++i) {
    auto deleting = bench->Delete(seen->external_name);
    const auto deleted = co_await deleting;
    if (!deleted) {
      co_return Failed("call " + std::to_string(i + 1) + ": " + Describe(deleted.error()));
    }
  }
  co_return Passed();
}

Task<Verdict> ListEnds(Bench* bench) {
  auto call = bench->Call(Verb::kList, EncodeList("", kListPageSize));
  const auto answer = co_await call;
  const auto list = DecodeList(answer, bench->open_schema(), "");
  if (!list) co_return Failed(Describe(list.error()));
  co_return Passed();
}

Task<Result<std::set<std::string>>> MakeSome(Bench* bench) {
  std::set<std::string> names;
  for (int i = 0; i < kListed; ++i) {
    auto making =
        bench->Make(bench->NewInput(bench->Parameters(Example::kFirst, bench->NewWord())));
    const auto seen = co_await making;
    if (!seen) co_return std::unexpected(seen.error());
    names.insert(seen->external_name);
  }
  co_return names;
}

Task<Verdict> ListPages(Bench* bench) {
  auto making = MakeSome(bench);
  const auto names = co_await making;
  if (!names) co_return Failed(Describe(names.error()));
  for (const int page_size : {2, kListPageSize}) {
    auto listing = bench->ListAll(page_size);
    const auto all = co_await listing;
    if (!all) co_return Failed(Describe(all.error()));
    std::map<std::string, int> seen;
    for (const auto& entry : *all) ++seen[entry.external_name];
    const auto pages = " by the pages of " + std::to_string(page_size);
    for (const auto& [name, count] : seen) {
      if (count > 1) co_return Failed(name + " is named twice" + pages);
    }
    for (const auto& name : *names) {
      if (!seen.contains(name)) co_return Failed(name + " is there and is not named" + pages);
    }
  }
  co_return Passed();
}

Task<Verdict> ListAgrees(Bench* bench) {
  auto making = bench->Make(bench->NewInput(bench->Parameters(Example::kFirst, bench->NewWord())));
  const auto seen = co_await making;
  if (!seen) co_return Failed(Describe(seen.error()));
  auto listing = bench->ListAll(kListPageSize);
  const auto all = co_await listing;
  if (!all) co_return Failed(Describe(all.error()));
  const auto it = std::ranges::find(*all, seen->external_name, &Observation::external_name);
  if (it == all->end()) co_return Failed("an instance that is there is not listed");
  if (it->fields != seen->fields) {
    co_return Failed("listed with " + CleanText(ToText(it->fields), 200) + ", observed with " +
                     CleanText(ToText(seen->fields), 200));
  }
  if (it->mark != seen->mark) co_return Failed("the list shows another mark than Observe");
  co_return Passed();
}

std::string_view Lack(Detail detail) {
  switch (detail) {
    case Detail::kMissing:
      return "has no ErrorDetail";
    case Detail::kUnreadable:
      return "has details that are no google.rpc.Status";
    case Detail::kWithoutClass:
      return "has an ErrorDetail without error_class";
    case Detail::kWithoutCode:
      return "has an ErrorDetail without code";
    case Detail::kGood:
      break;
  }
  return "";
}

Task<Verdict> ErrorsCarryClasses(Bench* bench) {
  const auto invalid = bench->NewInput(json::object({{"no-such-field-of-any-plugin", true}}));
  const std::pair<Verb, std::string> failing[] = {
      {Verb::kObserve, EncodeObserve("no-such-instance")},
      {Verb::kCreate, Bench::RequestOf(invalid)},
      {Verb::kList, EncodeList("no-such-page-token")}};
  for (const auto& [verb, request] : failing) {
    auto call = bench->Call(verb, request);
    const auto answer = co_await call;
    if (answer.status == kStatusOk) continue;
    const auto detail = DetailOf(answer);
    if (detail == Detail::kGood) continue;
    co_return Failed("the failure of " + std::string(ToString(verb)) + " (" +
                     StatusName(answer.status) + ") " + std::string(Lack(detail)));
  }
  co_return Passed();
}

Task<Verdict> DeadlinesHonoured(Bench* bench) {
  const auto input = bench->NewInput(bench->Parameters(Example::kFirst, bench->NewWord()));
  for (int i = 0; i < 2; ++i) {
    auto call = bench->CallWithin(Verb::kCreate, Bench::RequestOf(input),
                                  std::chrono::milliseconds(i == 0 ? 5 : 40));
    const auto answer = co_await call;
    (void)answer;
  }
  auto observing =
      bench->CallWithin(Verb::kObserve, EncodeObserve("no-such-instance"), std::chrono::seconds(2));
  const auto observed = co_await observing;
  if (observed.status == kStatusDeadlineExceeded) {
    co_return Failed("calls whose deadline has passed hold up the calls after them");
  }
  auto making = bench->Make(input);
  const auto seen = co_await making;
  if (!seen) {
    co_return Failed("the create that was cut off, sent again: " + Describe(seen.error()));
  }
  auto counting = bench->CountMarked(input.mark);
  const auto count = co_await counting;
  if (count && *count > 1) {
    co_return Failed("a create that was cut off and sent again made " + std::to_string(*count) +
                     " instances");
  }
  co_return Passed();
}

struct Rush {
  std::vector<Result<Observation>> ends;
};

Task<void> MakeOne(Bench* bench, CreateInput input, std::shared_ptr<Rush> rush) {
  auto making = bench->Make(std::move(input));
  rush->ends.push_back(co_await making);
}

Task<Verdict> ConcurrentCalls(Bench* bench) {
  const auto most = bench->greeting().calls_max;
  const auto count = most == 0 ? kAtOnce : std::min<int>(kAtOnce, static_cast<int>(most));
  const auto rush = std::make_shared<Rush>();
  CurrentExecutor asking;
  Executor& executor = co_await asking;
  TaskGroup group(executor);
  for (int i = 0; i < count; ++i) {
    auto input = bench->NewInput(bench->Parameters(Example::kFirst, bench->NewWord()));
    group.Spawn(MakeOne(bench, std::move(input), rush));
  }
  auto joining = group.Join();
  co_await joining;
  std::set<std::string> names;
  for (const auto& end : rush->ends) {
    if (!end) {
      co_return Failed("of " + std::to_string(count) +
                       " calls at the same time one failed: " + Describe(end.error()));
    }
    names.insert(end->external_name);
  }
  if (names.size() != rush->ends.size()) {
    co_return Failed("creates at the same time were answered with the same id");
  }
  co_return Passed();
}

constexpr std::array kChecks{
    Check{"update-shows", "what was changed is observed", UpdateShows, "create-makes"},
    Check{"update-leaves-the-rest", "fields that are not to be changed, and the mark, stay",
          UpdateLeavesTheRest, "create-makes"},
    Check{"update-repeatable", "the same update again succeeds", UpdateRepeatable, "create-makes"},
    Check{"update-of-gone", "an update of what is gone is NOT_FOUND and makes nothing",
          UpdateOfGone, "create-makes"},
    Check{"delete-removes", "what was deleted is gone", DeleteRemoves, "create-makes"},
    Check{"delete-of-gone-succeeds", "deleting what is gone succeeds", DeleteOfGone,
          "create-makes"},
    Check{"list-ends", "the last message of a page, and no other, has page_end", ListEnds,
          "schema-acceptable"},
    Check{"list-pages-consistent", "pages of any size name every instance exactly once", ListPages,
          "list-ends"},
    Check{"list-agrees-with-observe", "the list shows what Observe shows", ListAgrees, "list-ends"},
    Check{"errors-carry-classes", "every failure has an ErrorDetail with class and code",
          ErrorsCarryClasses, "schema-acceptable"},
    Check{"deadlines-honoured", "calls that were cut off do no harm to those after them",
          DeadlinesHonoured, "create-makes"},
    Check{"concurrent-calls", "calls at the same time do not disturb each other", ConcurrentCalls,
          "create-makes"},
};

}  // namespace

std::span<const Check> ChangingChecks() { return kChecks; }

std::vector<Check> AllChecks() {
  std::vector<Check> all(MakingChecks().begin(), MakingChecks().end());
  all.insert(all.end(), kChecks.begin(), kChecks.end());
  return all;
}

}  // namespace instanced::plugin
