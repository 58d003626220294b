// The Asio side of a Loop, for controller/http alone: sockets need the io_context itself.
#pragma once

#include <utility>

#include <boost/asio/io_context.hpp>

#include "controller/task/loop.h"

namespace instanced {

boost::asio::io_context& IoContextOf(Loop& loop);

}  // namespace instanced
