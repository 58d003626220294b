// Reading Alibaba's answers, whose scalars come as string, number or bool, whose lists come wrapped
// or plain, and whose keys come in either case.
//
// Every reader answers "nothing" for what is absent, null, empty or of no use, and never throws.
// Threads: any.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "controller/clock/clock.h"

namespace instanced::alibaba {

// The member, spelled exactly or, failing that, in another case; null without one.
const nlohmann::json* FindMember(const nlohmann::json& object, std::string_view name);

// Strings as they are; numbers and bools in their JSON spelling; nothing for lists and objects.
std::optional<std::string> AsText(const nlohmann::json* value);
// Integers, integral floats, and strings of either; bools are 1 and 0.
std::optional<std::int64_t> AsInteger(const nlohmann::json* value);
// Bools, "true" and "false" in any case, and the numbers (or strings) 1 and 0.
std::optional<bool> AsFlag(const nlohmann::json* value);
// Milliseconds since the epoch, in any spelling of an integer.
std::optional<WallTime> AsTime(const nlohmann::json* value);

// AsText of a member; empty without one.
std::string TextOf(const nlohmann::json& object, std::string_view name);

// The entries of a list: `[a,b]`, `{"Item":[a,b]}`, `{"Item":a}`; none for null, "" and {}.
std::vector<const nlohmann::json*> ItemsOf(const nlohmann::json& object, std::string_view name,
                                           std::string_view item);

// How one member of an answer becomes one member of atProvider.
enum class FieldForm {
  kText,
  kTextOrNone,  // 无 stands for "none"
  kInteger,
  kFlag,
  kTime,  // milliseconds -> RFC 3339
};
struct WireField {
  std::string_view wire;  // the cloud's name
  std::string_view name;  // ours, lower camel
  FieldForm form = FieldForm::kText;
};
// An object of the fields that are there; a value that does not fit its form is kept as text.
nlohmann::json Project(const nlohmann::json& object, std::span<const WireField> fields);

// 无: how the cloud writes "none".
inline constexpr std::string_view kNoneWord = "\u65e0";

}  // namespace instanced::alibaba
