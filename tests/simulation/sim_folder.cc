#include "tests/simulation/sim_folder.h"

#include <filesystem>
#include <fstream>
#include <utility>

#include <nlohmann/json.hpp>

#include "controller/journal/row_codec.h"
#include "controller/source/file/object_life.h"
#include "controller/source/file/yaml_manifests.h"
#include "tests/simulation/sim_world.h"

namespace instanced {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// As the daemon waits for a quiet moment.
constexpr Duration kQuiet = milliseconds(500);
// How long a manifest that only changes what leaves stays in the folder.
constexpr Duration kShown = seconds(20);
constexpr int kWritesOfACutTransaction = 3;

std::string JournalOf(const TempDirectory& directory) { return directory.path() + "/instanced.db"; }
std::string ManifestsOf(const TempDirectory& directory) { return directory.path() + "/manifests"; }

}  // namespace

SimFolder::Onlooker::Onlooker(std::unique_ptr<Database> opened)
    : database(std::move(opened)),
      objects(*database, head, Table::kObjects),
      history(*database, head, {}) {}

SimFolder::SimFolder(SimWorld& world)
    : world_(world), disk_("simulated-" + directory_.path(), DiskSync::kSkipped) {
  std::filesystem::create_directory(ManifestsOf(directory_));
}

std::string SimFolder::FileOf(const ObjectKey& key) const {
  return ManifestsOf(directory_) + "/" + std::string(ToString(key.kind)) + "-" + key.name + ".json";
}

// As an editor saves: whole, under another name, then in its place.
void SimFolder::Save(const ObjectKey& key) {
  const auto& manifest = manifests_.at(key);
  if (manifest.there) {
    const nlohmann::json document{{"apiVersion", kApiVersion},
                                  {"kind", ToString(key.kind)},
                                  {"metadata",
                                   {{"name", key.name},
                                    {"namespace", key.namespace_},
                                    {"annotations", manifest.annotations}}},
                                  {"spec", nlohmann::json::parse(manifest.spec)}};
    const auto saved = directory_.path() + "/saved";
    std::ofstream(saved) << document.dump();
    std::filesystem::rename(saved, FileOf(key));
  } else {
    std::filesystem::remove(FileOf(key));
  }
  if (process_) process_->FolderChanged();
}

void SimFolder::Declare(const ObjectKey& key, InstanceSpec spec) {
  auto& manifest = manifests_[key];
  if (!manifest.there && !Instance(key)) manifest.annotations.clear();
  manifest.spec = ToJson(spec).dump();
  manifest.there = true;
  Save(key);
}

void SimFolder::Declare(const ObjectKey& key, ProviderConfigSpec spec) {
  manifests_[key] = {ToJson(spec).dump(), {}, true};
  Save(key);
}

void SimFolder::Delete(const ObjectKey& key) {
  manifests_[key].there = false;
  Save(key);
}

void SimFolder::ChangeLeaving(const ObjectKey& key, InstanceSpec spec) {
  Declare(key, std::move(spec));
  DeleteOnceRead(key);
}

void SimFolder::DeleteOnceRead(const ObjectKey& key) {
  world_.After(kShown, [this, key] {
    const auto object = Instance(key);
    if (object && object->meta.IsDeleting()) return DeleteOnceRead(key);
    Delete(key);
  });
}

void SimFolder::Annotate(const ObjectKey& key, const StringPairs& annotations) {
  auto& manifest = manifests_[key];
  for (const auto& [name, value] : annotations) {
    if (value.empty()) {
      manifest.annotations.erase(name);
    } else {
      manifest.annotations[name] = value;
    }
  }
  if (manifest.there) Save(key);
}

InstancePtr SimFolder::Instance(const ObjectKey& key) const {
  const auto found = durable_.find(key);
  return found == durable_.end() ? nullptr : found->second.object;
}

std::vector<InstancePtr> SimFolder::Instances() const {
  std::vector<InstancePtr> instances;
  for (const auto& [key, durable] : durable_) {
    if (durable.object) instances.push_back(durable.object);
  }
  return instances;
}

std::vector<HistoryEntry> SimFolder::History() const {
  auto entries = Look().history.Query({.key = {}, .since = {}, .limit = 1'000'000});
  if (entries) return std::move(*entries);
  world_.Violate("the history cannot be read: " + entries.error().message);
  return {};
}

SimFolder::Onlooker& SimFolder::Look() const {
  if (!onlooker_) {
    auto opened = Database::OpenReadOnly(JournalOf(directory_));
    if (!opened) world_.Violate("the journal cannot be read: " + opened.error().message);
    onlooker_ = std::make_unique<Onlooker>(std::move(*opened));
  }
  return *onlooker_;
}

void SimFolder::Refresh(Since since) {
  const auto scan = Look().objects.Scan();
  if (!scan) return world_.Violate("the journal cannot be read: " + scan.error().message);
  if (!scan->damaged.empty()) world_.Violate("the journal has a damaged row");
  std::map<ObjectKey, Durable> now;
  for (const auto& record : scan->sound) {
    const auto key = ParseObjectKey(record.key);
    const auto known = durable_.find(*key);
    if (known != durable_.end() && known->second.chain == record.chain) {
      now.emplace(*key, known->second);
      continue;
    }
    auto row = DecodeObject(record.content);
    row->resource_version = record.chain;
    auto object = ObjectOf(*row);
    const auto* instance = object ? std::get_if<InstancePtr>(&*object) : nullptr;
    now.emplace(*key, Durable{record.chain, instance ? *instance : nullptr});
  }
  const auto before = std::exchange(durable_, std::move(now));
  const auto tell = [&](const ObjectKey& key, const InstancePtr& was) {
    const auto is = Instance(key);
    const bool same = (was == nullptr) == (is == nullptr) &&
                      (!was || was->meta.resource_version == is->meta.resource_version);
    if (same) return;
    if (since == Since::kKill && !in_doubt_) {
      world_.Violate("the journal held another " + ToString(key) +
                     " before its process was killed");
    }
    const bool let_go =
        was && !was->meta.finalizers.empty() && (!is || is->meta.uid != was->meta.uid);
    if (world_.store.written) {
      world_.store.written(let_go ? "finalizers" : "status",
                           {key, was ? was->meta.uid : "", was ? was->meta.resource_version : ""},
                           was);
    }
  };
  for (const auto& [key, durable] : before) tell(key, durable.object);
  for (const auto& [key, durable] : durable_) {
    if (!before.contains(key)) tell(key, nullptr);
  }
}

JournalVerdict SimFolder::Ask() {
  if (std::exchange(full_once_, false)) return {JournalFate::kRefused, {}};
  return fate ? fate() : JournalVerdict{};
}

FolderProcess::FolderProcess(SimFolder& folder, int replica, Executor& executor, const Clock& clock)
    : folder_(folder),
      replica_(replica),
      tasks_(executor),
      journal_(Open()),
      store_(*journal_, clock, journal_->OwnerId()),
      reader_(ManifestsOf(folder.directory_), YamlManifests(ManifestsOf(folder.directory_)), clock),
      source_(store_, *this, [&world = folder.world_](const DirectoryReport& report) {
        for (const auto& problem : report.problems) {
          world.Violate("a manifest is not understood: " + problem.message);
        }
      }) {
  folder_.process_ = this;
}

std::unique_ptr<Journal> FolderProcess::Open() {
  folder_.onlooker_.reset();
  folder_.disk_.Set(DiskFault::kNone);
  JournalOptions options;
  options.path = JournalOf(folder_.directory_);
  options.vfs = folder_.disk_.name();
  options.owner_id = folder_.world_.options.owner;
  auto opened = Journal::Open(
      options, folder_.world_.daemon_chance,
      [this](std::function<void()> answer) { Post(std::move(answer)); }, this,
      JournalHands::kCallers);
  // Cannot go on without; the message is the finding.
  if (!opened) std::fprintf(stderr, "%s\n", opened.error().message.c_str());
  if (!opened) std::abort();
  if (!(*opened)->Damage().Empty()) {
    folder_.world_.Violate("a journal whose process was killed is reported as damaged");
  }
  return std::move(*opened);
}

// Always as by SIGKILL.
FolderProcess::~FolderProcess() {
  *alive_ = false;
  folder_.process_ = nullptr;
  folder_.onlooker_.reset();
  folder_.disk_.Set(DiskFault::kKilled);
  journal_.reset();
  if (folder_.world_.bugs.Is(Bug::kJournalLosesCommits)) {
    std::filesystem::remove(JournalOf(folder_.directory_) + "-wal");
  }
  folder_.Refresh(SimFolder::Since::kKill);
}

void FolderProcess::Attend() {
  if (killed_ || attending_ || !journal_->HasWork()) return;
  attending_ = true;
  const auto& latency = folder_.world_.store.latency;
  folder_.world_.After(latency ? latency() : Duration{}, [this, alive = alive_] {
    if (!*alive || killed_) return;
    attending_ = false;
    journal_->Work();
  });
}

void FolderProcess::WriteBegins() {
  verdict_ = folder_.Ask();
  switch (verdict_.fate) {
    case JournalFate::kNormal:
    case JournalFate::kKilledAfter:
      return;
    case JournalFate::kKilledBefore:
      killed_ = true;
      return folder_.disk_.Set(DiskFault::kKilled);
    case JournalFate::kKilledInside:
      killed_ = true;
      return folder_.disk_.Set(DiskFault::kKilledAfterSomeWrites, kWritesOfACutTransaction);
    case JournalFate::kRefused:
      return folder_.disk_.Set(DiskFault::kFull);
    case JournalFate::kSyncFails:
      return folder_.disk_.Set(DiskFault::kSyncFails);
  }
}

void FolderProcess::WriteEnded(StoreHealth result) {
  if (verdict_.fate == JournalFate::kKilledAfter) killed_ = true;
  if (result == StoreHealth::kGreen) folder_.in_doubt_ = false;
  // What the next write would have overwritten is found by the next process.
  if (result == StoreHealth::kRed &&
      (verdict_.fate == JournalFate::kKilledInside || verdict_.fate == JournalFate::kSyncFails)) {
    folder_.in_doubt_ = true;
  }
  if (result == StoreHealth::kGreen) folder_.Refresh(SimFolder::Since::kCommit);
  if (killed_) {
    folder_.disk_.Set(DiskFault::kKilled);
    folder_.world_.CrashSoon(replica_, verdict_.down);
  } else {
    folder_.disk_.Set(DiskFault::kNone);
  }
}

// In the order they were given, as on the loop.
void FolderProcess::Post(std::function<void()> answer) {
  if (killed_) return;
  answers_.push_back(std::move(answer));
  if (!std::exchange(answering_, true)) tasks_.Spawn(Answer());
}

Task<void> FolderProcess::Answer() {
  while (!answers_.empty()) {
    const auto answer = std::move(answers_.front());
    answers_.pop_front();
    answer();
  }
  answering_ = false;
  co_return;
}

void FolderProcess::Start(std::function<void(DirectorySnapshot)> deliver) {
  deliver_ = std::move(deliver);
  FolderChanged();
}

void FolderProcess::FolderChanged() {
  if (!deliver_) return;
  folder_.world_.After(kQuiet, [this, alive = alive_] {
    if (*alive) Read();
  });
}

void FolderProcess::Read() {
  if (!deliver_ || killed_) return;
  if (auto snapshot = reader_.Read()) deliver_(std::move(*snapshot));
}

Task<Result<std::string>> FolderProcess::WriteStatus(WriteTarget target, InstanceStatus status) {
  const auto& sending = folder_.world_.store.sending;
  if (sending) sending(replica_, target, status);
  return store_.WriteStatus(std::move(target), std::move(status));
}

Task<Result<std::string>> FolderProcess::WriteFinalizers(WriteTarget target,
                                                         std::vector<std::string> finalizers) {
  return store_.WriteFinalizers(std::move(target), std::move(finalizers));
}

Task<Result<std::string>> FolderProcess::WriteAnnotations(WriteTarget target,
                                                          StringPairs annotations) {
  return store_.WriteAnnotations(std::move(target), std::move(annotations));
}

}  // namespace instanced
