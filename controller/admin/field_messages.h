// One difference between declared and observed as a message: plan and explain tell it alike.
// Pure; any thread.
#pragma once

#include <string>

#include "api/kinds/fields.h"

namespace instanced {

// JSON; empty for a value that is not there.
inline std::string FieldText(const nlohmann::json& value) {
  if (value.is_null()) return "";
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// `Message` has `field`, `declared` and `observed`.
template <class Message>
void FillField(Message& message, const FieldDiff& diff) {
  message.set_field(diff.key.empty() ? diff.field : diff.field + "." + diff.key);
  message.set_declared(FieldText(diff.desired));
  message.set_observed(FieldText(diff.observed));
}

}  // namespace instanced
