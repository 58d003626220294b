// A world for Alibaba adapters: virtual time, a gate that records, and a server that dispatches by
// Action after it has checked signature, nonce and time as the real gateway does.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "controller/provider/alibaba/rpc_client.h"
#include "controller/provider/registry.h"
#include "controller/task/task_group.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/manual_executor.h"

namespace instanced::alibaba {

// Records what passed, and refuses when told to.
class RecordingGate final : public CallGate {
 public:
  Result<void> Enter(const CallContext&, std::string_view operation) override {
    if (refusing) return Fail(ErrorClass::kDeferred, "NoSlot", "the budget has no free slot");
    entered.emplace_back(operation);
    return {};
  }
  void Leave(const CallContext&, std::string_view operation, const CallOutcome& outcome) override {
    left.push_back({std::string(operation), outcome.error_class, std::string(outcome.code),
                    outcome.retry_after});
  }
  struct Left {
    std::string operation;
    std::optional<ErrorClass> error_class;
    std::string code;
    std::optional<std::chrono::milliseconds> retry_after;
  };
  std::vector<std::string> entered;
  std::vector<Left> left;
  bool refusing = false;
};

class RecordingGates final : public GateSource {
 public:
  CallGate& GateFor(const Domain& domain) override { return gates[domain]; }
  std::map<Domain, RecordingGate> gates;
};

inline RpcParameters ParseQuery(std::string_view target) {
  RpcParameters parameters;
  target.remove_prefix(std::min(target.find('?') + 1, target.size()));
  const auto decode = [](std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '%' && i + 2 < text.size()) {
        plain.push_back(
            static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16)));
        i += 2;
      } else {
        plain.push_back(text[i]);
      }
    }
    return plain;
  };
  while (!target.empty()) {
    const auto end = std::min(target.find('&'), target.size());
    const auto pair = target.substr(0, end);
    const auto equals = pair.find('=');
    parameters[decode(pair.substr(0, equals))] = decode(pair.substr(equals + 1));
    target.remove_prefix(std::min(end + 1, target.size()));
  }
  return parameters;
}

inline HttpResponse Json(int status, const nlohmann::json& body, HttpHeaders headers = {}) {
  return {status, std::move(headers), body.dump()};
}
inline HttpResponse Failure(int status, const std::string& code, HttpHeaders headers = {}) {
  return Json(status, {{"RequestId", "R-1"}, {"Code", code}, {"Message", "words about it"}},
              std::move(headers));
}

template <class T>
Task<void> Keep(Task<T> task, std::optional<T>* result) {
  *result = co_await task;
}

class AlibabaWorld {
 public:
  using Action = std::function<FakeHttpClient::Answer(const RpcParameters&)>;

  AlibabaWorld() {
    http.On(HttpMethod::kPost, "/?", [this](const HttpRequest& r) { return Dispatch(r); });
  }

  template <class T>
  T Run(Task<T> task) {
    std::optional<T> result;
    TaskGroup group(executor);
    group.Spawn(Keep(std::move(task), &result));
    executor.RunUntilIdle();
    return std::move(result.value());
  }
  CallContext context() {
    return {{Kind::kCloudCallCenterInstance, "default", "desk"},
            Priority::kUrgent,
            executor.Now() + std::chrono::seconds(30),
            {},
            {}};
  }
  Transport transport(SignatureVersion version = SignatureVersion::kV1) {
    return {http, executor.clock(), random, server_clock, nullptr, version};
  }
  RpcClient client(const std::string& service, const std::string& version,
                   std::span<const ErrorRow> errors) {
    RpcApi api{
        service, version, "cn-shanghai", {{Scheme::kHttps, service + ".example", 443}, ""}, errors};
    return RpcClient(transport(), std::move(api), gate, keys);
  }
  void On(const std::string& action, Action handler) { actions[action] = std::move(handler); }
  void On(const std::string& action, HttpResponse response) {
    actions[action] = [response](const RpcParameters&) { return response; };
  }

  ManualExecutor executor;
  FakeHttpClient http;
  SeededRandom random{7};
  ServerClock server_clock{executor.clock()};
  RecordingGate gate;
  std::map<std::string, std::string> secrets{{"testid", "testsecret"}};
  std::shared_ptr<AccessKeySource> keys =
      std::make_shared<FixedAccessKey>(SigningKey{"testid", "testsecret", ""});
  std::map<std::string, Action> actions;
  std::vector<RpcParameters> calls;

 private:
  FakeHttpClient::Answer Dispatch(const HttpRequest& request) {
    RpcParameters query = ParseQuery(request.target);
    const std::string signature = std::exchange(query["Signature"], "");
    query.erase("Signature");
    const auto secret = secrets.find(query["AccessKeyId"]);
    if (secret == secrets.end()) return Failure(404, "InvalidAccessKeyId.NotFound");
    if (SignatureV1("POST", query, secret->second) != signature) {
      return Failure(400, "SignatureDoesNotMatch");
    }
    if (!nonces_.insert(query["SignatureNonce"]).second) return Failure(400, "SignatureNonceUsed");
    calls.push_back(query);
    const auto action = actions.find(query["Action"]);
    if (action == actions.end()) return Failure(404, "InvalidAction.NotFound");
    return action->second(query);
  }
  std::set<std::string> nonces_;
};

}  // namespace instanced::alibaba
