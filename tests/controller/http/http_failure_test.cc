// Failures before an answer: what is surely not sent, and who may end a call early.
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <string>

#include "controller/task/task_group.h"
#include "tests/controller/http/client_fixture.h"
#include "tests/controller/http/raw_server.h"

namespace instanced {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

RawServer::Script Silent() {
  return [](RawConnection& connection) { connection.AwaitClose(); };
}

void ExpectNotSent(const std::expected<HttpResponse, HttpError>& outcome, HttpFailure failure) {
  ASSERT_FALSE(outcome);
  EXPECT_EQ(ToString(outcome.error().failure), ToString(failure)) << outcome.error().message;
  EXPECT_EQ(outcome.error().reach, Reach::kNotSent);
}

TEST_F(HttpClientTest, RefusedConnectionIsNotSent) {
  HttpOrigin origin;
  {
    RawServer server(Silent());
    origin = server.origin();
  }

  ExpectNotSent(Get(origin), HttpFailure::kConnect);
}

TEST_F(HttpClientTest, NameThatCannotBeLookedUpIsNotSent) {
  ExpectNotSent(Get({Scheme::kHttp, "not..a..name", 80}), HttpFailure::kResolve);
}

TEST_F(HttpClientTest, DeadlineThatHasPassedIsNotSent) {
  RawServer server(Silent());

  ExpectNotSent(Get(server.origin(), -seconds(1)), HttpFailure::kDeadline);
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(HttpClientTest, StopThatCameFirstIsNotSent) {
  RawServer server(Silent());
  StopSource stop;
  stop.RequestStop();

  ExpectNotSent(Send(Request(server.origin()), hours(1), stop.token()), HttpFailure::kStopped);
}

TEST_F(HttpClientTest, StopEndsACallThatWaitsForItsAnswer) {
  StopSource stop;
  RawServer server([&](RawConnection& connection) {
    connection.ReadRequest();
    loop_.PostFromAnyThread([&] { stop.RequestStop(); });
    connection.AwaitClose();
  });

  const auto outcome = Send(Request(server.origin()), hours(1), stop.token());

  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().failure, HttpFailure::kStopped);
  EXPECT_EQ(outcome.error().reach, Reach::kUnknown);
}

TEST_F(HttpClientTest, UnsoundRequestIsNotSent) {
  RawServer server(Silent());
  HttpRequest request = Request(server.origin());
  request.headers = {{"A", "b\r\nC: d"}};

  ExpectNotSent(Send(request), HttpFailure::kMalformed);
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(HttpClientTest, HandshakeWithoutAnAnswerEndsAtTheConnectTimeout) {
  HttpClientOptions options;
  options.connect_timeout = milliseconds(50);
  Configure(options);
  RawServer server(Silent());
  HttpOrigin origin = server.origin();
  origin.scheme = Scheme::kHttps;

  ExpectNotSent(Get(origin, hours(1)), HttpFailure::kConnect);
  ExpectNotSent(Get(origin, milliseconds(20)), HttpFailure::kDeadline);
}

Task<void> Discard(BeastHttpClient* client, HttpRequest request, MonotonicTime deadline) {
  auto sending = client->Send(std::move(request), deadline, {});
  const auto outcome = co_await sending;
  ADD_FAILURE() << "must not be resumed";
}

TEST_F(HttpClientTest, CallDestroyedInFlightClosesItsConnection) {
  bool arrived = false;
  RawServer server([&](RawConnection& connection) {
    connection.ReadRequest();
    loop_.PostFromAnyThread([&] { arrived = true; });
    connection.AwaitClose();
  });
  Configure({});
  {
    TaskGroup group(loop_);
    group.Spawn(Discard(client_.get(), Request(server.origin()), loop_.Now() + hours(1)));
    loop_.RunUntil([&] { return arrived; });
  }

  server.AwaitClosed(1);

  EXPECT_EQ(server.requests().size(), 1u);
}

Task<void> CountEcho(BeastHttpClient* client, HttpRequest request, MonotonicTime deadline,
                     int* right) {
  const std::string body = request.body;
  auto sending = client->Send(std::move(request), deadline, {});
  const auto outcome = co_await sending;
  if (outcome && outcome->body == body) ++*right;
}

// A process that is stopped while it connects: its clock jumps, and the connection stands.
class JumpingClock final : public Clock {
 public:
  MonotonicTime Now() const override { return system_.Now() + Duration(ahead_.load()); }
  WallTime WallNow() const override { return system_.WallNow(); }
  void Jump(Duration by) { ahead_ += by.count(); }

 private:
  SystemClock system_;
  std::atomic<std::int64_t> ahead_ = 0;
};

Task<void> KeepError(Task<std::expected<HttpResponse, HttpError>> sending,
                     std::optional<HttpError>* error) {
  auto outcome = co_await sending;
  if (!outcome) *error = outcome.error();
}

TEST(HttpClientThatWasStopped, SendsNothingAfterTheDeadline) {
  JumpingClock clock;
  Loop loop(clock);
  RawServer server([](RawConnection& connection) { connection.ReadRequest(); });
  auto client = BeastHttpClient::Create(loop, {});
  ASSERT_TRUE(client);
  const HttpRequest request{HttpMethod::kPost, server.origin(), "/create", {}, "once"};
  auto sending = (*client)->Send(request, clock.Now() + seconds(30), {});
  TaskGroup group(loop);
  std::optional<HttpError> error;
  group.Spawn(KeepError(std::move(sending), &error));
  int asked = 0;
  loop.RunUntil([&] {
    // After the turn in which the call began to connect the process stands still, for longer than
    // the call's deadline.
    if (++asked == 2) clock.Jump(std::chrono::minutes(5));
    return group.size() == 0;
  });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->reach, Reach::kNotSent);
  EXPECT_EQ(error->failure, HttpFailure::kDeadline);
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(HttpClientTest, ManyCallsInFlightEachGetTheirOwnAnswer) {
  RawServer server([](RawConnection& connection) {
    for (;;) {
      const std::string request = connection.ReadRequest();
      if (request.empty()) return;
      connection.Write(PlainAnswer(request.substr(request.find("\r\n\r\n") + 4)));
    }
  });
  Configure({});
  int right = 0;
  TaskGroup group(loop_);

  for (int i = 0; i < 50; ++i)
    group.Spawn(CountEcho(client_.get(),
                          Request(server.origin(), HttpMethod::kPost, std::to_string(i)),
                          loop_.Now() + seconds(20), &right));
  loop_.RunUntil([&] { return group.size() == 0; });

  EXPECT_EQ(right, 50);
}

}  // namespace
}  // namespace instanced
