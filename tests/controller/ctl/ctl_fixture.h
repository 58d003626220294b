// instancectl against a real server on a real socket, with a backend in memory and a clock that
// stands still.
#pragma once

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/admin/admin_server.h"
#include "controller/ctl/run.h"
#include "tests/controller/admin/fake_backend.h"
#include "tests/controller/admin/socket_folder.h"

namespace instanced::ctl {

struct Outcome {
  ExitCode code;
  std::string output;
  std::string diagnostics;
};

// 2026-01-15T13:00:00Z: an hour after the sample objects were declared.
class StandingClock final : public Clock {
 public:
  MonotonicTime Now() const override { return MonotonicTime(std::chrono::hours(1)); }
  WallTime WallNow() const override { return WallTime(std::chrono::seconds(1'768'482'000)); }
};

class CtlRun : public ::testing::Test {
 protected:
  void SetUp() override {
    auto server = AdminServer::Start(folder_.socket(), backend_, system_clock_);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }

  Outcome Ctl(std::vector<std::string> arguments, std::size_t width = 0) {
    std::ostringstream output;
    std::ostringstream diagnostics;
    Surroundings surroundings{
        .environment = {{"INSTANCED_ADMIN_SOCKET", folder_.socket().string()}},
        .user = "ada",
        .width = width,
        .clock = clock_,
        .output = output,
        .diagnostics = diagnostics};
    const ExitCode code = ctl::Run(arguments, surroundings);
    return {code, output.str(), diagnostics.str()};
  }

  SocketFolder folder_;
  SystemClock system_clock_;
  StandingClock clock_;
  FakeBackend backend_;
  std::unique_ptr<AdminServer> server_;
};

}  // namespace instanced::ctl
