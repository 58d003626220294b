#include "controller/journal/recorded_state.h"

#include <charconv>
#include <utility>

#include "controller/journal/database.h"
#include "controller/journal/record_table.h"
#include "controller/journal/row_codec.h"

namespace instanced {
namespace {

Result<std::vector<Record>> SoundOf(Database& database, Table name) {
  Head unused;
  RecordTable table(database, unused, name);
  auto scan = table.Scan();
  if (!scan) return std::unexpected(std::move(scan.error()));
  return std::move(scan->sound);
}

Result<RecordedState> Read(Database& database) {
  RecordedState state;
  if (auto begun = database.Execute("BEGIN"); !begun) return std::unexpected(begun.error());
  auto meta = SoundOf(database, Table::kMeta);
  auto objects = SoundOf(database, Table::kObjects);
  auto incarnations = SoundOf(database, Table::kIncarnations);
  auto churn = SoundOf(database, Table::kChurn);
  auto documents = SoundOf(database, Table::kDocuments);
  for (const auto* part : {&meta, &objects, &incarnations, &churn, &documents}) {
    if (!*part) return std::unexpected(part->error());
  }
  for (const auto& record : *meta) {
    if (record.key == "owner") state.owner_id = record.content;
  }
  for (const auto& record : *objects) {
    auto row = DecodeObject(record.content);
    if (!row || ToString(row->key) != record.key) continue;
    row->resource_version = record.chain;
    state.objects.rows.push_back(std::move(*row));
  }
  for (const auto& [name, content, chain] : *incarnations) {
    std::int64_t count = 0;
    std::from_chars(content.data(), content.data() + content.size(), count);
    if (auto key = ParseObjectKey(name)) state.objects.incarnations.emplace(std::move(*key), count);
  }
  for (const auto& record : *churn) {
    if (auto entry = DecodeChurn(record.content)) state.churn.push_back(std::move(*entry));
  }
  for (auto& record : *documents) {
    state.documents.push_back({std::move(record.key), std::move(record.content)});
  }
  return state;
}

}  // namespace

Result<RecordedState> ReadRecordedState(const std::string& path) {
  auto database = Database::OpenReadOnly(path);
  auto state = database ? Read(**database) : std::unexpected(std::move(database.error()));
  if (!state) {
    state.error().message = "cannot read the state file " + path + ": " + state.error().message;
  }
  return state;
}

}  // namespace instanced
