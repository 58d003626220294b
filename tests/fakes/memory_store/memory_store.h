// MemoryStore: an API server in memory, as Source and ObjectWriter with the contract of both.
//
// A person's side (Declare, Delete, Annotate) and the daemon's side (the seams) act on the same
// objects. Failures are scripted: before the write, or after it with the answer lost. It outlives
// the daemon of a test: a new Source::Run begins with a new Init sequence.
// Threads: one.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "controller/clock/clock.h"
#include "controller/source/source.h"

namespace instanced {

enum class WriteFate {
  kNotWritten,  // refused, nothing changed
  kAnswerLost,  // written, and the writer is told the error
};

struct RecordedWrite {
  std::string what;  // "status", "finalizers", "annotations"
  ObjectKey key;
};

class MemoryStore final : public ObjectWriter, public Source {
 public:
  explicit MemoryStore(const Clock& clock) : clock_(clock) {}

  // Makes the object or changes its spec; a deleting one begins anew when it has ended.
  void Declare(const ObjectKey& key, InstanceSpec spec);
  void Declare(const ObjectKey& key, ProviderConfigSpec spec);
  void Delete(const ObjectKey& key);
  void Annotate(const ObjectKey& key, const StringPairs& annotations);

  // Null when there is none.
  InstancePtr Instance(const ObjectKey& key) const;
  ProviderConfigPtr Config(const ObjectKey& key) const;
  std::size_t size() const { return objects_.size(); }
  const std::map<ObjectKey, ObjectPtr>& objects() const { return objects_; }
  // Of the last change; ends of objects count as changes.
  std::int64_t version() const { return version_; }
  // Told every change with its version, before watches are.
  std::function<void(std::int64_t version, const WatchEvent& event)> on_change;

  void FailNextWrite(Error error, WriteFate fate);
  // Every write that was carried out, in order.
  const std::vector<RecordedWrite>& writes() const { return writes_; }

  Task<void> Run(WatchSink sink, StopToken stop) override;
  Task<Result<std::string>> WriteStatus(WriteTarget target, InstanceStatus status) override;
  Task<Result<std::string>> WriteFinalizers(WriteTarget target,
                                            std::vector<std::string> finalizers) override;
  Task<Result<std::string>> WriteAnnotations(WriteTarget target, StringPairs annotations) override;

 private:
  struct Scripted {
    Error error;
    WriteFate fate;
  };
  using Spec = std::variant<InstanceSpec, ProviderConfigSpec>;

  void DeclareAny(const ObjectKey& key, Spec spec);
  void Create(const ObjectKey& key, const Spec& spec);
  // Stores the object under a new resource version and tells the sink, or ends its life.
  std::string Commit(ObjectPtr object);
  void End(const ObjectMeta& meta);
  Result<ObjectPtr> Find(const WriteTarget& target) const;
  Result<std::string> Write(const WriteTarget& target, const std::string& what,
                            const std::function<void(ObjectPtr&)>& change);

  const Clock& clock_;
  struct Watcher;
  void Tell(const WatchEvent& event);
  using Sinks = std::map<int, WatchSink>;
  std::shared_ptr<Sinks> sinks_ = std::make_shared<Sinks>();
  int last_sink_ = 0;
  std::int64_t version_ = 0;
  std::map<ObjectKey, ObjectPtr> objects_;
  std::map<ObjectKey, std::int64_t> lives_;
  std::map<ObjectKey, Spec> awaiting_;
  std::deque<Scripted> scripted_;
  std::vector<RecordedWrite> writes_;
};

}  // namespace instanced
