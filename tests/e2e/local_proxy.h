// LocalProxy: a real HTTP proxy on loopback that leads every name to one port of loopback.
//
// Plain requests arrive in the absolute form. Tunnels end in the proxy itself, with a certificate
// for the name that was asked for, so that what goes through them can be counted; whoever verifies
// it end to end trusts the proxy's authority. Each request is answered by one fresh connection to
// `target`. Threads: its own; stops when destroyed.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "tests/controller/http/raw_server.h"

namespace instanced::e2e {

class LocalProxy {
 public:
  explicit LocalProxy(std::uint16_t target);

  // "http://user:password@127.0.0.1:PORT": it answers 407 to whoever shows nothing else.
  std::string url() const;
  const std::string& ca_pem() const { return authority_.ca_pem(); }
  // What was asked for so far: "http://scn.test" or "https://scn.test".
  std::set<std::string> origins() const;
  std::size_t requests() const;

 private:
  void Serve(RawConnection& connection);
  void ServeTunnel(RawConnection& connection, const std::string& head);
  std::string Forward(std::string request) const;
  void Note(const std::string& origin);

  const std::uint16_t target_;
  TestAuthority authority_;
  mutable std::mutex mutex_;
  std::set<std::string> origins_;
  std::size_t requests_ = 0;
  std::unique_ptr<RawServer> server_;
};

}  // namespace instanced::e2e
