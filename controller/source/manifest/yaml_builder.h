// Builds YamlNodes from yaml-cpp's events. For yaml_reader.cc only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <yaml-cpp/eventhandler.h>

#include "controller/source/manifest/yaml_node.h"

namespace instanced {

// Thrown through yaml-cpp to stop it at a bound; ReadYaml catches it.
struct YamlLimitReached {};

class YamlBuilder final : public YAML::EventHandler {
 public:
  YamlBuilder(std::string_view file, const YamlLimits& limits) : file_(file), limits_(limits) {}

  bool Failed() const { return !problems_.empty() && stopped_; }
  std::vector<Problem> TakeProblems() { return std::move(problems_); }
  std::vector<YamlNode> TakeDocuments() { return std::move(documents_); }

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override;
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override;
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override;

 private:
  // A collection that is still open.
  struct Open {
    YamlNode node;
    YAML::anchor_t anchor;
    std::optional<YamlEntry> entry;  // a key whose value is yet to come
    std::unordered_set<std::string> keys;
    bool merge_next = false;
    std::vector<YamlNode> merges;
    std::size_t entries_before_merge = 0;
  };

  void Start(YamlNode::Type type, const YAML::Mark& mark, const std::string& tag,
             std::string_view own_tag, YAML::anchor_t anchor);
  void End();
  void Add(YamlNode node, YAML::anchor_t anchor);
  void AddToMapping(Open& open, YamlNode node);
  void AddKey(Open& open, const YamlNode& node);
  void Merge(Open& open);
  void MergeOne(Open& open, const YamlNode& from);
  void Count(Position position, std::size_t nodes, std::size_t limit, std::string_view what);
  void Report(Position position, std::string found, std::string expected, std::string message);
  [[noreturn]] void Stop(Position position, std::string message);

  std::string file_;
  const YamlLimits& limits_;
  std::vector<YamlNode> documents_;
  std::vector<Problem> problems_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, YamlNode> anchors_;
  std::size_t document_count_ = 0;
  std::size_t nodes_ = 0;
  std::size_t expanded_ = 0;
  bool stopped_ = false;
};

}  // namespace instanced
