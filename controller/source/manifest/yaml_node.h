// A YAML document as kubectl reads it: every node with its place, scalars resolved by YAML 1.1,
// anchors and merges already expanded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "controller/source/manifest/problem.h"

namespace instanced {

struct YamlEntry;

struct YamlNode {
  enum class Type { kScalar, kSequence, kMapping };

  Type type = Type::kScalar;
  Position position;
  nlohmann::json scalar;  // null, boolean, number or string
  std::string written;    // a plain scalar's own spelling; empty for quoted ones
  std::vector<YamlNode> items;
  std::vector<YamlEntry> entries;  // in the order of the file, merged ones last

  bool IsNull() const { return type == Type::kScalar && scalar.is_null(); }
  const YamlEntry* Find(std::string_view key) const;
};

struct YamlEntry {
  std::string key;
  Position position;
  YamlNode value;
};

struct YamlLimits {
  std::size_t file_bytes = 16U << 20;
  std::size_t documents = 50'000;
  std::size_t depth = 64;
  std::size_t nodes = 2'000'000;
  std::size_t expanded_nodes = 100'000;  // brought in by aliases and merges, over the whole file
};

struct YamlFile {
  std::vector<YamlNode> documents;  // those read to their end; empty ones left out
  std::vector<Problem> problems;    // any of them makes the whole file unusable
};

// Never throws. Duplicate keys, custom tags, keys that are no scalars, text that is not UTF-8 and
// anything beyond `limits` are problems.
YamlFile ReadYaml(std::string_view file, std::string_view text, const YamlLimits& limits);

// The value of a plain scalar by YAML 1.1: yes, on, 0o17, 0x1f, 1_000, .5, ~ and so on.
nlohmann::json ResolvePlainScalar(std::string_view text);

nlohmann::json ToJson(const YamlNode& node);

}  // namespace instanced
