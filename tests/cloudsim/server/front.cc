#include "tests/cloudsim/server/front.h"

#include <array>
#include <memory>

#include "tests/cloudsim/server/session.h"

namespace instanced::cloudsim {

using boost::asio::ip::tcp;

Front::Front(boost::asio::io_context& context, Simulator& simulator, RealClock clock)
    : context_(context), simulator_(simulator), clock_(std::move(clock)), acceptor_(context) {}

std::expected<void, std::string> Front::Listen(std::uint16_t port) {
  const tcp::endpoint endpoint(boost::asio::ip::address_v4::loopback(), port);
  boost::system::error_code failure;
  acceptor_.open(endpoint.protocol(), failure);
  if (!failure) acceptor_.set_option(tcp::acceptor::reuse_address(true), failure);
  if (!failure) acceptor_.bind(endpoint, failure);
  if (!failure) acceptor_.listen(4096, failure);
  if (failure) return std::unexpected("cannot listen: " + failure.message());
  port_ = acceptor_.local_endpoint(failure).port();
  Accept();
  return {};
}

void Front::Accept() {
  acceptor_.async_accept([this](const boost::system::error_code& failure, tcp::socket socket) {
    if (failure == boost::asio::error::operation_aborted) return;
    if (!failure) {
      boost::system::error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      std::make_shared<Session>(std::move(socket), simulator_, clock_)->Read();
    }
    Accept();
  });
}

}  // namespace instanced::cloudsim
