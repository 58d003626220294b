#include "tests/fakes/test_plugin/plugin_store.h"

#include <filesystem>
#include <fstream>

namespace instanced::test_plugin {

std::map<std::string, StoredInstance> PluginStore::Load() const {
  if (file_.empty()) return memory_;
  std::map<std::string, StoredInstance> instances;
  std::ifstream in(file_);
  const auto json = nlohmann::json::parse(in, nullptr, false);
  if (!json.is_array()) return instances;
  for (const auto& one : json) {
    StoredInstance instance{one.at("id"),  one.at("token"),  one.at("owner"),
                            one.at("uid"), one.at("fields"), one.at("lifecycle")};
    instances[instance.id] = std::move(instance);
  }
  return instances;
}

void PluginStore::Save(const std::map<std::string, StoredInstance>& instances) {
  if (file_.empty()) {
    memory_ = instances;
    return;
  }
  auto json = nlohmann::json::array();
  for (const auto& [id, one] : instances) {
    json.push_back({{"id", one.id},
                    {"token", one.token},
                    {"owner", one.owner},
                    {"uid", one.uid},
                    {"fields", one.fields},
                    {"lifecycle", one.lifecycle}});
  }
  {
    std::ofstream out(file_ + ".new");
    out << json.dump(1);
  }
  std::filesystem::rename(file_ + ".new", file_);
}

}  // namespace instanced::test_plugin
