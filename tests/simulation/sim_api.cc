#include "tests/simulation/sim_api.h"

#include <algorithm>
#include <utility>

#include "api/kinds/kind_traits.h"
#include "controller/kube/resource_path.h"
#include "controller/task/signal.h"
#include "controller/task/sleep.h"

namespace instanced {
namespace {

using nlohmann::json;
using Query = std::map<std::string, std::string>;

constexpr Duration kBookmarkEvery = std::chrono::minutes(1);

std::pair<std::string, Query> Split(const std::string& target) {
  const auto mark = target.find('?');
  Query query;
  if (mark == std::string::npos) return {target, query};
  const std::string rest = target.substr(mark + 1) + "&";
  for (std::size_t at = 0, end; (end = rest.find('&', at)) != std::string::npos; at = end + 1) {
    const auto pair = rest.substr(at, end - at);
    query[pair.substr(0, pair.find('='))] = pair.substr(pair.find('=') + 1);
  }
  return {target.substr(0, mark), query};
}

std::vector<Kind> EveryKind() {
  std::vector<Kind> kinds{Kind::kProviderConfig};
  for (const Kind kind : InstanceKinds()) kinds.push_back(kind);
  return kinds;
}

Kind KindAt(const std::string& path) {
  for (const Kind kind : EveryKind()) {
    if (PathOf(ResourceOf(kind, "")) == path) return kind;
  }
  std::unreachable();
}

json JsonOf(const ObjectPtr& object) {
  return std::visit([](const auto& pointer) { return ToJson(*pointer); }, object);
}

std::string Line(const std::string& type, const json& object) {
  return json{{"type", type}, {"object", object}}.dump() + "\n";
}

std::string Refusal(int code, const std::string& reason) {
  return json{{"kind", "Status"}, {"apiVersion", "v1"},     {"status", "Failure"},
              {"reason", reason}, {"message", "so it was"}, {"code", code}}
      .dump();
}

HttpError Broken(HttpFailure failure, Reach reach) { return {failure, reach, "so it was"}; }

HttpResponse Refused(ApiFate fate) {
  if (fate == ApiFate::kExpired) return {410, {}, Refusal(410, "Expired")};
  if (fate == ApiFate::kInternal) return {500, {}, Refusal(500, "InternalError")};
  return {429, {{"Retry-After", "7"}}, Refusal(429, "TooManyRequests")};
}

}  // namespace

ApiHistory::ApiHistory(MemoryStore& store, const Clock& clock) : store_(store), clock_(clock) {
  store.on_change = [this](std::int64_t version, const WatchEvent& event) { Add(version, event); };
}

void ApiHistory::Add(std::int64_t version, const WatchEvent& event) {
  if (const auto* applied = std::get_if<Applied>(&event)) {
    const auto& key = MetaOf(applied->object).key;
    const bool known = last_.contains(key);
    json object = JsonOf(applied->object);
    entries_.push_back(
        {version, key.kind, Line(known ? "MODIFIED" : "ADDED", object), clock_.Now()});
    last_[key] = std::move(object);
  } else if (const auto* deleted = std::get_if<Deleted>(&event)) {
    auto ended = last_.extract(deleted->key);
    json& object = ended.mapped();
    object["metadata"]["resourceVersion"] = std::to_string(version);
    entries_.push_back({version, deleted->key.kind, Line("DELETED", object), clock_.Now()});
  }
  for (const auto& listener : listeners) listener();
}

std::optional<std::int64_t> ApiHistory::VersionAt(MonotonicTime when) const {
  const auto after = std::ranges::upper_bound(entries_, when, {}, &Entry::at);
  if (after == entries_.begin()) return std::nullopt;
  return std::prev(after)->version;
}

std::vector<json> ApiHistory::ObjectsAt(Kind kind, std::int64_t version) const {
  std::map<std::string, json> objects;
  for (const auto& entry : entries_) {
    if (entry.version > version) break;
    if (entry.kind != kind) continue;
    auto event = json::parse(entry.line);
    const auto name = event["object"]["metadata"]["name"].get<std::string>();
    if (event["type"] == "DELETED") {
      objects.erase(name);
    } else {
      objects[name] = std::move(event["object"]);
    }
  }
  std::vector<json> items;
  for (auto& [name, object] : objects) items.push_back(std::move(object));
  return items;
}

class SimApi::Stream final : public HttpStream {
 public:
  Stream(SimApi& api, int status, std::string pending) : api_(api), head_{status, {}} {
    pending_ = std::move(pending);
    end_ = End::kEnded;
    api_.streams_.push_back(this);
  }
  Stream(SimApi& api, Kind kind, std::int64_t since, MonotonicTime ends_at, Duration idle,
         StopToken stop)
      : api_(api),
        head_{200, {}},
        kind_(kind),
        version_(since),
        ends_at_(ends_at),
        idle_(idle),
        bookmark_at_(api.clock_.Now() + kBookmarkEvery),
        stop_(stop),
        registration_(stop.OnStop([this] { signal.Notify(); })) {
    api_.streams_.push_back(this);
  }
  ~Stream() override { std::erase(api_.streams_, this); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  const HttpStreamHead& head() const override { return head_; }
  Task<std::expected<std::string, HttpError>> Read() override {
    const MonotonicTime give_up = Now() + idle_;
    while (true) {
      if (stop_.StopRequested()) {
        co_return std::unexpected(Broken(HttpFailure::kStopped, Reach::kUnknown));
      }
      Collect();
      if (!pending_.empty() && Now() >= silent_until_) co_return Piece();
      if (end_ == End::kEnded || Now() >= ends_at_) co_return std::string();
      if (end_ == End::kCut) {
        co_return std::unexpected(Broken(HttpFailure::kClosed, Reach::kUnknown));
      }
      if (Now() >= give_up) {
        co_return std::unexpected(Broken(HttpFailure::kDeadline, Reach::kUnknown));
      }
      auto wait = signal.Wait(std::min(give_up, NextThing()));
      co_await wait;
    }
  }

  void Cut() {
    end_ = End::kCut;
    pending_.clear();
    signal.Notify();
  }
  void Finish() {
    end_ = End::kEnded;
    signal.Notify();
  }
  void Expire() {
    pending_ += Line("ERROR", json::parse(Refusal(410, "Expired")));
    Finish();
  }
  void Silence(MonotonicTime until) { silent_until_ = std::max(silent_until_, until); }
  Signal signal;

 private:
  enum class End { kOpen, kEnded, kCut };
  MonotonicTime Now() const { return api_.clock_.Now(); }

  // Events whose time has come, in order.
  void Collect() {
    if (end_ != End::kOpen) return;
    const auto& entries = api_.history_.entries();
    for (auto it = std::ranges::upper_bound(entries, version_, {}, &ApiHistory::Entry::version);
         it != entries.end(); ++it) {
      if (it->kind != kind_) continue;
      if (!due_) due_ = std::max(last_due_, it->at + DelayNow());
      if (*due_ > Now()) return;
      pending_ += it->line;
      version_ = it->version;
      last_due_ = *std::exchange(due_, std::nullopt);
    }
    if (Now() < bookmark_at_ || Now() < silent_until_) return;
    bookmark_at_ = Now() + kBookmarkEvery;
    if (api_.hooks_.bookmark_lost && api_.hooks_.bookmark_lost()) return;
    const auto version = entries.empty() ? version_ : std::max(version_, entries.back().version);
    version_ = version;
    pending_ += Line("BOOKMARK", {{"metadata", {{"resourceVersion", std::to_string(version)}}}});
  }

  // Sometimes half of what there is, as it comes from a wire.
  std::string Piece() {
    std::string piece = std::exchange(pending_, {});
    if (++pieces_ % 5 == 0 && piece.size() > 1) {
      pending_ = piece.substr(piece.size() / 2);
      piece.resize(piece.size() / 2);
    }
    return piece;
  }

  MonotonicTime NextThing() const {
    // A bookmark comes after what is on its way.
    return std::max(std::min(ends_at_, due_.value_or(bookmark_at_)), silent_until_);
  }

  Duration DelayNow() const {
    return api_.hooks_.watch_delay ? api_.hooks_.watch_delay() : Duration{};
  }

  SimApi& api_;
  HttpStreamHead head_;
  Kind kind_ = Kind::kProviderConfig;
  std::int64_t version_ = 0;
  MonotonicTime ends_at_{};
  Duration idle_{};
  MonotonicTime bookmark_at_{};
  StopToken stop_;
  StopRegistration registration_;
  std::string pending_;
  End end_ = End::kOpen;
  std::optional<MonotonicTime> due_;
  MonotonicTime last_due_{};
  MonotonicTime silent_until_{};
  int pieces_ = 0;
};

SimApi::SimApi(const MemoryStore& store, ApiHistory& history, SimEvents& events, const Clock& clock,
               const ApiHooks& hooks, int replica)
    : store_(store),
      history_(history),
      events_(events),
      clock_(clock),
      hooks_(hooks),
      replica_(replica) {
  history_.listeners.push_back([this] { Wake(); });
}

void SimApi::Wake() {
  for (auto* stream : streams_) stream->signal.Notify();
}
void SimApi::CutWatches() {
  for (auto* stream : streams_) stream->Cut();
}
void SimApi::EndWatches() {
  for (auto* stream : streams_) stream->Finish();
}
void SimApi::ExpireWatches() {
  for (auto* stream : streams_) stream->Expire();
}
void SimApi::SilenceWatches(Duration span) {
  for (auto* stream : streams_) stream->Silence(clock_.Now() + span);
}

Task<void> SimApi::Pause() {
  SleepUntil sleeping(clock_.Now() + (hooks_.latency ? hooks_.latency() : Duration{}));
  co_await sleeping;
}

std::pair<std::int64_t, std::vector<json>> SimApi::Snapshot(Kind kind) const {
  const Duration age = hooks_.list_age ? hooks_.list_age() : Duration{};
  const auto then = age > Duration{} ? history_.VersionAt(clock_.Now() - age) : std::nullopt;
  if (then) return {*then, history_.ObjectsAt(kind, *then)};
  std::vector<json> items;
  for (const auto& [key, object] : store_.objects()) {
    if (key.kind == kind) items.push_back(JsonOf(object));
  }
  return {store_.version(), std::move(items)};
}

SimApi::Answer SimApi::ListPage(const std::string& path, const Query& query) {
  const Kind kind = KindAt(path);
  std::int64_t limit = 0;
  if (const auto it = query.find("limit"); it != query.end()) limit = std::stoll(it->second);
  int number = 0;
  if (const auto it = query.find("continue"); it != query.end()) {
    number = std::stoi(it->second);
    const auto found = snapshots_.find(number);
    if (found == snapshots_.end() || found->second.first < history_.floor()) {
      snapshots_.erase(number);
      return Refused(ApiFate::kExpired);
    }
  } else {
    number = ++last_snapshot_;
    snapshots_[number] = Snapshot(kind);
  }
  auto& [version, items] = snapshots_.at(number);
  json meta{{"resourceVersion", std::to_string(version)}};
  const auto count =
      limit == 0 ? items.size() : std::min(items.size(), static_cast<std::size_t>(limit));
  const auto end = items.begin() + static_cast<std::ptrdiff_t>(count);
  json page(std::vector<json>(items.begin(), end));
  items.erase(items.begin(), end);
  if (items.empty()) {
    snapshots_.erase(number);
  } else {
    // As a real one, no token comes twice.
    meta["continue"] = std::to_string(number) + "." + std::to_string(items.size());
  }
  json body{{"kind", "List"}, {"apiVersion", "v1"}, {"metadata", meta}};
  body["items"] = std::move(page);
  return HttpResponse{200, {}, body.dump()};
}

Task<SimApi::Answer> SimApi::WriteEvent(HttpRequest request) {
  SleepUntil there(clock_.Now() + events_.Latency());
  co_await there;
  const auto writer = std::to_string(replica_) + "-" + std::to_string(life_);
  auto answer = events_.Write(writer, request);
  SleepUntil back(clock_.Now() + events_.Latency());
  co_await back;
  co_return answer;
}

Task<std::expected<HttpResponse, HttpError>> SimApi::Send(HttpRequest request, MonotonicTime,
                                                          StopToken) {
  if (request.method != HttpMethod::kGet) {
    auto writing = WriteEvent(std::move(request));
    co_return co_await writing;
  }
  const auto [path, query] = Split(request.target);
  const auto fate = hooks_.fate ? hooks_.fate(replica_, "list") : ApiFate::kNormal;
  if (fate == ApiFate::kUnreachable) {
    co_return std::unexpected(Broken(HttpFailure::kConnect, Reach::kNotSent));
  }
  auto there = Pause();
  co_await there;
  auto answer = fate == ApiFate::kNormal || fate == ApiFate::kCut ? ListPage(path, query)
                                                                  : Answer(Refused(fate));
  auto back = Pause();
  co_await back;
  if (fate == ApiFate::kCut) {
    co_return std::unexpected(Broken(HttpFailure::kClosed, Reach::kUnknown));
  }
  co_return answer;
}

Task<std::expected<std::unique_ptr<HttpStream>, HttpError>> SimApi::Open(HttpRequest request,
                                                                         HttpStreamLimits limits,
                                                                         StopToken stop) {
  const auto [path, query] = Split(request.target);
  const auto fate = hooks_.fate ? hooks_.fate(replica_, "watch") : ApiFate::kNormal;
  if (fate == ApiFate::kUnreachable) {
    co_return std::unexpected(Broken(HttpFailure::kConnect, Reach::kNotSent));
  }
  auto there = Pause();
  co_await there;
  if (fate == ApiFate::kCut) {
    co_return std::unexpected(Broken(HttpFailure::kClosed, Reach::kUnknown));
  }
  if (fate != ApiFate::kNormal) {
    const auto refused = Refused(fate);
    co_return std::make_unique<Stream>(*this, refused.status, refused.body);
  }
  const std::int64_t since = std::stoll(query.at("resourceVersion"));
  if (since < history_.floor()) {
    co_return std::make_unique<Stream>(*this, 200,
                                       Line("ERROR", json::parse(Refusal(410, "Expired"))));
  }
  const MonotonicTime ends_at =
      clock_.Now() + std::chrono::seconds(std::stoll(query.at("timeoutSeconds")));
  co_return std::make_unique<Stream>(*this, KindAt(path), since, ends_at, limits.read_idle_max,
                                     stop);
}

}  // namespace instanced
