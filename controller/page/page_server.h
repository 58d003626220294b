// PageServer: the page on an address of its own.
//
// Two requests are answered at once, so that a loop that hangs leaves threads to the health checks;
// one more gets 503. Close (and the destructor) ends it; no handler runs after.
//
// Threads: Start and Close on one thread, not a handler's. Ownership: the backend outlives it.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "controller/page/page.h"

namespace instanced {

class PageServer {
 public:
  struct Address {
    std::string host;
    std::uint16_t port = 0;  // 0: a free one
  };
  // Fails with Terminal when the address cannot be bound.
  static Result<std::unique_ptr<PageServer>> Start(Address address, AdminBackend& backend);
  ~PageServer() { Close(); }

  std::uint16_t port() const { return server_->port(); }
  void Close() {
    if (server_) server_->Close();
  }

 private:
  explicit PageServer(AdminBackend& backend) : page_(backend) {}
  HttpResponse Answer(const ServerRequest& request);

  const Page page_;
  std::atomic<int> running_ = 0;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace instanced
