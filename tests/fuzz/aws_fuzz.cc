// Whatever stands in a target, a header or an answer: canonicalisation, codecs and parsers neither
// crash nor break their own rules. One input feeds them all.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "controller/provider/aws/aws_time.h"
#include "controller/provider/aws/connect/connect_codec.h"
#include "controller/provider/aws/credentials/profile_file.h"
#include "controller/provider/aws/rest_json.h"
#include "controller/provider/aws/sigv4.h"
#include "controller/provider/aws/sts.h"
#include "controller/provider/aws/supplychain/supplychain_codec.h"

namespace instanced::aws {
namespace {

void Require(bool rule) {
  if (!rule) std::abort();
}

void Sign(std::string_view text) {
  const auto half = text.size() / 2;
  const HttpRequest request{.method = HttpMethod::kGet,
                            .origin = {Scheme::kHttps, "h", 443},
                            .target = std::string(text),
                            .headers = {{std::string(text.substr(0, half)), "v"},
                                        {"x-amz-meta", std::string(text.substr(half))}},
                            .body = {}};
  const auto canonical = Canonicalize(request, "hash", PathForm::kNormalized);
  Require(canonical.text.starts_with("GET\n/"));
  Require(canonical.text.ends_with("\nhash"));
  Require(PercentDecode(PercentEncode(text)) == text);
}

void Read(std::string_view text) {
  const HttpResponse response{
      400,
      {{"x-amzn-errortype", std::string(text)}, {"retry-after", std::string(text)}},
      std::string(text)};
  const auto failure = ParseRestJsonFailure(response);
  Require(!failure.code.empty() && failure.message.size() <= 512);
  Require(!ParseStsFailure(response).code.empty());
  (void)ParseAssumedRole(text);
  (void)ParseCallerIdentity(text);
  (void)ParseProfiles(text, ProfileForm::kConfig);
  if (const auto time = ParseIso8601(text)) Require(ParseIso8601(FormatRfc3339(*time)).has_value());
  (void)ParseHttpDate(text);
  const auto json = ParseJsonBody(text);
  if (!json) return;
  if (auto seen = ObserveConnect(*json)) {
    Require(!seen->external_name.empty());
    AddConnectAttributes(*seen, *json);
  }
  if (const auto* instance = FindObject(*json, "instance")) {
    if (auto seen = ObserveSupplyChain(*instance)) AddSupplyChainTags(*seen, *json);
  }
}

}  // namespace
}  // namespace instanced::aws

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  instanced::aws::Sign(text);
  instanced::aws::Read(text);
  return 0;
}
