#include "tests/e2e/journal_view.h"

#include <sqlite3.h>

#include <functional>
#include <memory>

namespace instanced::e2e {
namespace {

using Json = nlohmann::json;

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

// Rows of two text columns.
void ForEachRow(const std::filesystem::path& file, const char* query,
                const std::function<void(std::string, std::string)>& row) {
  sqlite3* opened = nullptr;
  const int result = sqlite3_open_v2(file.c_str(), &opened, SQLITE_OPEN_READONLY, nullptr);
  const std::unique_ptr<sqlite3, Close> database(opened);
  if (result != SQLITE_OK) return;
  sqlite3_busy_timeout(opened, 2000);
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v2(opened, query, -1, &prepared, nullptr) != SQLITE_OK) return;
  const std::unique_ptr<sqlite3_stmt, Close> statement(prepared);
  const auto text = [&](int column) {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(prepared, column));
    return std::string(bytes ? bytes : "");
  };
  while (sqlite3_step(prepared) == SQLITE_ROW) row(text(0), text(1));
}

Json Parse(const Json& holder, const char* member) {
  const Json parsed = Json::parse(holder.value(member, ""), nullptr, false);
  return parsed.is_discarded() ? Json::object() : parsed;
}

std::string Member(const Json& status, const std::string& condition, const char* member) {
  for (const auto& one : status.value("conditions", Json::array())) {
    if (one.value("type", "") == condition) return one.value(member, "");
  }
  return "";
}

}  // namespace

std::string RecordedObject::external_name() const { return status.value("externalName", ""); }
std::string RecordedObject::ReasonOf(const std::string& condition) const {
  return Member(status, condition, "reason");
}
std::string RecordedObject::MessageOf(const std::string& condition) const {
  return Member(status, condition, "message");
}
bool RecordedObject::Is(const std::string& condition) const {
  return Member(status, condition, "status") == "True";
}

std::vector<RecordedObject> RecordedObjects(const std::filesystem::path& state_file) {
  std::vector<RecordedObject> objects;
  ForEachRow(state_file, "SELECT key, content FROM objects ORDER BY key",
             [&](std::string key, const std::string& content) {
               const Json json = Json::parse(content, nullptr, false);
               if (!json.is_object()) return;
               const auto deletion = json.find("deletionTimestamp");
               objects.push_back({std::move(key), json.value("uid", ""),
                                  deletion != json.end() && !deletion->is_null(),
                                  !json.value("finalizers", Json::array()).empty(),
                                  Parse(json, "spec"), Parse(json, "status")});
             });
  return objects;
}

std::optional<RecordedObject> RecordedObjectOf(const std::filesystem::path& state_file,
                                               const std::string& key) {
  for (auto& object : RecordedObjects(state_file)) {
    if (object.key == key) return std::move(object);
  }
  return std::nullopt;
}

std::vector<nlohmann::json> RecordedHistory(const std::filesystem::path& state_file) {
  std::vector<Json> entries;
  ForEachRow(state_file, "SELECT object, content FROM history ORDER BY sequence",
             [&](const std::string& object, const std::string& content) {
               Json json = Json::parse(content, nullptr, false);
               if (!json.is_object()) return;
               json["object"] = object;
               entries.push_back(std::move(json));
             });
  return entries;
}

}  // namespace instanced::e2e
