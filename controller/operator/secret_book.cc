#include "controller/operator/secret_book.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "controller/kube/base64.h"
#include "controller/task/sleep.h"

namespace instanced {
namespace {

using nlohmann::json;

constexpr Duration kRetryFirst = std::chrono::seconds(1);
constexpr Duration kRetryLongest = std::chrono::seconds(30);

ResourceRef SecretsOf(const std::string& namespace_) { return {"", "v1", "secrets", namespace_}; }

std::string SelectorOf(const std::string& name) { return "metadata.name=" + name; }

SecretBook::Data DataOf(const json& secret) {
  SecretBook::Data data;
  const auto members = secret.find("data");
  if (members == secret.end() || !members->is_object()) return data;
  for (const auto& [name, value] : members->items()) {
    if (!value.is_string()) continue;
    if (auto bytes = FromBase64(value.get_ref<const std::string&>())) data[name] = *bytes;
  }
  return data;
}

bool Names(const std::optional<CloudConfig>& cloud, const std::string& secret) {
  if (!cloud) return false;
  const auto* named = std::get_if<SecretCredentials>(&cloud->credentials);
  return named != nullptr && named->name == secret;
}

}  // namespace

bool SecretBook::IsNamed(const Name& name) const {
  bool named = false;
  deps_.cache.ForEachProviderConfig([&](const ProviderConfigPtr& config) {
    named = named ||
            (config->meta.key.namespace_ == name.first &&
             (Names(config->spec.aws, name.second) || Names(config->spec.alibaba, name.second)));
  });
  return named;
}

Result<SecretBook::Data> SecretBook::AnswerOf(const Name& name, const Watched& watched) {
  if (watched.data) return *watched.data;
  if (watched.known) {
    return Fail(
        ErrorClass::kAuth, "SecretMissing",
        "there is no Secret " + name.first + "/" + name.second + "; continues once it exists");
  }
  if (watched.failure) return std::unexpected(*watched.failure);
  return Fail(ErrorClass::kCancelled, "Stopping", "the daemon is stopping");
}

Task<Result<SecretBook::Data>> SecretBook::ReadSecret(std::string namespace_, std::string name) {
  const Name wanted{std::move(namespace_), std::move(name)};
  if (!IsNamed(wanted)) {
    co_return Fail(
        ErrorClass::kValidation, "SecretNotNamed",
        "no ProviderConfig of namespace " + wanted.first + " names Secret " + wanted.second);
  }
  WatchedPtr& slot = watched_[wanted];
  if (!slot) {
    slot = std::make_shared<Watched>();
    deps_.spawn(Follow(wanted, slot));
  }
  const WatchedPtr watched = slot;
  if (!watched->known && !watched->failure) {
    Completion<bool> looked;
    watched->waiters.push_back(looked);
    co_await looked;
  }
  co_return AnswerOf(wanted, *watched);
}

void SecretBook::OnChange(const Change& change) {
  if (!change.object || MetaOf(*change.object).key.kind != Kind::kProviderConfig) return;
  std::erase_if(watched_, [this](const auto& entry) {
    if (IsNamed(entry.first)) return false;
    entry.second->stop.RequestStop();
    return true;
  });
}

void SecretBook::Close() {
  for (auto& [name, watched] : std::exchange(watched_, {})) watched->stop.RequestStop();
}

void SecretBook::Learn(const Name& name, Watched& watched, std::optional<Data> data) {
  const bool changed = watched.known ? watched.data != data : watched.failure.has_value();
  watched.known = true;
  watched.failure.reset();
  watched.data = std::move(data);
  for (auto& waiter : std::exchange(watched.waiters, {})) waiter.Set(true);
  if (changed) deps_.changed(name);
}

Task<Result<std::string>> SecretBook::Look(Name name, WatchedPtr watched) {
  ListOptions options;
  options.field_selector = SelectorOf(name.second);
  auto listing =
      deps_.client.ListPage(SecretsOf(name.first), std::move(options), watched->stop.token());
  auto body = co_await listing;
  if (!body) co_return std::unexpected(std::move(body.error()));
  const auto list = json::parse(*body, nullptr, false);
  if (!list.is_object()) co_return Fail(ErrorClass::kTransient, "Malformed", "not a list");
  std::optional<Data> data;
  for (const auto& item : list.value("items", json::array())) {
    if (item.value("/metadata/name"_json_pointer, "") == name.second) data = DataOf(item);
  }
  Learn(name, *watched, std::move(data));
  co_return list.value("/metadata/resourceVersion"_json_pointer, "");
}

Task<Result<void>> SecretBook::Watch(Name name, WatchedPtr watched, std::string version) {
  WatchOptions options;
  options.resource_version = std::move(version);
  options.field_selector = SelectorOf(name.second);
  auto opening =
      deps_.client.Watch(SecretsOf(name.first), std::move(options), watched->stop.token());
  auto stream = co_await opening;
  if (!stream) co_return std::unexpected(std::move(stream.error()));
  while (true) {
    auto reading = (*stream)->Next();
    auto line = co_await reading;
    if (!line) co_return std::unexpected(std::move(line.error()));
    if (!*line) co_return Result<void>();
    const auto event = json::parse(**line, nullptr, false);
    if (!event.is_object()) co_return Fail(ErrorClass::kTransient, "Malformed", "not an event");
    const std::string type = event.value("type", "");
    if (type == "ERROR") co_return Fail(ErrorClass::kTransient, "Expired", "the watch expired");
    const json object = event.value("object", json::object());
    if (object.value("/metadata/name"_json_pointer, "") != name.second) continue;
    if (type == "DELETED") Learn(name, *watched, std::nullopt);
    if (type == "ADDED" || type == "MODIFIED") Learn(name, *watched, DataOf(object));
  }
}

// One Secret is cheap to read: whatever ends a watch leads to a new look.
Task<void> SecretBook::Follow(Name name, WatchedPtr watched) {
  const StopToken stop = watched->stop.token();
  Duration pause = kRetryFirst;
  while (!stop.StopRequested()) {
    auto looking = Look(name, watched);
    auto version = co_await looking;
    std::optional<Error> failure;
    if (version) {
      const auto began = deps_.clock.Now();
      auto watching = Watch(name, watched, std::move(*version));
      if (auto ended = co_await watching; !ended) failure = std::move(ended.error());
      if (deps_.clock.Now() - began > kRetryLongest) pause = kRetryFirst;
    } else {
      failure = std::move(version.error());
      if (!watched->known && !stop.StopRequested()) {
        watched->failure = *failure;
        for (auto& waiter : std::exchange(watched->waiters, {})) waiter.Set(true);
      }
    }
    if (stop.StopRequested()) break;
    if (failure) deps_.trouble(name, *failure);
    Duration rest = pause;
    if (failure && failure->retry_after) rest = std::max<Duration>(rest, *failure->retry_after);
    SleepUntil resting(deps_.clock.Now() + rest, stop);
    co_await resting;
    pause = std::min(pause * 2, kRetryLongest);
  }
  for (auto& waiter : std::exchange(watched->waiters, {})) waiter.Set(false);
}

}  // namespace instanced
