// The intent: what is written down, confirmed, before a create is called.
//
// An open intent is the only reason an object may have an instance nobody has the id of. It ends
// by a recorded id, or by an answer that proves nothing was created; every other ending leaves it
// in doubt for the next pass. Edits of the spec do not change it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace instanced {

// A create whose fate may be unknown.
inline constexpr std::string_view kCreateOperation = "Create";
// A deletion that is part of a replacement: once the instance is gone, a new one is made.
inline constexpr std::string_view kReplaceOperation = "Replace";

enum class AbsentBefore {
  kNotLooked,  // the API takes a token: no look-up was needed
  kAbsent,     // the natural key was looked up and was free
};

struct Intent {
  std::string operation{kCreateOperation};
  // Counts creations of this uid, from 1; never a time.
  std::int64_t attempt = 1;
  // f(uid, attempt), 36 characters: serves every API that takes one (33..126).
  std::string token;
  // The canonical request, sent byte for byte on every try of this attempt. No credentials.
  std::string request;
  AbsentBefore absent_before = AbsentBefore::kNotLooked;
  // Who wrote it, and in which lease epoch; another holder's open intent is in doubt.
  std::string holder;
  std::int64_t epoch = 0;
  // RFC 3339 wall times, for people and for finding instances created since.
  std::string not_before;
  // How long the call may take, in milliseconds; doubt is not resolved before it has passed.
  std::int64_t deadline_ms = 0;

  friend bool operator==(const Intent&, const Intent&) = default;
};

// The idempotency token of one attempt: a dashed UUID of (uid, attempt).
std::string IdempotencyToken(std::string_view uid, std::int64_t attempt);

nlohmann::json ToJson(const Intent& intent);
// Nothing when a member is missing or of another type: a broken intent is no intent to trust,
// and the caller must treat the object as in doubt.
std::optional<Intent> IntentFromJson(const nlohmann::json& json);

}  // namespace instanced
