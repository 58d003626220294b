// GrpcTransport: calls to one plugin over a channel of its own.
//
// Every call is asynchronous: the completion-queue thread of GrpcThread moves it on and posts its
// end to the loop, so the loop never waits for a plugin. gRPC keeps the connection and dials again
// by itself, within seconds; its retries are off, and proxies are not asked. A call does not wait
// for a connection: while there is none it ends at once with UNAVAILABLE.
//
// Threads: the loop's. Ownership: GrpcThread outlives its transports, and calls may outlive a
// transport; a GrpcThread that goes ends all its calls first. Tasks that wait for them must go
// before the loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "api/error/error.h"
#include "controller/clock/clock.h"
#include "controller/provider/plugin/rpc.h"

namespace instanced::plugin {

// PEM texts.
struct ChannelTls {
  std::string ca;
  std::string certificate;
  std::string key;
  std::string server_name;  // empty: the address's own
  friend bool operator==(const ChannelTls&, const ChannelTls&) = default;
};

struct ChannelTarget {
  std::string address;  // "unix:/run/p.sock", "host:port"
  std::optional<ChannelTls> tls;
  friend bool operator==(const ChannelTarget&, const ChannelTarget&) = default;
};

class GrpcThread {
 public:
  // `post` runs work on the loop, from any thread.
  GrpcThread(const Clock& clock, std::function<void(std::function<void()>)> post);
  GrpcThread(const GrpcThread&) = delete;
  GrpcThread& operator=(const GrpcThread&) = delete;
  ~GrpcThread();

  std::unique_ptr<RpcTransport> Open(const ChannelTarget& target);

  struct Parts;

 private:
  std::shared_ptr<Parts> parts_;
};

}  // namespace instanced::plugin
