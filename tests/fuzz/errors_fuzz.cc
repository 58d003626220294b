// Any answer with a failing status, of either cloud: it gets a class that a cloud's answer may
// have, and the rules that protect instances hold whatever it says.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "controller/provider/alibaba/ccc/ccc_codec.h"
#include "controller/provider/alibaba/envelope.h"
#include "controller/provider/alibaba/error_table.h"
#include "controller/provider/alibaba/outboundbot/outbound_bot_codec.h"
#include "controller/provider/aws/aws_errors.h"
#include "controller/provider/aws/connect/connect_errors.h"
#include "controller/provider/aws/rest_json.h"
#include "controller/provider/aws/supplychain/supplychain_errors.h"

namespace {

using namespace instanced;

void Require(bool holds) {
  if (!holds) std::abort();
}

// Classes of our own making never come from an answer.
void RequireCloudClass(ErrorClass error_class) {
  Require(error_class != ErrorClass::kDeferred && error_class != ErrorClass::kStore &&
          error_class != ErrorClass::kCancelled && error_class != ErrorClass::kWriteConflict);
}

void RequireOneLine(std::string_view message) {
  Require(message.find('\n') == std::string_view::npos);
  Require(message.find('\0') == std::string_view::npos);
}

void CheckAws(const HttpResponse& response) {
  const auto failure = aws::ParseRestJsonFailure(response);
  Require(!failure.code.empty());
  RequireOneLine(failure.code);
  RequireOneLine(failure.message);
  for (const auto errors : {aws::ConnectErrors(), aws::SupplyChainErrors(), aws::StsErrors()}) {
    for (const auto effect : {aws::Effect::kRead, aws::Effect::kCreate, aws::Effect::kChange}) {
      const auto verdict = aws::Classify(errors, effect, failure.code, response.status);
      RequireCloudClass(verdict.error_class);
      const bool read = effect == aws::Effect::kRead;
      Require(!read || verdict.error_class != ErrorClass::kInDoubt);
      if (effect == aws::Effect::kCreate) Require(verdict.error_class != ErrorClass::kNotFound);
      if (verdict.known == aws::CodeKnown::kYes) continue;
      Require(verdict.error_class != ErrorClass::kNotFound);
      if (!read && response.status >= 500) Require(verdict.error_class == ErrorClass::kInDoubt);
    }
  }
}

void CheckAlibaba(const HttpResponse& response) {
  using namespace alibaba;
  const auto envelope = DecodeEnvelope(response);
  if (envelope.verdict == Verdict::kSuccess) return;
  Require(!envelope.code.empty());
  for (const auto errors : {CccErrors(), OutboundBotErrors(), alibaba::StsErrors()}) {
    for (const auto subject : {Subject::kInstance, Subject::kAccount}) {
      const auto found =
          alibaba::Classify(errors, "DeleteInstance", subject, envelope.code, envelope.status);
      RequireCloudClass(found.error_class);
      if (subject == Subject::kAccount || !found.is_listed) {
        Require(found.error_class != ErrorClass::kNotFound);
      }
      const auto mutating = WithDoubt(found.error_class, alibaba::Effect::kMutate, envelope.status);
      const auto reading = WithDoubt(found.error_class, alibaba::Effect::kRead, envelope.status);
      Require(reading == found.error_class);
      if (!found.is_listed && envelope.status >= 500) Require(mutating == ErrorClass::kInDoubt);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto line = text.find('\n');
  const std::string header = text.substr(0, line);
  const std::string body = line == std::string::npos ? "" : text.substr(line + 1);
  const int status = 300 + data[0] % 300;
  CheckAws({status, {{"x-amzn-ErrorType", header}}, body});
  CheckAws({status, {{"Retry-After", header}}, body});
  CheckAlibaba({status, {{"x-acs-retry-after", header}}, body});
  CheckAlibaba({200, {{"X-RateLimit-User-API", header}}, body});
  return 0;
}
