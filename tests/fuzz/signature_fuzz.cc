// Any labels, parameters and header values: what our signers sign is what a server checks. The
// server's side is the simulator's, written apart from the product's.
#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "controller/provider/alibaba/rpc_signature.h"
#include "controller/provider/aws/rest_json.h"
#include "controller/provider/aws/sigv4.h"
#include "tests/cloudsim/api/alibaba_signature.h"
#include "tests/cloudsim/api/aws_signature.h"
#include "tests/cloudsim/api/digest.h"

namespace {

using namespace instanced;

constexpr const char* kSecret = "wJalrXUtnFEMI/K7MDENG";
const WallTime kNow{std::chrono::seconds(1'700'000'000)};

void Require(bool holds) {
  if (!holds) std::abort();
}

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += c;
    }
  }
  lines.resize(std::max<std::size_t>(lines.size(), 4));
  return lines;
}

// What can stand in a header: no control characters.
std::string HeaderValue(std::string text) {
  std::erase_if(text, [](unsigned char c) { return std::iscntrl(c) != 0; });
  return text;
}

std::string LowerCase(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

cloudsim::Request AsReceived(std::string method, std::string target, const HttpHeaders& headers,
                             std::string body, const std::string& host) {
  cloudsim::Request request{
      std::move(method), std::move(target), {{"host", host}}, std::move(body)};
  for (const auto& [name, value] : headers) request.headers.emplace_back(LowerCase(name), value);
  return request;
}

void CheckAws(const std::vector<std::string>& lines) {
  aws::RestTarget target("/instance/");
  target.Label("i-" + lines[0]);
  for (std::size_t i = 3; i + 1 < lines.size(); i += 2) target.Query("q" + lines[i], lines[i + 1]);
  HttpRequest request{
      .method = HttpMethod::kGet,
      .origin = {Scheme::kHttps, "connect.example", 443},
      .target = target.text(),
      .headers = {{"Content-Type", "application/json"}, {"X-Amz-Note", HeaderValue(lines[1])}},
      .body = lines[2]};
  aws::SigV4Signer signer({"eu-west-1", "connect"});
  signer.Sign(request, {"AKIDEXAMPLE", kSecret, "", {}}, kNow);

  auto received =
      AsReceived("GET", request.target, request.headers, request.body, "connect.example");
  const auto shown = cloudsim::ParseAwsAuthorization(received.Header("authorization"));
  Require(shown.has_value());
  const auto canonical = cloudsim::AwsCanonicalRequest(
      received, shown->signed_headers, cloudsim::Hex(cloudsim::Sha256(received.body)));
  cloudsim::AwsSigner server;
  const std::string date(received.Header("x-amz-date"));
  Require(server.Signature(kSecret, *shown, date, canonical) == shown->signature);
  Require(cloudsim::PercentDecode(aws::PercentEncode(lines[0])) == lines[0]);
}

alibaba::RpcParameters Parameters(const std::vector<std::string>& lines) {
  alibaba::RpcParameters parameters{{"Action", "DescribeInstance"}, {"Version", "2019-12-26"}};
  for (std::size_t i = 0; i + 1 < lines.size(); i += 2) parameters["P" + lines[i]] = lines[i + 1];
  return parameters;
}

void CheckAlibabaV1(const std::vector<std::string>& lines) {
  const auto sent =
      alibaba::SignV1("GET", Parameters(lines), {"key", kSecret, lines[0]}, kNow, "nonce");
  const cloudsim::Pairs received(sent.begin(), sent.end());
  const auto to_sign = cloudsim::AlibabaV1StringToSign("GET", received);
  Require(cloudsim::AlibabaV1Signature(kSecret, to_sign) == sent.at("Signature"));
  // What is read from the wire is what was signed.
  auto wire = cloudsim::ParseQuery(alibaba::CanonicalQuery(sent));
  Require(wire == received);
}

void CheckAlibabaV3(const std::vector<std::string>& lines) {
  const alibaba::V3Call call{"POST", "outboundbot.example", "DescribeInstance", "2019-12-26",
                             Parameters(lines)};
  const auto headers =
      alibaba::SignV3(call, {"key", kSecret, HeaderValue(lines[0])}, kNow, "nonce");
  const auto received =
      AsReceived("POST", "/?" + alibaba::CanonicalQuery(call.query), headers, "", call.host);
  const auto shown = cloudsim::ParseAlibabaV3Authorization(received.Header("authorization"));
  Require(shown.has_value());
  const auto canonical = cloudsim::AlibabaV3CanonicalRequest(received, shown->signed_headers,
                                                             cloudsim::Hex(cloudsim::Sha256("")));
  Require(cloudsim::AlibabaV3Signature(kSecret, canonical) == shown->signature);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto lines = Lines({reinterpret_cast<const char*>(data), size});
  CheckAws(lines);
  CheckAlibabaV1(lines);
  CheckAlibabaV3(lines);
  return 0;
}
