#include "tests/fakes/fake_api_server/fake_api_server.h"

#include <algorithm>
#include <utility>

#include "api/object/digest.h"

namespace instanced {
namespace {

using nlohmann::json;
using Query = std::map<std::string, std::string>;

HttpResponse Answered(int status, const json& body) {
  return {status, {{"Content-Type", "application/json"}}, body.dump()};
}

HttpResponse Refused(int code, const std::string& reason, const std::string& message) {
  return Answered(code, {{"kind", "Status"},
                         {"apiVersion", "v1"},
                         {"status", "Failure"},
                         {"reason", reason},
                         {"message", message},
                         {"code", code}});
}

std::pair<std::string, Query> Split(const std::string& target) {
  const auto mark = target.find('?');
  Query query;
  if (mark == std::string::npos) return {target, query};
  std::string rest = target.substr(mark + 1) + "&";
  for (std::size_t at = 0, end; (end = rest.find('&', at)) != std::string::npos; at = end + 1) {
    const auto pair = rest.substr(at, end - at);
    query[pair.substr(0, pair.find('='))] = pair.substr(pair.find('=') + 1);
  }
  return {target.substr(0, mark), query};
}

// "/apis/g/v/namespaces/n/plural/name" -> {"/apis/g/v/namespaces/n/plural", "name"}.
std::pair<std::string, std::string> Parent(const std::string& path) {
  const auto slash = path.rfind('/');
  return {path.substr(0, slash), path.substr(slash + 1)};
}

// A list of all namespaces names no namespace.
bool IsIn(const std::string& path, const std::string& collection) {
  const auto own = Parent(path).first;
  if (own == collection) return true;
  const auto [root, plural] = Parent(collection);
  return collection.find("/namespaces/") == std::string::npos &&
         own.starts_with(root + "/namespaces/") && Parent(own).second == plural;
}

// "/apis/g/v/plural" and "/api/v1/namespaces/n/plural" are collections, with a name more objects.
bool IsCollection(const std::string& path) {
  const auto root = path.starts_with("/api/") ? 2 : 3;
  return (std::ranges::count(path, '/') - root) % 2 == 1;
}

// "metadata.name%3Dx", or without escapes; empty: every name.
std::string SelectedName(const Query& query) {
  const auto it = query.find("fieldSelector");
  if (it == query.end()) return "";
  for (const char* equals : {"%3D", "="}) {
    const auto at = it->second.find(equals);
    if (at != std::string::npos) return it->second.substr(at + std::string(equals).size());
  }
  return "";
}

void MergeInto(json& target, const json& patch) {
  if (!patch.is_object()) {
    target = patch;
    return;
  }
  if (!target.is_object()) target = json::object();
  for (const auto& [name, value] : patch.items()) {
    if (value.is_null()) {
      target.erase(name);
    } else {
      MergeInto(target[name], value);
    }
  }
}

std::string EventLine(const std::string& type, const json& object) {
  return json{{"type", type}, {"object", object}}.dump() + "\n";
}

class FakeStream final : public HttpStream {
 public:
  FakeStream(HttpStreamHead head, std::shared_ptr<FakeApiServer::Channel> channel,
             const Clock& clock, Duration idle, StopToken stop)
      : head_(std::move(head)),
        channel_(std::move(channel)),
        clock_(clock),
        idle_(idle),
        stop_(stop),
        registration_(stop.OnStop([this] { channel_->signal.Notify(); })) {}
  const HttpStreamHead& head() const override { return head_; }
  Task<std::expected<std::string, HttpError>> Read() override {
    using End = FakeApiServer::Channel::End;
    const MonotonicTime deadline = clock_.Now() + idle_;
    while (true) {
      const auto failed = [](HttpFailure failure) {
        return std::unexpected(HttpError{failure, Reach::kUnknown, "the watch failed"});
      };
      if (stop_.StopRequested()) co_return failed(HttpFailure::kStopped);
      if (!channel_->pending.empty()) co_return std::exchange(channel_->pending, {});
      if (channel_->end == End::kEnded) co_return std::string();
      if (channel_->end == End::kCut) co_return failed(HttpFailure::kClosed);
      if (clock_.Now() >= deadline) co_return failed(HttpFailure::kDeadline);
      auto wait = channel_->signal.Wait(deadline);
      co_await wait;
    }
  }

 private:
  HttpStreamHead head_;
  std::shared_ptr<FakeApiServer::Channel> channel_;
  const Clock& clock_;
  Duration idle_;
  StopToken stop_;
  StopRegistration registration_;
};

}  // namespace

void FakeApiServer::Apply(const std::string& path, const std::string& kind, json spec) {
  const auto found = objects_.find(path);
  if (found == objects_.end()) {
    const auto space = path.find("/namespaces/") + 12;
    Create(Parent(path).first,
           {{"apiVersion", "instanced.dev/v1alpha1"},
            {"kind", kind},
            {"metadata",
             {{"name", Parent(path).second},
              {"namespace", path.substr(space, path.find('/', space) - space)}}},
            {"spec", std::move(spec)}});
    return;
  }
  json next = found->second;
  if (next["spec"] == spec) return;
  next["spec"] = std::move(spec);
  next["metadata"]["generation"] = next["metadata"]["generation"].get<int>() + 1;
  Commit(path, std::move(next));
}

void FakeApiServer::Delete(const std::string& path) { Remove(path); }

json FakeApiServer::Stored(const std::string& path) const {
  const auto found = objects_.find(path);
  return found == objects_.end() ? json() : found->second;
}

void FakeApiServer::StoreRaw(const std::string& path, json object) {
  Commit(path, std::move(object));
}

void FakeApiServer::AnswerNext(HttpMethod method, HttpResponse response) {
  scripted_[method].push_back(std::move(response));
}
void FakeApiServer::FailNext(HttpMethod method, HttpError error) {
  scripted_[method].push_back(std::unexpected(std::move(error)));
}
void FakeApiServer::AnswerNextWatch(HttpResponse response) {
  scripted_watches_.push_back(std::move(response));
}
void FakeApiServer::Compact() { compacted_ = ++version_; }

void FakeApiServer::ForEachChannel(void (*act)(Channel&)) {
  for (auto& weak : channels_) {
    if (const auto channel = weak.lock()) {
      act(*channel);
      channel->signal.Notify();
    }
  }
}
void FakeApiServer::EndWatches() {
  ForEachChannel([](Channel& channel) { channel.end = Channel::End::kEnded; });
}
void FakeApiServer::CutWatches() {
  ForEachChannel([](Channel& channel) { channel.end = Channel::End::kCut; });
}
void FakeApiServer::SendBookmarks() {
  const auto line =
      EventLine("BOOKMARK", {{"metadata", {{"resourceVersion", std::to_string(version_)}}}});
  for (auto& weak : channels_) {
    if (const auto channel = weak.lock()) channel->pending += line;
  }
  ForEachChannel([](Channel&) {});
}
void FakeApiServer::SendErrorEvents(int code, const std::string& reason) {
  const auto status = json::parse(Refused(code, reason, "scripted").body);
  for (auto& weak : channels_) {
    if (const auto channel = weak.lock()) channel->pending += EventLine("ERROR", status);
  }
  EndWatches();
}
std::size_t FakeApiServer::open_watches() const {
  std::size_t count = 0;
  for (const auto& weak : channels_) {
    const auto channel = weak.lock();
    if (channel && channel->end == Channel::End::kOpen) ++count;
  }
  return count;
}

void FakeApiServer::Publish(std::string type, const std::string& path, const json& object) {
  for (auto& weak : channels_) {
    const auto channel = weak.lock();
    if (!channel || channel->end != Channel::End::kOpen || !IsIn(path, channel->prefix)) continue;
    channel->pending += EventLine(type, object);
    channel->signal.Notify();
  }
  history_.push_back({version_, path, std::move(type), object});
}

void FakeApiServer::Commit(const std::string& path, json object) {
  auto& meta = object["metadata"];
  const bool ends = meta.contains("deletionTimestamp") &&
                    (!meta.contains("finalizers") || meta["finalizers"].empty());
  meta["resourceVersion"] = std::to_string(++version_);
  meta["managedFields"] = {{{"manager", "kubectl"}, {"fieldsV1", {{"f:spec", json::object()}}}}};
  const bool is_new = !objects_.contains(path);
  if (ends) {
    objects_.erase(path);
    return Publish("DELETED", path, object);
  }
  objects_[path] = object;
  Publish(is_new ? "ADDED" : "MODIFIED", path, object);
}

HttpResponse FakeApiServer::Create(const std::string& path, json body) {
  const auto name = body["metadata"]["name"].get<std::string>();
  const auto own = path + "/" + name;
  if (objects_.contains(own)) return Refused(409, "AlreadyExists", name + " already exists");
  auto& meta = body["metadata"];
  meta["uid"] = UuidV5("fake", own + std::to_string(++lives_));
  meta["generation"] = 1;
  meta["creationTimestamp"] = FormatRfc3339(clock_.WallNow());
  body["status"] = {{"observedGeneration", -1}};
  Commit(own, std::move(body));
  return Answered(201, objects_[own]);
}

HttpResponse FakeApiServer::Remove(const std::string& path) {
  const auto found = objects_.find(path);
  if (found == objects_.end()) return Refused(404, "NotFound", path + " not found");
  json next = found->second;
  auto& meta = next["metadata"];
  if (meta.contains("deletionTimestamp")) return Answered(200, next);
  meta["deletionTimestamp"] = FormatRfc3339(clock_.WallNow());
  meta["generation"] = meta["generation"].get<int>() + 1;
  Commit(path, next);
  return Answered(200, next);
}

HttpResponse FakeApiServer::Write(const HttpRequest& request, std::string path, json body) {
  const bool status_only = path.ends_with("/status");
  if (status_only) path.resize(path.size() - 7);
  const auto found = objects_.find(path);
  if (found == objects_.end()) return Refused(404, "NotFound", path + " not found");
  json next = found->second;
  const json& held = found->second["metadata"];
  const json sent = body.value("metadata", json::object());
  if (sent.contains("resourceVersion") && sent["resourceVersion"] != held["resourceVersion"]) {
    return Refused(409, "Conflict", "the object has been modified");
  }
  const bool patch = request.method == HttpMethod::kPatch;
  if (sent.contains("uid") && sent["uid"] != held["uid"]) {
    if (!patch) return Refused(409, "Conflict", "Precondition failed: UID in precondition");
    auto refusal = json::parse(Refused(422, "Invalid", "field is immutable").body);
    refusal["details"] = {{"causes", {{{"field", "metadata.uid"}}}}};
    return Answered(422, refusal);
  }
  if (patch) {
    MergeInto(next, body);
  } else if (status_only) {
    next["status"] = body["status"];
  } else {
    next = body;
    for (const char* kept : {"uid", "generation", "creationTimestamp", "deletionTimestamp"}) {
      if (held.contains(kept)) next["metadata"][kept] = held[kept];
    }
    next["metadata"]["managedFields"] = held["managedFields"];
  }
  if (next == found->second) return Answered(200, next);
  Commit(path, next);
  next["metadata"]["resourceVersion"] = std::to_string(version_);
  return Answered(200, next);
}

HttpResponse FakeApiServer::List(const std::string& path, const Query& query) {
  std::int64_t limit = 0;
  if (const auto it = query.find("limit"); it != query.end()) limit = std::stoll(it->second);
  std::string after;
  std::int64_t at = version_;
  if (const auto it = query.find("continue"); it != query.end()) {
    const auto dash = it->second.find('-');
    at = std::stoll(it->second.substr(0, dash));
    if (at < compacted_) return Refused(410, "Expired", "the continue token is too old");
    after = std::to_string(std::stoll(it->second.substr(dash + 1)));
  }
  json items = json::array();
  std::int64_t index = 0;
  const std::int64_t skip = after.empty() ? 0 : std::stoll(after);
  std::string next;
  const std::string selected = SelectedName(query);
  for (const auto& [own, object] : objects_) {
    if (!selected.empty() && Parent(own).second != selected) continue;
    if (!IsIn(own, path) || index++ < skip) continue;
    if (limit != 0 && static_cast<std::int64_t>(items.size()) == limit) {
      next = std::to_string(at) + "-" + std::to_string(index - 1);
      break;
    }
    items.push_back(object);
  }
  json meta{{"resourceVersion", std::to_string(at)}};
  if (!next.empty()) meta["continue"] = next;
  return Answered(200,
                  {{"kind", "List"}, {"apiVersion", "v1"}, {"metadata", meta}, {"items", items}});
}

FakeApiServer::Answer FakeApiServer::Dispatch(const HttpRequest& request) {
  auto& scripted = scripted_[request.method];
  if (!scripted.empty()) {
    auto answer = std::move(scripted.front());
    scripted.pop_front();
    return answer;
  }
  const auto [path, query] = Split(request.target);
  const bool one = objects_.contains(path);
  switch (request.method) {
    case HttpMethod::kGet:
      if (one) return Answered(200, objects_[path]);
      if (IsCollection(path)) return List(path, query);
      return Refused(404, "NotFound", path + " not found");
    case HttpMethod::kPost:
      return Create(path, json::parse(request.body));
    case HttpMethod::kDelete:
      return Remove(path);
    case HttpMethod::kPut:
    case HttpMethod::kPatch:
      return Write(request, path, json::parse(request.body));
    case HttpMethod::kHead:
      break;
  }
  return Refused(405, "MethodNotAllowed", "no such verb");
}

Task<std::expected<HttpResponse, HttpError>> FakeApiServer::Send(HttpRequest request, MonotonicTime,
                                                                 StopToken stop) {
  if (stop.StopRequested()) {
    co_return std::unexpected(HttpError{HttpFailure::kStopped, Reach::kNotSent, "stopped"});
  }
  requests_.push_back(std::string(ToString(request.method)) + " " + request.target);
  co_return Dispatch(request);
}

Task<std::expected<std::unique_ptr<HttpStream>, HttpError>> FakeApiServer::Open(
    HttpRequest request, HttpStreamLimits limits, StopToken stop) {
  requests_.push_back("WATCH " + request.target);
  const auto [path, query] = Split(request.target);
  auto channel = std::make_shared<Channel>();
  channel->prefix = path;
  const std::int64_t since = std::stoll(query.at("resourceVersion"));
  int status = 200;
  if (!scripted_watches_.empty()) {
    status = scripted_watches_.front().status;
    channel->pending = std::move(scripted_watches_.front().body);
    scripted_watches_.pop_front();
    channel->end = Channel::End::kEnded;
  } else if (since < compacted_) {
    const auto expired = Refused(410, "Expired", "too old resource version");
    channel->pending = EventLine("ERROR", json::parse(expired.body));
    channel->end = Channel::End::kEnded;
  } else {
    for (const auto& record : history_) {
      if (record.version > since && IsIn(record.path, path)) {
        channel->pending += EventLine(record.type, record.object);
      }
    }
    channels_.push_back(channel);
  }
  co_return std::make_unique<FakeStream>(HttpStreamHead{status, {}}, channel, clock_,
                                         limits.read_idle_max, stop);
}

}  // namespace instanced
