// A manifest language of one line per object, so that these tests need no YAML:
//   "connect NAME [SPEC-WORD]" declares a ConnectInstance of namespace default, "config NAME" a
//   ProviderConfig there; "!" is broken.
#pragma once

#include <sstream>
#include <string>

#include <nlohmann/json.hpp>

#include "controller/source/file/desired_object.h"

namespace instanced {

inline ObjectKey KeyOf(const std::string& name) {
  return {Kind::kConnectInstance, "default", name};
}

inline InstanceSpec SpecOf(const std::string& word) {
  InstanceSpec spec;
  spec.for_provider = nlohmann::json{{"instanceAlias", word}}.dump();
  return spec;
}

inline DesiredObject Declare(const std::string& name, const std::string& word = "v1",
                             const std::string& file = "a.yaml") {
  return {KeyOf(name), {}, {}, ToJson(SpecOf(word)).dump(), file, {}};
}

inline ParsedManifest ParseLines(const std::string& file, std::string_view text) {
  ParsedManifest parsed;
  std::istringstream lines{std::string(text)};
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string kind, name, word = "v1";
    words >> kind >> name >> word;
    if (kind == "!") parsed.problems.push_back(file + ":1:1: not understood");
    if (word.empty()) word = "v1";
    if (kind == "config") {
      const ProviderConfigSpec spec;
      const ObjectKey key{Kind::kProviderConfig, "default", name};
      parsed.objects.emplace_back(DesiredObject{key, {}, {}, ToJson(spec).dump(), file, {}});
    }
    if (kind == "connect") parsed.objects.emplace_back(Declare(name, word, file), SpecOf(word));
  }
  return parsed;
}

}  // namespace instanced
