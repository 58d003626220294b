#include "controller/config/config_file.h"

#include <algorithm>
#include <utility>

#include <yaml-cpp/yaml.h>

#include "controller/config/nearest.h"

namespace instanced {
namespace {

std::string Place(const std::string& file_name, const YAML::Mark& mark) {
  return file_name + ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1);
}

std::string UnknownKey(const std::string& key, const std::vector<std::string>& known) {
  std::string message = "unknown key " + key;
  if (const std::string near = NearestWord(key, known); !near.empty()) {
    message += "; did you mean " + near + "?";
  }
  return message;
}

std::expected<FileValues, std::vector<std::string>> ReadMapping(
    const std::string& file_name, const YAML::Node& root, const std::vector<std::string>& known) {
  FileValues values;
  std::vector<std::string> problems;
  for (const auto& entry : root) {
    const std::string place = Place(file_name, entry.first.Mark());
    if (!entry.first.IsScalar()) {
      problems.push_back(place + ": want the name of a flag");
      continue;
    }
    const std::string& key = entry.first.Scalar();
    if (std::ranges::find(known, key) == known.end()) {
      problems.push_back(place + ": " + UnknownKey(key, known));
    } else if (key == kPluginsKey && entry.second.IsSequence()) {
      continue;
    } else if (!entry.second.IsScalar()) {
      problems.push_back(place + ": " + key + ": want one value, not a list or a mapping");
    } else if (!values
                    .emplace(key, FileValue{entry.second.Scalar(),
                                            Place(file_name, entry.second.Mark())})
                    .second) {
      problems.push_back(place + ": " + key + " is given twice");
    }
  }
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return values;
}

}  // namespace

std::expected<FileValues, std::vector<std::string>> ParseConfigFile(
    const std::string& file_name, const std::string& text, const std::vector<std::string>& known) {
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.size() > 1) {
      return std::unexpected(std::vector{Place(file_name, documents[1].Mark()) +
                                         ": want one document, found a second"});
    }
    if (documents.empty() || documents[0].IsNull()) return FileValues{};
    if (!documents[0].IsMap()) {
      return std::unexpected(std::vector{Place(file_name, documents[0].Mark()) +
                                         ": want a mapping of flag names to values"});
    }
    return ReadMapping(file_name, documents[0], known);
  } catch (const YAML::Exception& problem) {
    return std::unexpected(std::vector{Place(file_name, problem.mark) + ": " + problem.msg});
  }
}

}  // namespace instanced
