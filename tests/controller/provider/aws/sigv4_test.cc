#include "controller/provider/aws/sigv4.h"

#include <gtest/gtest.h>

#include "api/object/digest.h"
#include "controller/provider/aws/aws_time.h"

namespace instanced::aws {
namespace {

constexpr std::string_view kEmptyHash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// One case: the published AWS signing test suite, and vectors for our services computed with two
// independent implementations.
struct Vector {
  std::string name;
  HttpMethod method = HttpMethod::kGet;
  std::string target = "/";
  HttpHeaders headers = {};
  std::string body = {};
  std::string token = {};
  std::string canonical_path = "/";
  std::string canonical_query = {};
  std::string signed_headers = "host;x-amz-date";
  std::string canonical_hash = {};
  std::string signature = {};
  PathForm path = PathForm::kNormalized;
  BodyHashHeader body_hash = BodyHashHeader::kOmit;
  std::string service = "service";
  std::string host = "example.amazonaws.com";
  std::string time = "2015-08-30T12:36:00Z";
};

AwsCredentials ExampleKeys(const std::string& token) {
  return {.access_key_id = "AKIDEXAMPLE",
          .secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
          .session_token = token,
          .expires_at = std::nullopt};
}

std::vector<Vector> Suite() {
  const std::string token = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";
  return {
      {.name = "GetVanilla",
       .canonical_hash = "bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63",
       .signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
      {.name = "GetVanillaWithSessionToken",
       .token = token,
       .signed_headers = "host;x-amz-date;x-amz-security-token",
       .canonical_hash = "067b36aa60031588cea4a4cde1f21215227a047690c72247f1d70b32fbbfad2b",
       .signature = "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"},
      {.name = "GetUtf8",
       .target = "/\xE1\x88\xB4",
       .canonical_path = "/%E1%88%B4",
       .canonical_hash = "2a0a97d02205e45ce2e994789806b19270cfbbb0921b278ccf58f5249ac42102",
       .signature = "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
      {.name = "GetVanillaQueryOrderEncoded",
       .target = "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
       .canonical_query = "%E1%88%B4=Value1&Param=Value2&Param-3=Value3",
       .canonical_hash = "868294f5c38bd141c4972a373a76654f1418a8e4fc18b2e7903ae45e8ae0ec71",
       .signature = "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"},
      {.name = "GetHeaderValueTrim",
       .headers = {{"My-Header1", " value1"}, {"My-Header2", "\"a   b   c\""}},
       .signed_headers = "host;my-header1;my-header2;x-amz-date",
       .canonical_hash = "a726db9b0df21c14f559d0a978e563112acb1b9e05476f0a6a1c7d68f28605c7",
       .signature = "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
      {.name = "GetHeaderKeyDuplicate",
       .headers = {{"My-Header1", "value2"}, {"My-Header1", "value2"}, {"My-Header1", "value1"}},
       .signed_headers = "host;my-header1;x-amz-date",
       .canonical_hash = "dc7f04a3abfde8d472b0ab1a418b741b7c67174dad1551b4117b15527fbe966c",
       .signature = "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
      {.name = "PostVanillaQuery",
       .method = HttpMethod::kPost,
       .target = "/?Param1=value1",
       .canonical_query = "Param1=value1",
       .canonical_hash = "9d659678c1756bb3113e2ce898845a0a79dbbc57b740555917687f1b3340fbbd",
       .signature = "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"},
      {.name = "GetSpaceUnnormalized",
       .target = "/example space/",
       .canonical_path = "/example%20space/",
       .canonical_hash = "63ee75631ed7234ae61b5f736dfc7754cdccfedbff4b5128a915706ee9390d86",
       .signature = "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
       .path = PathForm::kAsSent},
      {.name = "PostFormUrlencoded",
       .method = HttpMethod::kPost,
       .headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Content-Length", "13"}},
       .body = "Param1=value1",
       .signed_headers = "content-length;content-type;host;x-amz-content-sha256;x-amz-date",
       .canonical_hash = "b1edd1d03544c25390e32085d55b57acc9a3961bb59415ff86c45c3d89d16cfb",
       .signature = "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b",
       .body_hash = BodyHashHeader::kSend},
  };
}

std::vector<Vector> OurServices() {
  const std::string json_headers = "content-type;host;x-amz-content-sha256;x-amz-date";
  const std::string plain_headers = "host;x-amz-content-sha256;x-amz-date";
  const std::string id = "11111111-2222-3333-4444-555555555555";
  std::vector<Vector> vectors{
      {.name = "ConnectCreate",
       .method = HttpMethod::kPut,
       .target = "/instance",
       .headers = {{"Content-Type", "application/json"}},
       .body = R"({"ClientToken":"5f1f1a52-6d3f-4b0e-9a51-0d9a6a2f6a10",)"
               R"("IdentityManagementType":"CONNECT_MANAGED","InboundCallsEnabled":true,)"
               R"("InstanceAlias":"demo-alias","OutboundCallsEnabled":true})",
       .canonical_path = "/instance",
       .signed_headers = json_headers,
       .canonical_hash = "5512fec595b4d7e6575d951b6d83b33bd39ac557b8b7700d6f95ce048d06d088",
       .signature = "9d02efb128936445656b593c42c2b23841b055bdd41ad82b64014ccd01d10c76"},
      {.name = "ConnectTagsWithArnInPath",
       .target = "/tags/arn%3Aaws%3Aconnect%3Aus-east-1%3A123456789012%3Ainstance%2F" + id,
       .canonical_path =
           "/tags/arn%253Aaws%253Aconnect%253Aus-east-1%253A123456789012%253Ainstance%252F" + id,
       .signed_headers = plain_headers,
       .canonical_hash = "4cf9386d89d757808b6ec86f70fb393202353155a1e076d16925e3318b27ed4f",
       .signature = "52a5f0020d64faaa5c4d13a946265fb5740c7ceec5facc959eb06f1acbc70812"},
      {.name = "ConnectDeleteWithSessionToken",
       .method = HttpMethod::kDelete,
       .target = "/instance/" + id + "?clientToken=tok%2Ben%2F1",
       .token = "SESSIONTOKENEXAMPLE==",
       .canonical_path = "/instance/" + id,
       .canonical_query = "clientToken=tok%2Ben%2F1",
       .signed_headers = plain_headers + ";x-amz-security-token",
       .canonical_hash = "a0b719bb69fdb08fdcad85715c9f3e75e3ff8ea39b062a530da1990b69d11ce4",
       .signature = "96252e00abfff2780ffce7c9be6d373bbb052b7c83d31ce7546224f6b3db8c1f"},
      {.name = "SupplyChainListWithRepeatedKeys",
       .target = "/api/instance?maxResults=20&instanceStateFilter=Initializing"
                 "&instanceStateFilter=Active&instanceNameFilter=my%20instance",
       .canonical_path = "/api/instance",
       .canonical_query = "instanceNameFilter=my%20instance&instanceStateFilter=Active"
                          "&instanceStateFilter=Initializing&maxResults=20",
       .signed_headers = plain_headers,
       .canonical_hash = "81fa7b64cca12a544ca0ee725924601d9feb769e5407a6fbe1fc6f7e316f8d37",
       .signature = "d744aa03897a3e59931693f05b77522e0f78a4502dfe6dc9cf44a440548327dc",
       .service = "scn"},
      {.name = "SupplyChainUpdate",
       .method = HttpMethod::kPatch,
       .target = "/api/instance/9e193580-7cc5-45f7-9609-c43ba0ada793",
       .headers = {{"Content-Type", "application/json"}},
       .body = R"({"instanceDescription":"drift fixed"})",
       .canonical_path = "/api/instance/9e193580-7cc5-45f7-9609-c43ba0ada793",
       .signed_headers = json_headers,
       .canonical_hash = "4da9e47cfbe8234926391741037c791694711108cdc29413fc4c05eb2883630d",
       .signature = "fe5a07d8411f4c96c0d5faa50627341223187649506ee38e16a53d9bea152035",
       .service = "scn"},
  };
  for (Vector& vector : vectors) {
    if (vector.service == "service") vector.service = "connect";
    vector.body_hash = BodyHashHeader::kSend;
    vector.host = vector.service + ".us-east-1.amazonaws.com";
    vector.time = "2026-01-15T12:00:00Z";
  }
  return vectors;
}

class SigV4Vectors : public testing::TestWithParam<Vector> {};

TEST_P(SigV4Vectors, CanonicalRequestAndSignatureAreThePublishedOnes) {
  const Vector& vector = GetParam();
  HttpRequest request{.method = vector.method,
                      .origin = {Scheme::kHttps, vector.host, 443},
                      .target = vector.target,
                      .headers = vector.headers,
                      .body = vector.body};
  SigV4Signer signer({"us-east-1", vector.service}, {vector.path, vector.body_hash});

  signer.Sign(request, ExampleKeys(vector.token), *ParseIso8601(vector.time));

  const auto canonical = Canonicalize(request, Sha256Hex(vector.body), vector.path);
  EXPECT_EQ(Sha256Hex(canonical.text), vector.canonical_hash) << canonical.text;
  EXPECT_TRUE(canonical.text.starts_with(std::string(ToString(vector.method)) + "\n" +
                                         vector.canonical_path + "\n" + vector.canonical_query +
                                         "\n"))
      << canonical.text;
  EXPECT_EQ(canonical.signed_headers, vector.signed_headers);
  EXPECT_EQ(FindHeader(request.headers, "authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/" +
                FormatAmzDate(*ParseIso8601(vector.time)).substr(0, 8) + "/us-east-1/" +
                vector.service + "/aws4_request, SignedHeaders=" + vector.signed_headers +
                ", Signature=" + vector.signature);
}

std::string NameOf(const testing::TestParamInfo<Vector>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(Suite, SigV4Vectors, testing::ValuesIn(Suite()), NameOf);
INSTANTIATE_TEST_SUITE_P(OurServices, SigV4Vectors, testing::ValuesIn(OurServices()), NameOf);

TEST(SigV4, FullCanonicalRequestIsTheOneOfTheSuite) {
  const HttpRequest request{.method = HttpMethod::kGet,
                            .origin = {Scheme::kHttps, "example.amazonaws.com", 443},
                            .target = "/",
                            .headers = {{"X-Amz-Date", "20150830T123600Z"}},
                            .body = {}};
  EXPECT_EQ(Canonicalize(request, kEmptyHash, PathForm::kNormalized).text,
            "GET\n/\n\nhost:example.amazonaws.com\nx-amz-date:20150830T123600Z\n\n"
            "host;x-amz-date\n" +
                std::string(kEmptyHash));
}

TEST(SigV4, KeptKeyFollowsSecretAndDay) {
  SigV4Signer kept({"us-east-1", "connect"});
  const auto day = *ParseIso8601("2026-01-15T23:59:59Z");
  AwsCredentials other = ExampleKeys("");
  other.secret_access_key = "another-secret";
  for (const auto& [keys, time] :
       {std::pair{ExampleKeys(""), day}, std::pair{other, day},
        std::pair{ExampleKeys(""), day + std::chrono::seconds{1}}, std::pair{other, day}}) {
    HttpRequest with_kept;
    with_kept.origin = {Scheme::kHttps, "h", 443};
    HttpRequest with_new = with_kept;
    SigV4Signer fresh({"us-east-1", "connect"});
    kept.Sign(with_kept, keys, time);
    fresh.Sign(with_new, keys, time);
    EXPECT_EQ(with_kept.headers, with_new.headers);
  }
}

TEST(SigV4, PathSegmentsAreNormalizedAsTheSuiteSays) {
  for (const auto& [sent, canonical] :
       std::vector<std::pair<std::string, std::string>>{{"//example//", "/example/"},
                                                        {"/./", "/"},
                                                        {"/./example", "/example"},
                                                        {"/example/..", "/"},
                                                        {"/example1/example2/../..", "/"},
                                                        {"", "/"}}) {
    HttpRequest request;
    request.origin = {Scheme::kHttps, "h", 443};
    request.target = sent;
    EXPECT_TRUE(Canonicalize(request, "", PathForm::kNormalized)
                    .text.starts_with("GET\n" + canonical + "\n"))
        << sent;
  }
}

TEST(SigV4, HeadersThatOthersChangeAreNotSigned) {
  HttpRequest request;
  request.headers = {{"User-Agent", "x"},
                     {"Connection", "close"},
                     {"Proxy-Authorization", "x"},
                     {"Accept", "application/json"}};
  EXPECT_EQ(Canonicalize(request, "", PathForm::kNormalized).signed_headers, "accept;host");
}

TEST(PercentCoding, RoundTripsEveryByte) {
  std::string all;
  for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
  EXPECT_EQ(PercentDecode(PercentEncode(all)), all);
  EXPECT_EQ(PercentDecode("%zz%4"), "%zz%4");
}

}  // namespace
}  // namespace instanced::aws
