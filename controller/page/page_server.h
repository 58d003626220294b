// PageServer: the page on an address of its own.
//
// Two requests are answered at once, so that a loop that hangs leaves threads to the health checks;
// one more gets 503. Close (and the destructor) ends it; no handler runs after.
//
// Threads: Start and Close on one thread, not a handler's. Ownership: the backend and what
// the gate uses outlive it.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "controller/page/page.h"

namespace instanced {

class PageServer {
 public:
  struct Options {
    std::string host;        // empty: every address
    std::uint16_t port = 0;  // 0: a free one
    std::optional<ServerTls> tls{};
    PageGate gate{};
  };
  // Fails with Terminal when the address cannot be bound, with Validation on a certificate or key
  // that cannot be used.
  static Result<std::unique_ptr<PageServer>> Start(Options options, AdminBackend& backend);
  ~PageServer() { Close(); }

  std::uint16_t port() const { return server_->port(); }
  void Close() {
    if (server_) server_->Close();
  }

 private:
  PageServer(AdminBackend& backend, PageGate gate) : page_(backend, std::move(gate)) {}
  HttpResponse Answer(const ServerRequest& request);

  const Page page_;
  std::atomic<int> running_ = 0;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace instanced
