#include "controller/provider/plugin/conformance/bench.h"

#include <utility>

#include <fmt/format.h>

#include "controller/provider/plugin/document.h"
#include "controller/task/sleep.h"

namespace instanced::plugin {
namespace {

using nlohmann::json;

constexpr std::string_view kUniqueSlot = "{unique}";
constexpr int kPagesMax = 1000;

json Filled(json value, const std::string& word) {
  if (value.is_string()) {
    auto text = value.get<std::string>();
    for (auto at = text.find(kUniqueSlot); at != std::string::npos; at = text.find(kUniqueSlot)) {
      text.replace(at, kUniqueSlot.size(), word);
    }
    return text;
  }
  if (value.is_structured()) {
    for (auto& member : value) member = Filled(std::move(member), word);
  }
  return value;
}

}  // namespace

Bench::Bench(RpcTransport& transport, const Clock& clock, Random& random, BenchOptions options)
    : transport_(transport), clock_(clock), random_(random), options_(std::move(options)) {
  open_schema_ = PluginSchema::Parse({"{}", {}, {}}, Updates::kSupported).value();
}

Task<RpcAnswer> Bench::Call(Verb verb, std::string request) {
  return CallWithin(verb, std::move(request), options_.call_limit);
}

Task<RpcAnswer> Bench::CallWithin(Verb verb, std::string request, Duration limit) {
  return transport_.Call({verb, std::move(request), clock_.Now() + limit, {}});
}

const std::vector<json>& Bench::examples() const {
  return options_.examples.empty() && schema_ ? schema_->examples() : options_.examples;
}

json Bench::Parameters(Example example, const std::string& word) const {
  const auto index = example == Example::kFirst ? 0U : 1U;
  return index < examples().size() ? Filled(examples()[index], word) : json();
}

std::string Bench::NewWord() { return fmt::format("c{:010x}", random_.Next() & 0xFFFFFFFFFF); }

CreateInput Bench::NewInput(json parameters) {
  CreateInput input;
  input.parameters = std::move(parameters);
  input.mark.owner_value = "conformance/PluginInstance/default/" + NewWord();
  input.mark.uid = fmt::format("{:016x}", random_.Next());
  const auto high = random_.Next();
  const auto low = random_.Next();
  input.token = fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", high >> 32,
                            (high >> 16) & 0xFFFF, high & 0xFFF, low >> 52, low & 0xFFFFFFFFFFFF);
  return input;
}

std::string Bench::RequestOf(const CreateInput& input) {
  const ObjectKey key{Kind::kPluginInstance, "default", "conformance"};
  return EncodeCreate(RecordCreate(input), key, 1).value();
}

Task<Result<std::string>> Bench::Create(CreateInput input) {
  auto call = Call(Verb::kCreate, RequestOf(input));
  const auto answer = co_await call;
  auto created = DecodeCreate(answer);
  if (!created) co_return std::unexpected(std::move(created.error()));
  made_.insert(created->value.external_name);
  co_return std::move(created->value.external_name);
}

Task<Result<Observation>> Bench::Observe(std::string name) {
  auto call = Call(Verb::kObserve, EncodeObserve(name));
  const auto answer = co_await call;
  auto seen = DecodeObserve(answer, *open_schema_, name);
  if (!seen) co_return std::unexpected(std::move(seen.error()));
  co_return std::move(seen->value);
}

Task<Result<Observation>> Bench::Make(CreateInput input) {
  auto creating = Create(std::move(input));
  auto name = co_await creating;
  if (!name) co_return std::unexpected(std::move(name.error()));
  const auto give_up = clock_.Now() + options_.ready_limit;
  while (true) {
    auto observing = Observe(*name);
    auto seen = co_await observing;
    if (!seen || seen->lifecycle != Lifecycle::kCreating) co_return seen;
    if (clock_.Now() >= give_up) {
      co_return Fail(ErrorClass::kTransient, "NotReady",
                     "instance " + *name + " is still being created");
    }
    auto pausing = Pause(std::chrono::milliseconds(100));
    co_await pausing;
  }
}

Task<Result<void>> Bench::Update(std::string name, json parameters,
                                 std::vector<std::string> changed, Mark mark) {
  UpdateInput input;
  input.external_name = std::move(name);
  input.parameters = std::move(parameters);
  input.mark = std::move(mark);
  for (auto& field : changed) {
    FieldDiff diff;
    diff.field = std::move(field);
    input.step.diffs.push_back(std::move(diff));
  }
  auto call = Call(Verb::kUpdate, EncodeUpdate(input));
  const auto answer = co_await call;
  auto updated = DecodeUpdate(answer);
  if (!updated) co_return std::unexpected(std::move(updated.error()));
  co_return Result<void>();
}

Task<Result<void>> Bench::Delete(std::string name) {
  auto call = Call(Verb::kDelete, EncodeDelete(name, "delete-" + name));
  const auto answer = co_await call;
  auto deleted = DecodeDelete(answer);
  if (!deleted) co_return std::unexpected(std::move(deleted.error()));
  made_.erase(name);
  co_return Result<void>();
}

Task<Result<std::vector<Observation>>> Bench::ListAll(int page_size) {
  std::vector<Observation> all;
  std::string page;
  for (int pages = 0; pages < kPagesMax; ++pages) {
    auto call = Call(Verb::kList, EncodeList(page, page_size));
    const auto answer = co_await call;
    auto list = DecodeList(answer, *open_schema_, page, page_size);
    if (!list) co_return std::unexpected(std::move(list.error()));
    for (auto& entry : list->value.entries) all.push_back(std::move(entry));
    page = std::move(list->value.next_page);
    if (page.empty()) co_return all;
  }
  co_return Fail(ErrorClass::kTerminal, "EndlessList", "the list does not end after 1000 pages");
}

Task<Result<int>> Bench::CountMarked(Mark mark) {
  auto listing = ListAll(kListPageSize);
  auto all = co_await listing;
  if (!all) co_return std::unexpected(std::move(all.error()));
  int count = 0;
  for (const auto& entry : *all) {
    if (entry.mark && entry.mark->uid == mark.uid) {
      made_.insert(entry.external_name);
      ++count;
    }
  }
  co_return count;
}

Task<void> Bench::Pause(Duration span) {
  SleepUntil sleeping(clock_.Now() + span);
  co_await sleeping;
}

Task<std::vector<std::string>> Bench::CleanUp() {
  std::vector<std::string> left;
  const auto names = made_;
  for (const auto& name : names) {
    auto deleting = Delete(name);
    const auto deleted = co_await deleting;
    if (!deleted) left.push_back(name);
  }
  co_return left;
}

}  // namespace instanced::plugin
