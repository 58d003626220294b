#include "controller/task/stop.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

namespace instanced {
namespace {

TEST(StopToken, DefaultNeverStops) {
  const StopToken token;
  bool called = false;

  const auto registration = token.OnStop([&] { called = true; });

  EXPECT_FALSE(token.StopRequested());
  EXPECT_FALSE(called);
}

TEST(StopToken, CallbacksRunOnceInTheOrderOfTheirRegistration) {
  StopSource source;
  std::string log;
  const auto a = source.token().OnStop([&] { log += 'a'; });
  const auto b = source.token().OnStop([&] { log += 'b'; });

  source.RequestStop();
  source.RequestStop();

  EXPECT_EQ(log, "ab");
}

TEST(StopToken, CallbackAfterTheRequestRunsAtOnce) {
  StopSource source;
  source.RequestStop();
  bool called = false;

  const auto registration = source.token().OnStop([&] { called = true; });

  EXPECT_TRUE(called);
}

TEST(StopToken, DestroyedRegistrationIsForgotten) {
  StopSource source;
  bool called = false;
  {
    const auto registration = source.token().OnStop([&] { called = true; });
  }

  source.RequestStop();

  EXPECT_FALSE(called);
}

TEST(StopToken, CallbackMayDestroyRegistrationsThatHaveNotRun) {
  StopSource source;
  bool second_called = false;
  std::optional<StopRegistration> second;
  std::optional<StopRegistration> first = source.token().OnStop([&] {
    second.reset();
    first.reset();
  });
  second = source.token().OnStop([&] { second_called = true; });

  source.RequestStop();

  EXPECT_FALSE(second_called);
}

TEST(StopToken, CallbackMayDestroyTheSource) {
  auto source = std::make_unique<StopSource>();
  const StopToken token = source->token();
  const auto registration = token.OnStop([&] { source.reset(); });

  source->RequestStop();

  EXPECT_TRUE(token.StopRequested());
}

TEST(StopToken, OutlivesItsSourceWithoutStopping) {
  std::optional<StopSource> source(std::in_place);
  const StopToken token = source->token();

  source.reset();

  EXPECT_FALSE(token.StopRequested());
}

TEST(StopRegistration, MovedKeepsItsCallback) {
  StopSource source;
  int calls = 0;
  StopRegistration first = source.token().OnStop([&] { ++calls; });
  StopRegistration second;
  second = std::move(first);

  source.RequestStop();

  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace instanced
