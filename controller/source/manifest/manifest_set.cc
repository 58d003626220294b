#include "controller/source/manifest/manifest_set.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace instanced {
namespace {

namespace fs = std::filesystem;

Problem FileProblem(const fs::path& path, std::string message) {
  return Problem{path.string(), {}, {}, {}, {}, std::move(message)};
}

bool IsManifestName(const fs::path& path) {
  const auto extension = path.extension();
  return extension == ".yaml" || extension == ".yml" || extension == ".json";
}

class Walk {
 public:
  explicit Walk(const DirectoryLimits& limits) : limits_(limits) {}

  DirectoryListing Run(const fs::path& directory) {
    Folder(directory, 0);
    std::ranges::sort(listing_.files);
    return std::move(listing_);
  }

 private:
  void Folder(const fs::path& directory, std::size_t depth) {
    if (depth > limits_.depth) return Report(directory, "nested too deeply");
    std::error_code error;
    fs::directory_iterator it(directory, error);
    while (!error && it != fs::directory_iterator()) {
      if (!it->path().filename().string().starts_with('.')) Entry(*it, depth);
      if (listing_.files.size() > limits_.files) {
        return Report(directory, fmt::format("more than {} files", limits_.files));
      }
      it.increment(error);
    }
    if (error) Report(directory, "cannot read directory: " + error.message());
  }

  void Entry(const fs::directory_entry& entry, std::size_t depth) {
    std::error_code error;
    const auto status = entry.status(error);
    if (error) return Report(entry.path(), "cannot read: " + error.message());
    if (fs::is_directory(status)) return Folder(entry.path(), depth + 1);
    if (fs::is_regular_file(status) && IsManifestName(entry.path())) {
      listing_.files.push_back(entry.path());
    } else {
      ++listing_.ignored;
    }
  }

  void Report(const fs::path& path, std::string message) {
    listing_.problems.push_back(FileProblem(path, std::move(message)));
  }

  const DirectoryLimits& limits_;
  DirectoryListing listing_;
};

void Take(ManifestSet& set, std::set<ObjectKey>& refused, const ManifestObject& object) {
  const auto [it, first] = set.objects.emplace(object.key, object);
  if (first) return;
  const auto& other = it->second;
  refused.insert(object.key);
  set.problems.push_back(
      {object.file,
       object.position,
       {},
       ToString(object.key),
       {},
       fmt::format("declared in {}:{} too; neither is taken until one of them is removed",
                   other.file, other.position.line)});
}

}  // namespace

ManifestSet Combine(const std::vector<ParsedFile>& files) {
  ManifestSet set;
  std::set<ObjectKey> refused;
  for (const auto& file : files) {
    set.ignored += file.ignored;
    std::ranges::copy(file.problems, std::back_inserter(set.problems));
    if (!file.ok()) continue;
    for (const auto& object : file.objects) Take(set, refused, object);
  }
  for (const auto& key : refused) set.objects.erase(key);
  return set;
}

ManifestSet LoadManifests(const std::vector<ManifestFile>& files) {
  std::vector<ParsedFile> parsed;
  parsed.reserve(files.size());
  for (const auto& file : files) parsed.push_back(ParseManifest(file.path, file.text));
  return Combine(parsed);
}

DirectoryListing ListManifests(const fs::path& directory, const DirectoryLimits& limits) {
  return Walk(limits).Run(directory);
}

std::expected<std::string, Problem> ReadManifest(const fs::path& path,
                                                 const DirectoryLimits& limits) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error) return std::unexpected(FileProblem(path, "cannot read file: " + error.message()));
  if (size > limits.yaml.file_bytes) {
    return std::unexpected(
        FileProblem(path, fmt::format("found {} bytes, expected {} at most; split the file", size,
                                      limits.yaml.file_bytes)));
  }
  std::ifstream stream(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(stream), {});
  if (!stream.is_open() || stream.bad()) {
    return std::unexpected(FileProblem(path, "cannot read file"));
  }
  return text;
}

ManifestSet LoadDirectory(const fs::path& directory, const DirectoryLimits& limits) {
  auto listing = ListManifests(directory, limits);
  std::vector<ParsedFile> files;
  for (const auto& path : listing.files) {
    auto text = ReadManifest(path, limits);
    if (text) {
      files.push_back(ParseManifest(path.string(), *text, limits.yaml));
    } else {
      listing.problems.push_back(std::move(text.error()));
    }
  }
  ManifestSet set = Combine(files);
  set.problems.insert(set.problems.begin(), std::make_move_iterator(listing.problems.begin()),
                      std::make_move_iterator(listing.problems.end()));
  return set;
}

}  // namespace instanced
