// Outcomes in the exact wire forms of the two clouds.
#pragma once

#include "tests/cloudsim/api/faults.h"
#include "tests/cloudsim/api/message.h"
#include "tests/cloudsim/api/route.h"

namespace instanced::cloudsim {

// `request_id` in the cloud's own form is made from the UUID given.
Answer RenderDone(const Route& route, const Done& done, const Settings& settings,
                  const std::string& request_id);
// `form`: the AWS error form for this answer; empty takes the setting.
Answer RenderRefusal(const Route& route, const Refusal& refusal, const Settings& settings,
                     const std::string& form, const std::string& request_id);
// The answers that only a fault rule can cause.
Answer RenderHtmlError(const Refusal& refusal);
Answer RenderXmlError(const Refusal& refusal, const std::string& request_id);
Answer RenderErrorIn200(const Route& route, const Refusal& refusal, const std::string& request_id);

// Every number and boolean below `json` turned into a string.
Json WithStringScalars(const Json& json);
// Replaces each member named Status, state or InstanceStatus.
Json WithState(const Json& json, const std::string& state);
std::string ToXml(const std::string& root, const Json& json);

}  // namespace instanced::cloudsim
