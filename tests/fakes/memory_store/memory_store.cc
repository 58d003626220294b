#include "tests/fakes/memory_store/memory_store.h"

#include <functional>
#include <utility>

#include "api/object/digest.h"
#include "controller/task/completion.h"

namespace instanced {
namespace {

// A private copy whose metadata, spec and status may be changed.
template <class Change>
ObjectPtr Changed(const ObjectPtr& object, Change change) {
  return std::visit(
      [&](const auto& pointer) -> ObjectPtr {
        auto copy = std::make_shared<std::remove_cvref_t<decltype(*pointer)>>(*pointer);
        change(*copy);
        return std::shared_ptr<const std::remove_cvref_t<decltype(*pointer)>>(std::move(copy));
      },
      object);
}

StringPairs Merge(const StringPairs& pairs, const StringPairs& changes) {
  std::map<std::string, std::string> merged(pairs.begin(), pairs.end());
  for (const auto& [name, value] : changes) {
    if (value.empty()) {
      merged.erase(name);
    } else {
      merged[name] = value;
    }
  }
  return {merged.begin(), merged.end()};
}

}  // namespace

void MemoryStore::Declare(const ObjectKey& key, InstanceSpec spec) {
  DeclareAny(key, std::move(spec));
}
void MemoryStore::Declare(const ObjectKey& key, ProviderConfigSpec spec) {
  DeclareAny(key, std::move(spec));
}

void MemoryStore::Create(const ObjectKey& key, const Spec& spec) {
  ObjectMeta meta;
  meta.key = key;
  meta.uid = UuidV5("memory", ToString(key) + "/" + std::to_string(lives_[key]));
  meta.creation_timestamp = FormatRfc3339(clock_.WallNow());
  if (const auto* instance = std::get_if<InstanceSpec>(&spec)) {
    auto status = PendingStatus(meta.creation_timestamp);
    Commit(std::make_shared<const InstanceObject>(
        InstanceObject{std::move(meta), *instance, std::move(status), false}));
  } else {
    Commit(std::make_shared<const ProviderConfigObject>(
        ProviderConfigObject{std::move(meta), std::get<ProviderConfigSpec>(spec), {}}));
  }
}

void MemoryStore::DeclareAny(const ObjectKey& key, Spec spec) {
  const auto found = objects_.find(key);
  if (found == objects_.end()) return Create(key, spec);
  if (MetaOf(found->second).IsDeleting()) awaiting_[key] = spec;
  bool changed = false;
  auto next = Changed(found->second, [&](auto& object) {
    auto& wanted = std::get<std::remove_cvref_t<decltype(object.spec)>>(spec);
    changed = !(object.spec == wanted);
    object.spec = wanted;
    if (changed) ++object.meta.generation;
  });
  if (changed) Commit(std::move(next));
}

void MemoryStore::Delete(const ObjectKey& key) {
  awaiting_.erase(key);
  const auto found = objects_.find(key);
  if (found == objects_.end() || MetaOf(found->second).IsDeleting()) return;
  Commit(Changed(found->second, [&](auto& object) {
    object.meta.deletion_timestamp = FormatRfc3339(clock_.WallNow());
    ++object.meta.generation;
  }));
}

void MemoryStore::Annotate(const ObjectKey& key, const StringPairs& annotations) {
  Commit(Changed(objects_.at(key), [&](auto& object) {
    object.meta.annotations = Merge(object.meta.annotations, annotations);
  }));
}

std::string MemoryStore::Commit(ObjectPtr object) {
  const ObjectMeta meta = MetaOf(object);
  if (meta.IsDeleting() && meta.finalizers.empty()) {
    End(meta);
    return meta.resource_version;
  }
  const auto version = std::to_string(++version_);
  object = Changed(object, [&](auto& copy) { copy.meta.resource_version = version; });
  objects_[meta.key] = object;
  Tell(Applied{std::move(object)});
  return version;
}

void MemoryStore::End(const ObjectMeta& meta) {
  ++lives_[meta.key];
  ++version_;
  objects_.erase(meta.key);
  Tell(Deleted{meta.key, meta.uid});
  if (auto next = awaiting_.extract(meta.key)) Create(meta.key, next.mapped());
}

InstancePtr MemoryStore::Instance(const ObjectKey& key) const {
  const auto found = objects_.find(key);
  const auto* pointer =
      found == objects_.end() ? nullptr : std::get_if<InstancePtr>(&found->second);
  return pointer ? *pointer : nullptr;
}

ProviderConfigPtr MemoryStore::Config(const ObjectKey& key) const {
  const auto found = objects_.find(key);
  const auto* pointer =
      found == objects_.end() ? nullptr : std::get_if<ProviderConfigPtr>(&found->second);
  return pointer ? *pointer : nullptr;
}

void MemoryStore::FailNextWrite(Error error, WriteFate fate) {
  scripted_.push_back({std::move(error), fate});
}

Result<ObjectPtr> MemoryStore::Find(const WriteTarget& target) const {
  const auto found = objects_.find(target.key);
  if (found == objects_.end() || MetaOf(found->second).uid != target.uid ||
      MetaOf(found->second).resource_version != target.resource_version) {
    return Fail(ErrorClass::kWriteConflict, "Conflict",
                "cannot write " + ToString(target.key) + ": it was changed meanwhile");
  }
  return found->second;
}

Result<std::string> MemoryStore::Write(const WriteTarget& target, const std::string& what,
                                       const std::function<void(ObjectPtr&)>& change) {
  std::optional<Scripted> failure;
  if (!scripted_.empty()) {
    failure = std::move(scripted_.front());
    scripted_.pop_front();
  }
  if (failure && failure->fate == WriteFate::kNotWritten) return std::unexpected(failure->error);
  auto object = Find(target);
  if (!object) return std::unexpected(std::move(object.error()));
  change(*object);
  writes_.push_back({what, target.key});
  auto version = Commit(std::move(*object));
  if (failure) return std::unexpected(failure->error);
  return version;
}

// Ends with the frame of its watch, also when that is thrown away where it stands, be it after the
// store.
struct MemoryStore::Watcher {
  std::shared_ptr<Sinks> sinks;
  int number;
  ~Watcher() { sinks->erase(number); }
};

void MemoryStore::Tell(const WatchEvent& event) {
  if (on_change) on_change(version_, event);
  const auto sinks = *sinks_;
  for (const auto& [number, sink] : sinks) sink(event);
}

Task<void> MemoryStore::Run(WatchSink sink, StopToken stop) {
  const Watcher watcher{sinks_, ++last_sink_};
  sinks_->insert_or_assign(watcher.number, sink);
  sink(InitStarted{});
  for (const auto& [key, object] : objects_) sink(InitApplied{object});
  sink(InitDone{});
  Completion<int> stopped;
  const auto registration = stop.OnStop([stopped] { stopped.Set(0); });
  co_await stopped;
}

Task<Result<std::string>> MemoryStore::WriteStatus(WriteTarget target, InstanceStatus status) {
  co_return Write(target, "status", [&](ObjectPtr& object) {
    auto copy = std::make_shared<InstanceObject>(*std::get<InstancePtr>(object));
    copy->status = status;
    copy->intent_unreadable = false;
    object = InstancePtr(std::move(copy));
  });
}

Task<Result<std::string>> MemoryStore::WriteFinalizers(WriteTarget target,
                                                       std::vector<std::string> finalizers) {
  co_return Write(target, "finalizers", [&](ObjectPtr& object) {
    object = Changed(object, [&](auto& copy) { copy.meta.finalizers = finalizers; });
  });
}

Task<Result<std::string>> MemoryStore::WriteAnnotations(WriteTarget target,
                                                        StringPairs annotations) {
  co_return Write(target, "annotations", [&](ObjectPtr& object) {
    object = Changed(object, [&](auto& copy) {
      copy.meta.annotations = Merge(copy.meta.annotations, annotations);
    });
  });
}

}  // namespace instanced
