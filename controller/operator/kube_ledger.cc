#include "controller/operator/kube_ledger.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "controller/task/sleep.h"

namespace instanced {
namespace {

using nlohmann::json;

constexpr const char* kChurnKey = "churn";
constexpr int kTriesMax = 8;
// Below the 1 MiB that the API server allows for all data of a ConfigMap.
constexpr std::size_t kDataBytesMax = 1'000'000;
constexpr Duration kRetryFirst = std::chrono::seconds(1);
constexpr Duration kRetryLongest = std::chrono::seconds(30);
constexpr std::int64_t kKeptMs =
    std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::hours(24 * 60)).count();

Error StoreError(Error error) {
  if (error.error_class != ErrorClass::kCancelled) error.error_class = ErrorClass::kStore;
  error.message = "ConfigMap " + std::string(kLedgerConfigMap) + ": " + error.message;
  return error;
}

}  // namespace

ObjectRef KubeLedger::Where() const {
  return {{"", "v1", "configmaps", deps_.namespace_}, std::string(kLedgerConfigMap), ""};
}

void KubeLedger::TakeInChurn(const std::string& text) {
  const auto accounts = json::parse(text, nullptr, false);
  if (!accounts.is_object()) return;
  for (const auto& [account, times] : accounts.items()) {
    if (!times.is_object()) continue;
    for (const auto& [identity, at] : times.items()) {
      if (!at.is_number_integer() || withdrawn_.contains({account, identity})) continue;
      churn_[account].try_emplace(identity, at.get<std::int64_t>());
    }
  }
}

void KubeLedger::TakeIn(const json& config_map) {
  resource_version_ = config_map.value("/metadata/resourceVersion"_json_pointer, "");
  const auto data = config_map.value("data", json::object());
  for (const auto& [name, text] : data.items()) {
    if (!text.is_string()) continue;
    if (name == kChurnKey) {
      TakeInChurn(text.get<std::string>());
      continue;
    }
    stored_[name] = text.get<std::string>();
    if (!unwritten_.contains(name)) documents_[name] = stored_[name];
  }
}

Task<Result<void>> KubeLedger::Read() {
  auto getting = deps_.client.Get(Where(), deps_.stop, CallRank::kFirst);
  auto body = co_await getting;
  if (!body && body.error().error_class == ErrorClass::kNotFound) {
    resource_version_.clear();
    co_return Result<void>();
  }
  if (!body) co_return std::unexpected(std::move(body.error()));
  const auto config_map = json::parse(*body, nullptr, false);
  if (!config_map.is_object()) {
    co_return Fail(ErrorClass::kTransient, "Malformed", "not a JSON object");
  }
  TakeIn(config_map);
  co_return Result<void>();
}

Task<Result<void>> KubeLedger::Load() {
  Duration pause = kRetryFirst;
  while (true) {
    auto reading = Read();
    auto read = co_await reading;
    healthy_ = read.has_value();
    if (read) co_return Result<void>();
    if (deps_.stop.StopRequested()) co_return std::unexpected(StoreError(std::move(read.error())));
    deps_.trouble(StoreError(read.error()));
    const Duration asked = read.error().retry_after.value_or(std::chrono::seconds(0));
    SleepUntil resting(deps_.clock.Now() + std::max(pause, asked), deps_.stop);
    co_await resting;
    pause = std::min(pause * 2, kRetryLongest);
  }
}

Task<Result<std::vector<ChurnEntry>>> KubeLedger::LoadChurn(WallTime since) {
  auto loading = Load();
  auto loaded = co_await loading;
  if (!loaded) co_return std::unexpected(std::move(loaded.error()));
  std::vector<ChurnEntry> entries;
  for (const auto& [account, times] : churn_) {
    for (const auto& [identity, at] : times) {
      const WallTime when{std::chrono::milliseconds(at)};
      if (when >= since) entries.push_back({account, identity, when});
    }
  }
  co_return entries;
}

Task<Result<std::vector<LedgerDocument>>> KubeLedger::LoadDocuments() {
  auto loading = Load();
  auto loaded = co_await loading;
  if (!loaded) co_return std::unexpected(std::move(loaded.error()));
  std::vector<LedgerDocument> documents;
  for (const auto& [name, text] : documents_) documents.push_back({name, text});
  co_return documents;
}

Task<Result<void>> KubeLedger::RecordChurn(ChurnEntry entry) {
  withdrawn_.erase({entry.account, entry.identity});
  churn_[entry.account].try_emplace(entry.identity, entry.at.time_since_epoch().count());
  // Also when it is there already: it may still be on its way.
  return Commit();
}

Task<Result<void>> KubeLedger::WithdrawChurn(std::string account, std::string identity) {
  churn_[account].erase(identity);
  withdrawn_.emplace(std::move(account), std::move(identity));
  return Commit();
}

Task<Result<void>> KubeLedger::SaveDocument(LedgerDocument document) {
  const std::string name = document.name;
  unwritten_.insert(name);
  documents_[name] = std::move(document.json);
  auto committing = Commit();
  auto written = co_await committing;
  if (written && left_out_.contains(name)) {
    co_return std::unexpected(
        StoreError(Fail(ErrorClass::kStore, "TooLarge", "no room for document " + name).error()));
  }
  co_return written;
}

void KubeLedger::LetShareGo(const std::string& share) {
  const auto gone = std::erase_if(unwritten_, [&](const std::string& name) {
    return !share.empty() && name.ends_with("." + share);
  });
  if (gone > 0) outdated_ = true;
}

Task<void> KubeLedger::Probe() {
  if (!write_failed_ || writing_) co_return;
  auto writing = Commit();
  (void)co_await writing;
}

Task<Result<void>> KubeLedger::Commit() {
  Completion<Result<void>> written;
  waiting_.push_back(written);
  if (!std::exchange(writing_, true)) deps_.spawn(WriteAll());
  co_return co_await written;
}

Task<void> KubeLedger::WriteAll() {
  while (!waiting_.empty()) {
    const auto served = std::exchange(waiting_, {});
    auto writing = WriteOnce();
    const auto result = co_await writing;
    healthy_ = result.has_value();
    write_failed_ = !healthy_;
    if (!result) deps_.trouble(result.error());
    for (const auto& waiter : served) waiter.Set(result);
  }
  writing_ = false;
}

Task<Result<void>> KubeLedger::WriteOnce() {
  Error last;
  if (outdated_) {
    auto reading = Read();
    if (auto read = co_await reading; !read) {
      co_return std::unexpected(StoreError(std::move(read.error())));
    }
    outdated_ = false;
  }
  for (int tries = 0; tries < kTriesMax; ++tries) {
    // What is spent is on record before a cloud is called, so a call waits for this.
    constexpr auto kRank = CallRank::kFirst;
    const auto withdrawn = withdrawn_;
    auto [rendered, sent] = Render();
    auto writing = resource_version_.empty()
                       ? deps_.client.Create(Where().resource, std::move(rendered), {}, kRank)
                       : deps_.client.Replace(Where(), std::move(rendered), {}, kRank);
    auto body = co_await writing;
    if (body) {
      const auto config_map = json::parse(*body, nullptr, false);
      if (config_map.is_object()) {
        resource_version_ = config_map.value("/metadata/resourceVersion"_json_pointer, "");
      }
      std::erase_if(withdrawn_, [&](const auto& entry) { return withdrawn.contains(entry); });
      // What has changed since then waits for the next write, and is not to be read over.
      stored_ = std::move(sent);
      std::erase_if(unwritten_, [this](const std::string& name) {
        const auto found = stored_.find(name);
        return found != stored_.end() && found->second == documents_[name];
      });
      co_return Result<void>();
    }
    last = std::move(body.error());
    const bool stale = last.error_class == ErrorClass::kWriteConflict ||
                       last.error_class == ErrorClass::kTaken ||
                       last.error_class == ErrorClass::kNotFound;
    if (!stale) break;
    auto reading = Read();
    if (auto read = co_await reading; !read) {
      last = std::move(read.error());
      break;
    }
  }
  co_return std::unexpected(StoreError(std::move(last)));
}

std::map<std::string, std::string> KubeLedger::Fitting(std::size_t churn_bytes) {
  auto fitting = documents_;
  std::size_t size = churn_bytes;
  for (const auto& [name, text] : fitting) size += name.size() + text.size();
  const std::size_t known = left_out_.size();
  left_out_.clear();
  while (size > kDataBytesMax && left_out_.size() < unwritten_.size()) {
    const std::string* largest = nullptr;
    for (const auto& name : unwritten_) {
      if (left_out_.contains(name)) continue;
      if (!largest || fitting[name].size() > fitting[*largest].size()) largest = &name;
    }
    left_out_.insert(*largest);
    size -= fitting[*largest].size();
    const auto before = stored_.find(*largest);
    if (before == stored_.end()) {
      fitting.erase(*largest);
    } else {
      fitting[*largest] = before->second;
      size += before->second.size();
    }
  }
  if (known == 0 && !left_out_.empty()) {
    deps_.trouble(StoreError(
        Fail(ErrorClass::kStore, "TooLarge", "no room for document " + *left_out_.begin())
            .error()));
  }
  return fitting;
}

KubeLedger::Rendered KubeLedger::Render() {
  const auto oldest = deps_.clock.WallNow().time_since_epoch().count() - kKeptMs;
  json accounts = json::object();
  for (auto& [account, times] : churn_) {
    std::erase_if(times, [&](const auto& entry) { return entry.second < oldest; });
    if (!times.empty()) accounts[account] = times;
  }
  auto churn = accounts.dump();
  auto documents = Fitting(churn.size());
  json data = documents;
  data[kChurnKey] = std::move(churn);
  json meta{{"name", kLedgerConfigMap}, {"namespace", deps_.namespace_}};
  if (!resource_version_.empty()) meta["resourceVersion"] = resource_version_;
  const json config_map{{"apiVersion", "v1"},
                        {"kind", "ConfigMap"},
                        {"metadata", std::move(meta)},
                        {"data", std::move(data)}};
  return {config_map.dump(-1, ' ', false, json::error_handler_t::replace), std::move(documents)};
}

}  // namespace instanced
