#include "controller/source/file/directory_reader.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "api/object/digest.h"

namespace instanced {
namespace {

// Coarser than the time stamps of any file system we know.
constexpr std::chrono::seconds kStampGrain{2};

std::int64_t Nanos(const timespec& time) { return time.tv_sec * 1'000'000'000LL + time.tv_nsec; }

struct Bytes {
  std::optional<std::string> text;
  std::string failure;
};

Bytes ReadBytes(const std::string& path, std::int64_t size_max) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return {{}, fmt::format("cannot open it: {}", std::strerror(errno))};
  std::string text;
  char buffer[65536];
  ssize_t got = 0;
  while ((got = ::read(descriptor, buffer, sizeof buffer)) > 0 &&
         static_cast<std::int64_t>(text.size()) <= size_max) {
    text.append(buffer, static_cast<std::size_t>(got));
  }
  const int error = errno;
  ::close(descriptor);
  if (got < 0) return {{}, fmt::format("cannot read it: {}", std::strerror(error))};
  if (static_cast<std::int64_t>(text.size()) > size_max) {
    return {{}, fmt::format("it is larger than {} bytes", size_max)};
  }
  return {std::move(text), {}};
}

}  // namespace

bool IsManifestFile(std::string_view name) {
  return !name.starts_with(".") &&
         (name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json"));
}

DirectoryReader::DirectoryReader(std::string directory, ManifestParser parser, const Clock& clock,
                                 ReaderLimits limits)
    : directory_(std::move(directory)),
      parser_(std::move(parser)),
      clock_(clock),
      limits_(limits) {}

DirectoryReader::Listing DirectoryReader::List() const {
  Listing listing;
  struct stat info{};
  if (::stat(directory_.c_str(), &info) != 0) {
    const bool gone = errno == ENOENT || errno == ENOTDIR;
    listing.condition = gone ? DirectoryCondition::kVanished : DirectoryCondition::kUnreadable;
    listing.message = fmt::format("cannot look at {}: {}", directory_, std::strerror(errno));
  } else if (!S_ISDIR(info.st_mode)) {
    listing.condition = DirectoryCondition::kVanished;
    listing.message = fmt::format("{} is not a directory", directory_);
  } else {
    Walk("", 0, listing);
  }
  return listing;
}

void DirectoryReader::Walk(const std::string& relative, int depth, Listing& listing) const {
  const std::string path = relative.empty() ? directory_ : directory_ + "/" + relative;
  DIR* opened = ::opendir(path.c_str());
  if (!opened || depth > limits_.depth_max || listing.files.size() > limits_.files_max) {
    listing.condition = DirectoryCondition::kUnreadable;
    listing.message = opened ? fmt::format("{} is too deep or holds too many files", path)
                             : fmt::format("cannot read {}: {}", path, std::strerror(errno));
    if (opened) ::closedir(opened);
    return;
  }
  listing.directories.push_back(path);
  std::vector<std::string> names;
  errno = 0;
  while (const auto* entry = ::readdir(opened)) names.emplace_back(entry->d_name);
  if (errno != 0) {
    listing.condition = DirectoryCondition::kUnreadable;
    listing.message = fmt::format("cannot read {}: {}", path, std::strerror(errno));
  }
  ::closedir(opened);
  std::ranges::sort(names);
  for (const auto& name : names) Enter(relative, name, depth, listing);
}

void DirectoryReader::Enter(const std::string& relative, const std::string& name, int depth,
                            Listing& listing) const {
  if (name == "." || name == "..") return;
  if (name.starts_with(".")) {
    ++listing.ignored;
    return;
  }
  const std::string path = relative.empty() ? name : relative + "/" + name;
  struct stat info{};
  if (::stat((directory_ + "/" + path).c_str(), &info) != 0) {
    listing.refused[path] = fmt::format("cannot look at it: {}", std::strerror(errno));
  } else if (S_ISDIR(info.st_mode)) {
    Walk(path, depth + 1, listing);
  } else if (!IsManifestFile(name) || !S_ISREG(info.st_mode)) {
    ++listing.ignored;
  } else {
    listing.files[path] = {info.st_dev, info.st_ino, info.st_size, Nanos(info.st_mtim),
                           Nanos(info.st_ctim)};
  }
}

bool DirectoryReader::IsSettled(const Stamp& stamp) const {
  const auto now = std::chrono::nanoseconds(clock_.WallNow().time_since_epoch()).count();
  const auto newest = std::max(stamp.modified_ns, stamp.changed_ns);
  return newest + std::chrono::nanoseconds(kStampGrain).count() < now;
}

FileReading DirectoryReader::ReadOne(const std::string& path, const Stamp& stamp) {
  const auto found = cache_.find(path);
  if (found != cache_.end() && found->second.settled && found->second.stamp == stamp) {
    return found->second.reading;
  }
  auto bytes = ReadBytes(directory_ + "/" + path, limits_.file_bytes_max);
  if (!bytes.text) {
    cache_.erase(path);
    return {path, nullptr, std::move(bytes.failure), nullptr};
  }
  const auto fingerprint = Fingerprint(*bytes.text);
  if (found != cache_.end() && found->second.fingerprint == fingerprint) {
    found->second.stamp = stamp;
    found->second.settled = IsSettled(stamp);
    return found->second.reading;
  }
  ++parse_count_;
  FileReading reading{
      path, std::make_shared<const ParsedManifest>(parser_(path, *bytes.text)), {}, nullptr};
  if (!reading.IsGood()) {
    reading.text = std::make_shared<const std::string>(std::move(*bytes.text));
  }
  cache_[path] = {stamp, IsSettled(stamp), fingerprint, reading};
  return reading;
}

std::optional<DirectorySnapshot> DirectoryReader::Read() {
  const Listing before = List();
  DirectorySnapshot snapshot{
      before.condition, before.message, {}, before.ignored, before.directories};
  if (before.condition != DirectoryCondition::kRead) return snapshot;
  for (const auto& [path, stamp] : before.files) snapshot.files.push_back(ReadOne(path, stamp));
  for (const auto& [path, failure] : before.refused) {
    snapshot.files.push_back({path, nullptr, failure, nullptr});
  }
  std::ranges::sort(snapshot.files, {}, &FileReading::path);
  if (List() != before) return std::nullopt;
  std::erase_if(cache_, [&](const auto& item) { return !before.files.contains(item.first); });
  return snapshot;
}

}  // namespace instanced
