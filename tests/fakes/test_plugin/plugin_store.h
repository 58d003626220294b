// What the test plugin keeps: instances by id, in memory and, where a file is named, on disk after
// every change, so that a killed plugin finds them again.
// Threads: any; the caller locks for what must happen in one step.
#pragma once

#include <map>
#include <string>

#include <nlohmann/json.hpp>

namespace instanced::test_plugin {

struct StoredInstance {
  std::string id;
  std::string token;
  std::string owner;
  std::string uid;
  nlohmann::json fields;
  std::string lifecycle = "ready";  // "creating", "failed", "suspended"
};

class PluginStore {
 public:
  explicit PluginStore(std::string file) : file_(std::move(file)) {}

  // Reads the file anew, so that a test may meddle with it.
  std::map<std::string, StoredInstance> Load() const;
  void Save(const std::map<std::string, StoredInstance>& instances);

 private:
  std::string file_;
  std::map<std::string, StoredInstance> memory_;
};

}  // namespace instanced::test_plugin
