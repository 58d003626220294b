// The JSON of each record's content column. Pure; any thread.
//
// Decoding is strict: what does not fit is nothing, and the caller treats the row as damaged.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/journal/ledger.h"
#include "controller/journal/object_row.h"

namespace instanced {

std::string EncodeObject(const ObjectRow& row);
std::optional<ObjectRow> DecodeObject(std::string_view content);

std::string EncodeHistory(const HistoryEntry& entry);
std::optional<HistoryEntry> DecodeHistory(std::string_view content);

std::string EncodeChurn(const ChurnEntry& entry);
std::optional<ChurnEntry> DecodeChurn(std::string_view content);

}  // namespace instanced
