#include "tests/cloudsim/server/server.h"

#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <thread>

#include "tests/cloudsim/server/control_listener.h"
#include "tests/cloudsim/server/front.h"
#include "tests/cloudsim/server/state_file.h"

namespace instanced::cloudsim {

class Server::Impl {
 public:
  Impl(ServerOptions options, const Clock& clock)
      : options_(std::move(options)),
        now_([&clock] { return clock.WallNow().time_since_epoch().count(); }),
        simulator_(
            options_.simulator, [this](const Json& record) { Keep(record); }, now_()),
        front_(context_, simulator_, now_),
        control_(context_, simulator_, now_, [this] { stop_asked_ = true; }) {}

  ~Impl() { Stop(); }

  std::expected<void, std::string> Start() {
    if (!options_.state_path.empty()) {
      auto loaded = StateFile::Load(options_.state_path,
                                    [this](const Json& record) { simulator_.Apply(record); });
      if (!loaded) return loaded;
      auto opened =
          file_.Open(options_.state_path, [this](const Recorder& out) { simulator_.Dump(out); });
      if (!opened) return opened;
    }
    simulator_.Begin(now_());
    if (auto listening = front_.Listen(options_.port); !listening) return listening;
    if (auto opened = control_.Open(options_.control_port); !opened) return opened;
    thread_ = std::thread([this] { context_.run(); });
    return {};
  }

  void Stop() {
    control_.Close();
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }

  // Nothing may be answered that could not be kept.
  void Keep(const Json& record) {
    if (file_.Append(record)) return;
    std::fputs("cloudsim: cannot write the state file\n", stderr);
    std::_Exit(74);
  }

  ServerOptions options_;
  RealClock now_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{
      context_.get_executor()};
  StateFile file_;
  Simulator simulator_;
  Front front_;
  ControlListener control_;
  std::atomic<bool> stop_asked_{false};
  std::thread thread_;
};

Server::Server(ServerOptions options, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(options), clock)) {}
Server::~Server() = default;

std::expected<void, std::string> Server::Start() { return impl_->Start(); }
void Server::Stop() { impl_->Stop(); }
bool Server::StopAsked() const { return impl_->stop_asked_; }
std::uint16_t Server::port() const { return impl_->front_.port(); }
std::uint16_t Server::control_port() const { return impl_->control_.port(); }

void Server::Do(const std::function<void(Simulator&)>& work) {
  std::promise<void> done;
  boost::asio::post(impl_->context_, [&] {
    work(impl_->simulator_);
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace instanced::cloudsim
