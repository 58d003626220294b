#include "controller/http/connection_pool.h"

#include "controller/task/loop_asio.h"

namespace instanced {

ConnectionPool::ConnectionPool(Loop& loop, Duration idle_timeout, std::size_t idle_per_origin_max)
    : loop_(loop),
      idle_timeout_(idle_timeout),
      idle_per_origin_max_(idle_per_origin_max),
      sweep_timer_(IoContextOf(loop)) {}

ConnectionPool::~ConnectionPool() { Clear(); }

void ConnectionPool::Clear() {
  for (auto& [origin, connections] : idle_)
    for (auto& idle : connections) idle.connection->Close();
  idle_.clear();
}

std::shared_ptr<HttpConnection> ConnectionPool::Take(const HttpOrigin& origin) {
  const auto found = idle_.find(origin);
  if (found == idle_.end()) return nullptr;
  auto& connections = found->second;
  const MonotonicTime oldest = loop_.Now() - idle_timeout_;
  while (!connections.empty()) {
    const Idle idle = std::move(connections.back());
    connections.pop_back();
    if (idle.since >= oldest && idle.connection->IsQuiet()) return idle.connection;
    idle.connection->Close();
  }
  idle_.erase(found);
  return nullptr;
}

void ConnectionPool::Put(const HttpOrigin& origin, std::shared_ptr<HttpConnection> connection) {
  if (idle_per_origin_max_ == 0) {
    connection->Close();
    return;
  }
  auto& connections = idle_[origin];
  if (connections.size() >= idle_per_origin_max_) {
    connections.front().connection->Close();
    connections.pop_front();
  }
  connections.push_back({std::move(connection), loop_.Now()});
  ArmSweep();
}

void ConnectionPool::ArmSweep() {
  if (sweep_armed_ || idle_.empty()) return;
  sweep_armed_ = true;
  sweep_timer_.expires_after(idle_timeout_);
  sweep_timer_.async_wait([this, weak = std::weak_ptr<char>(alive_)](const auto& error) {
    if (error || weak.expired()) return;
    sweep_armed_ = false;
    Sweep();
    ArmSweep();
  });
}

void ConnectionPool::Sweep() {
  const MonotonicTime oldest = loop_.Now() - idle_timeout_;
  for (auto& [origin, connections] : idle_) {
    std::erase_if(connections, [&](const Idle& idle) {
      const bool over = idle.since < oldest || !idle.connection->IsQuiet();
      if (over) idle.connection->Close();
      return over;
    });
  }
  std::erase_if(idle_, [](const auto& entry) { return entry.second.empty(); });
}

}  // namespace instanced
