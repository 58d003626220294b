// A provider over a scripted HttpClient, with static keys and an open gate.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "controller/provider/aws/rest_json_client.h"
#include "controller/provider/provider.h"
#include "tests/controller/provider/aws/aws_fixtures.h"

namespace instanced::aws {

class FixedKeys final : public CredentialFetcher {
 public:
  Task<Result<AwsCredentials>> Fetch(CallContext) override {
    co_return AwsCredentials{.access_key_id = "AKID",
                             .secret_access_key = "the-secret",
                             .session_token = "the-session-token",
                             .expires_at = {}};
  }
};

template <class Provider>
class ProviderTest : public testing::Test {
 protected:
  RestJsonClient MakeClient(AwsService service) {
    AwsTransport transport(service, "us-east-1", {http_, executor_.clock(), gate_, &codes_}, skew_,
                           {});
    return RestJsonClient(
        std::move(transport), {{Scheme::kHttp, "127.0.0.1", 4566}, "/base/"},
        std::make_shared<CredentialCache>(std::make_unique<FixedKeys>(), executor_.clock()),
        {identified_, "123456789012"});
  }
  CallContext Context() { return FarContext(executor_); }
  const HttpRequest& Last() const { return http_.requests().back(); }

  ManualExecutor executor_;
  FakeHttpClient http_;
  RecordingGate gate_;
  RecordingCodes codes_;
  std::shared_ptr<ClockSkew> skew_ = std::make_shared<ClockSkew>();
  std::shared_ptr<IdentifiedKey> identified_ = std::make_shared<IdentifiedKey>();
};

inline Mark TestMark() { return {"me/ConnectInstance/default/a", "uid-1", "0123456789abcdef"}; }

inline FieldDiff Differs(std::string field, std::string key, nlohmann::json desired) {
  FieldDiff diff;
  diff.field = std::move(field);
  diff.key = std::move(key);
  diff.desired = std::move(desired);
  return diff;
}

}  // namespace instanced::aws
