// FolderHome: a folder of manifests; the journal is its API server.
//
// Promises those of FileSource; a namespace that declares no ProviderConfig "default" gets the
// environment's; a folder that cannot be believed is a brake.
// Threads: the loop's; the watcher has its own and ends with this object.
#pragma once

#include "controller/daemon/default_provider_config.h"
#include "controller/daemon/manifest_brakes.h"
#include "controller/daemon/object_home.h"
#include "controller/source/file/directory_watcher.h"
#include "controller/source/file/file_source.h"

namespace instanced {

class FolderHome final : public ObjectHome {
 public:
  explicit FolderHome(HomeDeps deps);
  ~FolderHome() override;

  HomeSeams Seams() override;
  Task<void> Run(WatchSink sink, StopToken stop) override;
  void OnChange(const Change& change) override;
  void OnAnswered(const std::vector<ObjectKey>& keys) override;
  void Reload() override;

 private:
  HomeDeps deps_;
  std::string owner_;
  DefaultProviderConfig default_config_;
  ManifestBrakes manifest_brakes_;
  JournalObjectStore store_;
  DirectoryWatcher watcher_;
  FileSource source_;
};

}  // namespace instanced
