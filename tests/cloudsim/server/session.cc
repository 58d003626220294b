#include "tests/cloudsim/server/session.h"

#include <boost/asio/write.hpp>
#include <chrono>

namespace instanced::cloudsim {
namespace {

using Failure = boost::system::error_code;
using Transport = FaultPlan::Transport;

constexpr std::size_t kDripBytes = 32;
constexpr const char* kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr const char* kBadRequest =
    "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

}  // namespace

Session::Session(boost::asio::ip::tcp::socket socket, Simulator& simulator, RealClock clock)
    : socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      simulator_(simulator),
      clock_(std::move(clock)) {}

void Session::Read() {
  socket_.async_read_some(boost::asio::buffer(chunk_),
                          [self = shared_from_this()](const Failure& failure, std::size_t size) {
                            if (failure) return;
                            self->buffer_.append(self->chunk_.data(), size);
                            self->Consume();
                          });
}

void Session::Consume() {
  Parsed parsed = ParseRequest(buffer_);
  switch (parsed.state) {
    case ParseState::kNeedMore:
      Read();
      return;
    case ParseState::kNeedContinue:
      boost::asio::async_write(socket_,
                               boost::asio::buffer(kContinue, std::string_view(kContinue).size()),
                               [self = shared_from_this()](const Failure& failure, std::size_t) {
                                 if (!failure) self->Read();
                               });
      return;
    case ParseState::kBad:
      out_ = kBadRequest;
      boost::asio::async_write(socket_, boost::asio::buffer(out_),
                               [self = shared_from_this()](const Failure&, std::size_t) {});
      return;
    case ParseState::kDone:
      break;
  }
  buffer_.erase(0, parsed.consumed);
  after_ = parsed.after;
  Start(std::move(parsed.request));
}

void Session::Start(Request request) {
  seq_ = simulator_.Receive(std::move(request), clock_());
  plan_ = simulator_.PlanOf(seq_);
  if (!plan_.hold_received) return Delay();
  simulator_.Hold(seq_, HoldPoint::kReceived, [self = shared_from_this()] { self->Delay(); });
}

void Session::Delay() {
  if (plan_.latency <= 0) return Perform();
  timer_.expires_after(std::chrono::milliseconds(plan_.latency));
  timer_.async_wait([self = shared_from_this()](const Failure& failure) {
    if (!failure) self->Perform();
  });
}

void Session::Perform() {
  if (plan_.transport == Transport::kResetBefore) return Reset();
  const Answer answer = simulator_.Perform(seq_, clock_());
  out_ = Serialise(answer, simulator_.Wall(clock_()));
  if (!plan_.hold_effect) return Deliver();
  simulator_.Hold(seq_, HoldPoint::kEffect, [self = shared_from_this()] { self->Deliver(); });
}

void Session::Deliver() {
  const std::size_t head = out_.find("\r\n\r\n") + 4;
  switch (plan_.transport) {
    case Transport::kResetBefore:
    case Transport::kResetAfter:
      return Reset();
    case Transport::kTimeout:
      return StaySilent();
    case Transport::kSlow:
      return Drip(0);
    case Transport::kCloseMidHeaders:
      return Send(out_.substr(0, head / 2), Ending::kCut, AfterAnswer::kClose);
    case Transport::kTruncate: {
      const std::size_t body = out_.size() - head;
      return Send(out_.substr(0, body > 1 ? head + body / 2 : head / 2), Ending::kCut,
                  AfterAnswer::kClose);
    }
    case Transport::kNone:
      return Send(std::move(out_), Ending::kAnswered, after_);
  }
}

void Session::Send(std::string bytes, Ending ending, AfterAnswer after) {
  out_ = std::move(bytes);
  boost::asio::async_write(
      socket_, boost::asio::buffer(out_),
      [self = shared_from_this(), ending, after](const Failure& failure, std::size_t) {
        self->Settle(failure ? Ending::kClosed : ending, failure ? AfterAnswer::kClose : after);
      });
}

void Session::Drip(std::size_t from) {
  if (from >= out_.size()) return Settle(Ending::kAnswered, after_);
  const std::size_t size = std::min(kDripBytes, out_.size() - from);
  boost::asio::async_write(
      socket_, boost::asio::buffer(out_.data() + from, size),
      [self = shared_from_this(), next = from + size](const Failure& failure, std::size_t) {
        if (failure) return self->Settle(Ending::kClosed, AfterAnswer::kClose);
        self->timer_.expires_after(std::chrono::milliseconds(self->plan_.drip));
        self->timer_.async_wait([self, next](const Failure& stopped) {
          if (!stopped) self->Drip(next);
        });
      });
}

void Session::Settle(Ending ending, AfterAnswer after) {
  simulator_.Finish(seq_, ending, clock_());
  if (after == AfterAnswer::kKeepOpen) return Consume();
  Failure ignored;
  socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

void Session::Reset() {
  simulator_.Finish(seq_, Ending::kReset, clock_());
  Failure ignored;
  socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

// The answer never comes; the connection lives until the client gives up.
void Session::StaySilent() {
  simulator_.Finish(seq_, Ending::kSilent, clock_());
  socket_.async_read_some(boost::asio::buffer(chunk_),
                          [self = shared_from_this()](const Failure& failure, std::size_t) {
                            if (!failure) self->StaySilent();
                          });
}

}  // namespace instanced::cloudsim
