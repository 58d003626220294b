// Whatever a server, a record or a credential file holds: the Alibaba readers neither crash nor
// throw, what they give can be written down as JSON, and no secret of an NLU profile gets through.
#include <cstdint>
#include <cstdlib>
#include <string>

#include <nlohmann/json.hpp>

#include "controller/provider/alibaba/ccc/ccc_codec.h"
#include "controller/provider/alibaba/credential_plan.h"
#include "controller/provider/alibaba/envelope.h"
#include "controller/provider/alibaba/lenient_json.h"
#include "controller/provider/alibaba/outboundbot/outbound_bot_codec.h"
#include "controller/provider/alibaba/request_codec.h"
#include "controller/provider/alibaba/time_text.h"

namespace {

using instanced::Observation;
using namespace instanced::alibaba;

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckObservation(const Observation& observation) {
  Require(observation.at_provider.is_object() && observation.fields.is_object());
  Require(!observation.at_provider.dump().empty() && !observation.fields.dump().empty());
  if (const auto profile = observation.at_provider.find("nluProfile");
      profile != observation.at_provider.end()) {
    for (const char* secret : {"accessKey", "secretKey", "agentKey", "llmAgentKey"}) {
      Require(!profile->contains(secret));
    }
  }
}

void CheckAnswer(int status, const std::string& body) {
  const auto envelope = DecodeEnvelope({status, {{"X-RateLimit-User", body}}, body});
  Require(envelope.verdict != Verdict::kSuccess || status / 100 == 2);
  Require(envelope.verdict == Verdict::kSuccess || !envelope.code.empty());
  const auto states = DefaultCccReadyStates();
  for (const auto* list : {"Instances", "Instance"}) {
    for (const auto* instance : ItemsOf(envelope.body, list, "CallCenterInstance")) {
      CheckObservation(DecodeCccInstance(*instance, states, PersonalData::kShow));
    }
    for (const auto* instance : ItemsOf(envelope.body, list, "Instance")) {
      CheckObservation(DecodeOutboundBotInstance(*instance));
    }
  }
  Require(!DecodeCccCreateWarnings(envelope.body, PersonalData::kShow).dump().empty());
  if (const auto next = NextOutboundBotPage(envelope.body, {}, 1)) {
    Require(next->empty() || ParseOutboundBotPage(*next));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  CheckAnswer(data[0] < 128 ? 200 : 400 + data[0] % 150, text);
  if (const auto request = DecodeRequest(text)) {
    Require(DecodeRequest(EncodeRequest(*request)) == *request);
  }
  (void)PlanFromFileText(text, "default");
  ParseHttpDate(text);
  ParseUtcTime(text);
  return 0;
}
