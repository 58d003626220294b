#include "tests/cloudsim/server/control_listener.h"

#include <cpprest/http_listener.h>
#include <pplx/threadpool.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <future>
#include <map>

#include "tests/cloudsim/server/control_desk.h"

namespace instanced::cloudsim {
namespace {

namespace http = web::http;

constexpr int kListenerThreads = 2;
constexpr int kPortAttempts = 20;
constexpr std::int64_t kLongestWait = 600'000;

// The task ends when the answer is on its way, or cannot be.
pplx::task<void> Reply(const http::http_request& request, const ControlAnswer& answer) {
  return request.reply(static_cast<http::status_code>(answer.status), answer.body.dump(),
                       "application/json");
}

// A port that was free a moment ago: the listener cannot choose one itself.
std::uint16_t FreePort() {
  boost::asio::io_context context;
  using boost::asio::ip::tcp;
  boost::system::error_code failure;
  tcp::acceptor probe(context);
  const tcp::endpoint any(boost::asio::ip::address_v4::loopback(), 0);
  probe.open(any.protocol(), failure);
  if (!failure) probe.bind(any, failure);
  return failure ? 0 : probe.local_endpoint(failure).port();
}

// The pool can be sized once per process, before its first use; later calls find it made.
void SizePool() {
  try {
    crossplat::threadpool::initialize_with_threads(kListenerThreads);
  } catch (const std::exception&) {
    return;
  }
}

}  // namespace

class ControlListener::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& context, Simulator& simulator, RealClock clock,
       std::function<void()> stop)
      : context_(context),
        simulator_(simulator),
        clock_(std::move(clock)),
        stop_(std::move(stop)) {}

  std::expected<void, std::string> Open(std::uint16_t port) {
    SizePool();
    std::string last = "no free port";
    for (int attempt = 0; attempt < (port == 0 ? kPortAttempts : 1); ++attempt) {
      const std::uint16_t tried = port == 0 ? FreePort() : port;
      try {
        listener_ = std::make_unique<http::experimental::listener::http_listener>(
            "http://127.0.0.1:" + std::to_string(tried));
        listener_->support([self = weak_from_this()](const http::http_request& request) {
          if (const auto impl = self.lock()) impl->Take(request);
        });
        listener_->open().wait();
        port_ = tried;
        return {};
      } catch (const std::exception& failure) {
        last = failure.what();
      }
    }
    return std::unexpected("cannot open the control port: " + last);
  }

  std::uint16_t port() const { return port_; }

  void Close() {
    if (!listener_) return;
    EndWaits();
    try {
      listener_->close().wait();
    } catch (const std::exception&) {
      port_ = 0;
    }
    listener_.reset();
  }

 private:
  // The listener closes only after every request has its reply.
  void EndWaits() {
    const auto ended = std::make_shared<std::promise<void>>();
    boost::asio::post(context_, [self = shared_from_this(), ended] {
      for (auto& [number, waiting] : std::exchange(self->waits_, {})) {
        self->simulator_.Unwatch(waiting.ticket);
        waiting.timer->cancel();
        Reply(waiting.request, {503, {{"error", "cloudsim ends"}}});
      }
      ended->set_value();
    });
    ended->get_future().wait_for(std::chrono::seconds(1));
  }

  // On a listener thread.
  void Take(http::http_request request) {
    request.extract_string(true).then(
        [self = shared_from_this(), request](const pplx::task<std::string>& reading) {
          ControlRequest read;
          try {
            read.body = reading.get();
          } catch (const std::exception&) {
            return;
          }
          read.method = request.method();
          read.path = request.relative_uri().path();
          read.query = ParseQuery(request.relative_uri().query());
          boost::asio::post(self->context_, [self, request, read] { self->Serve(request, read); });
        });
  }

  void Serve(const http::http_request& request, const ControlRequest& read) {
    if (read.path == "/control/wait") return Wait(request, read);
    if (read.path == "/control/stop" && read.method == "POST") {
      // An end before the answer is written would cut it off.
      Reply(request, {}).then([self = shared_from_this()](const pplx::task<void>& replying) {
        try {
          replying.wait();
        } catch (const std::exception&) {
          // Who asked has gone; the program ends all the same.
        }
        self->stop_();
      });
      return;
    }
    Reply(request, ServeControl(simulator_, read, clock_()));
  }

  void Wait(const http::http_request& request, const ControlRequest& read) {
    const std::int64_t asked = NumberIn(read.query, "timeout_ms", 10'000);
    const auto timer = std::make_shared<boost::asio::steady_timer>(context_);
    const std::uint64_t number = next_wait_++;
    const std::uint64_t ticket = simulator_.Watch(
        FilterOf(read.query), [this, number, request, timer](const CallRecord& record) {
          waits_.erase(number);
          timer->cancel();
          Reply(request, {200, record});
        });
    if (ticket == 0) return;
    waits_.emplace(number, Waiting{request, timer, ticket});
    timer->expires_after(std::chrono::milliseconds(std::min(asked, kLongestWait)));
    timer->async_wait(
        [self = shared_from_this(), number](const boost::system::error_code& failure) {
          const auto waiting = self->waits_.find(number);
          if (failure || waiting == self->waits_.end()) return;
          self->simulator_.Unwatch(waiting->second.ticket);
          Reply(waiting->second.request, {408, {{"error", "no such call within the time"}}});
          self->waits_.erase(waiting);
        });
  }

  struct Waiting {
    http::http_request request;
    std::shared_ptr<boost::asio::steady_timer> timer;
    std::uint64_t ticket = 0;
  };

  boost::asio::io_context& context_;
  Simulator& simulator_;
  RealClock clock_;
  std::function<void()> stop_;
  std::unique_ptr<http::experimental::listener::http_listener> listener_;
  std::map<std::uint64_t, Waiting> waits_;
  std::uint64_t next_wait_ = 1;
  std::uint16_t port_ = 0;
};

ControlListener::ControlListener(boost::asio::io_context& context, Simulator& simulator,
                                 RealClock clock, std::function<void()> stop)
    : impl_(std::make_shared<Impl>(context, simulator, std::move(clock), std::move(stop))) {}
ControlListener::~ControlListener() { Close(); }
std::expected<void, std::string> ControlListener::Open(std::uint16_t port) {
  return impl_->Open(port);
}
std::uint16_t ControlListener::port() const { return impl_->port(); }
void ControlListener::Close() { impl_->Close(); }

}  // namespace instanced::cloudsim
