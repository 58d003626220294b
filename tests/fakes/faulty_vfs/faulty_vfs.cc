#include "tests/fakes/faulty_vfs/faulty_vfs.h"

#include <cstdlib>
#include <utility>

#include <sqlite3.h>

namespace instanced {
namespace {

// The real file lies right behind this struct, in memory that SQLite has given.
struct ShimFile {
  sqlite3_file base;
  FaultyVfs* owner;
};

sqlite3_file* Real(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<ShimFile*>(file) + 1);
}
FaultyVfs& Owner(sqlite3_file* file) { return *reinterpret_cast<ShimFile*>(file)->owner; }

template <auto Method, class... Args>
int Forward(sqlite3_file* file, Args... args) {
  auto* real = Real(file);
  return (real->pMethods->*Method)(real, args...);
}

int Write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) {
  if (const int fault = Owner(file).BeforeWrite()) return fault;
  return Forward<&sqlite3_io_methods::xWrite>(file, data, size, at);
}
int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (const int fault = Owner(file).BeforeWrite()) return fault;
  return Forward<&sqlite3_io_methods::xTruncate>(file, size);
}
int Sync(sqlite3_file* file, int flags) {
  if (const int fault = Owner(file).BeforeSync()) return fault;
  if (Owner(file).SkipsSync()) return SQLITE_OK;
  return Forward<&sqlite3_io_methods::xSync>(file, flags);
}
void ShmBarrier(sqlite3_file* file) { Real(file)->pMethods->xShmBarrier(Real(file)); }

using Methods = sqlite3_io_methods;
const Methods kMethods{
    .iVersion = 2,
    .xClose = [](sqlite3_file* f) { return Forward<&Methods::xClose>(f); },
    .xRead = [](sqlite3_file* f, void* d, int n,
                sqlite3_int64 at) { return Forward<&Methods::xRead>(f, d, n, at); },
    .xWrite = Write,
    .xTruncate = Truncate,
    .xSync = Sync,
    .xFileSize = [](sqlite3_file* f,
                    sqlite3_int64* n) { return Forward<&Methods::xFileSize>(f, n); },
    .xLock = [](sqlite3_file* f, int n) { return Forward<&Methods::xLock>(f, n); },
    .xUnlock = [](sqlite3_file* f, int n) { return Forward<&Methods::xUnlock>(f, n); },
    .xCheckReservedLock = [](sqlite3_file* f,
                             int* n) { return Forward<&Methods::xCheckReservedLock>(f, n); },
    .xFileControl = [](sqlite3_file* f, int op,
                       void* arg) { return Forward<&Methods::xFileControl>(f, op, arg); },
    .xSectorSize = [](sqlite3_file* f) { return Forward<&Methods::xSectorSize>(f); },
    .xDeviceCharacteristics =
        [](sqlite3_file* f) { return Forward<&Methods::xDeviceCharacteristics>(f); },
    .xShmMap =
        [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
          return Forward<&Methods::xShmMap>(f, page, size, extend, out);
        },
    .xShmLock = [](sqlite3_file* f, int at, int n,
                   int flags) { return Forward<&Methods::xShmLock>(f, at, n, flags); },
    .xShmBarrier = ShmBarrier,
    .xShmUnmap = [](sqlite3_file* f, int drop) { return Forward<&Methods::xShmUnmap>(f, drop); },
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

}  // namespace

struct FaultyVfs::Registration {
  sqlite3_vfs vfs;
  sqlite3_vfs* real;
  FaultyVfs* owner;
};

FaultyVfs::FaultyVfs(std::string name, DiskSync sync)
    : name_(std::move(name)), sync_(sync), registration_(std::make_unique<Registration>()) {
  auto* real = sqlite3_vfs_find(nullptr);
  registration_->vfs = *real;
  registration_->real = real;
  registration_->owner = this;
  registration_->vfs.zName = name_.c_str();
  registration_->vfs.szOsFile = real->szOsFile + static_cast<int>(sizeof(ShimFile));
  registration_->vfs.xOpen = [](sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags,
                                int* out_flags) {
    auto* self = reinterpret_cast<Registration*>(vfs);
    auto* shim = reinterpret_cast<ShimFile*>(file);
    shim->base.pMethods = nullptr;
    shim->owner = self->owner;
    const int result = self->real->xOpen(self->real, path, Real(file), flags, out_flags);
    if (result == SQLITE_OK) shim->base.pMethods = &kMethods;
    return result;
  };
  registration_->vfs.xDelete = [](sqlite3_vfs* vfs, const char* path, int sync_directory) {
    auto* self = reinterpret_cast<Registration*>(vfs);
    if (self->owner->IsKilled()) return SQLITE_OK;
    const int wait = self->owner->SkipsSync() ? 0 : sync_directory;
    return self->real->xDelete(self->real, path, wait);
  };
  sqlite3_vfs_register(&registration_->vfs, 0);
}

FaultyVfs::~FaultyVfs() { sqlite3_vfs_unregister(&registration_->vfs); }

void FaultyVfs::Set(DiskFault fault, int writes_left) {
  writes_left_ = writes_left;
  fault_ = fault;
}

bool FaultyVfs::IsKilled() const {
  const auto fault = fault_.load();
  return fault == DiskFault::kKilled ||
         (fault == DiskFault::kKilledAfterSomeWrites && writes_left_ < 0);
}

int FaultyVfs::BeforeWrite() {
  ++writes_;
  switch (fault_) {
    case DiskFault::kFull:
      return SQLITE_FULL;
    case DiskFault::kReadOnly:
      return SQLITE_READONLY;
    case DiskFault::kFullAfterSomeWrites:
      return --writes_left_ < 0 ? SQLITE_FULL : 0;
    case DiskFault::kKilled:
      return SQLITE_IOERR_WRITE;
    case DiskFault::kKilledAfterSomeWrites:
      return --writes_left_ < 0 ? SQLITE_IOERR_WRITE : 0;
    case DiskFault::kNone:
    case DiskFault::kSyncFails:
      return 0;
  }
  std::unreachable();
}

int FaultyVfs::BeforeSync() {
  ++syncs_;
  return fault_ == DiskFault::kSyncFails || IsKilled() ? SQLITE_IOERR_FSYNC : 0;
}

}  // namespace instanced
