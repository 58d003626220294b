// Alibaba CCC 2017-07-05 on the wire: parameters of CreateInstance, members of an instance, states
// and error codes.
//
// Source: the GetInstance and ListInstancesOfUser pages of API 2017-07-05, the parameters of its
// SDKs, and the error codes of 2020-07-01 (the older version documents none).
// Threads: any.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "controller/provider/alibaba/error_table.h"
#include "controller/provider/alibaba/personal_data.h"
#include "controller/provider/provider.h"

namespace instanced::alibaba {

inline constexpr std::string_view kCccService = "ccc";
inline constexpr std::string_view kCccVersion = "2017-07-05";

std::span<const ErrorRow> CccErrors();

// Words that mean "ready", in any case; the cloud's documents never show one for this version.
std::vector<std::string> DefaultCccReadyStates();
Lifecycle CccLifecycle(std::string_view status, std::span<const std::string> ready_states);

Result<std::string> EncodeCccCreate(const CreateInput& input);

// One `Instance` of GetInstance or ListInstancesOfUser.
Observation DecodeCccInstance(const nlohmann::json& instance,
                              std::span<const std::string> ready_states, PersonalData personal);

// What CreateInstance could not do while it created the instance: refused numbers and login names
// (only their count where personal data is hidden). Empty when everything was done.
nlohmann::json DecodeCccCreateWarnings(const nlohmann::json& answer, PersonalData personal);

}  // namespace instanced::alibaba
