// What the AWS tests share: an open gate with a memory, files in memory, and a way to run a task.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "controller/provider/aws/credentials/credential_fetcher.h"
#include "controller/provider/registry.h"
#include "controller/task/task_group.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/manual_executor.h"

namespace instanced::aws {

// Lets every call through, until told to refuse, and remembers entries and outcomes.
class RecordingGate final : public CallGate {
 public:
  struct Left {
    std::string operation;
    std::optional<ErrorClass> error_class;
    std::string code;
  };
  Result<void> Enter(const CallContext&, std::string_view operation) override {
    if (refusal) return std::unexpected(*refusal);
    entered.emplace_back(operation);
    return {};
  }
  void Leave(const CallContext&, std::string_view operation, const CallOutcome& outcome) override {
    left.push_back({std::string(operation), outcome.error_class, std::string(outcome.code)});
  }
  std::optional<Error> refusal;
  std::vector<std::string> entered;
  std::vector<Left> left;
};

class RecordingGates final : public GateSource {
 public:
  CallGate& GateFor(const Domain& domain) override {
    auto& gate = gates[{domain.service, domain.account, domain.region}];
    if (!gate) gate = std::make_unique<RecordingGate>();
    return *gate;
  }
  std::map<std::tuple<std::string, std::string, std::string>, std::unique_ptr<RecordingGate>> gates;
};

class FakeFiles final : public FileReader {
 public:
  Result<std::string> Read(const std::string& path) const override {
    const auto it = files.find(path);
    if (it != files.end()) return it->second;
    return Fail(ErrorClass::kNotFound, "NoSuchFile", "there is no file " + path);
  }
  std::map<std::string, std::string> files;
};

class RecordingCodes final : public UnknownCodeSink {
 public:
  void OnUnknownCode(std::string_view service, std::string_view operation, std::string_view code,
                     int http_status) override {
    seen.push_back(std::string(service) + ":" + std::string(operation) + " " + std::string(code) +
                   " " + std::to_string(http_status));
  }
  std::vector<std::string> seen;
};

template <class T>
Task<void> KeepResult(Task<T> task, std::optional<T>& out) {
  out.emplace(co_await task);
}

// Runs one task to its end; a test whose task hangs sees no value and fails on the dereference.
template <class T>
T Complete(ManualExecutor& executor, Task<T> task) {
  std::optional<T> out;
  TaskGroup group(executor);
  group.Spawn(KeepResult(std::move(task), out));
  executor.RunUntilIdle();
  if (!out) executor.DropAll();
  return std::move(out.value());
}

inline CallContext FarContext(const ManualExecutor& executor) {
  CallContext context;
  context.deadline = executor.Now() + std::chrono::minutes{5};
  return context;
}

inline HttpResponse Json(int status, std::string body, HttpHeaders headers = {}) {
  headers.emplace_back("x-amzn-RequestId", "req-1");
  return {status, std::move(headers), std::move(body)};
}

}  // namespace instanced::aws
