// Page: every request to the page's address, answered. It reads and never changes anything.
//
// Refused are methods other than GET and HEAD (405) and Host headers that do not name this machine
// (403), so that a foreign site's name pointed at loopback (DNS rebinding) reads nothing. Every
// answer forbids framing, sniffing, caching and anything but the page's own script and style.
// Failures of /api/v1 are JSON: {"code":404,"message":"..."}.
//
// Threads: several at once. Ownership: the backend outlives it.
#pragma once

#include <string_view>

#include "controller/admin/backend.h"
#include "controller/http/http_server.h"
#include "controller/page/page_data.h"

namespace instanced {

class Page {
 public:
  explicit Page(AdminBackend& backend) : data_(backend) {}

  HttpResponse Answer(const ServerRequest& request) const;

 private:
  HttpResponse AnswerData(const ServerRequest& request) const;

  PageData data_;
};

// "localhost:8082", "127.0.0.1", "[::1]:8082": a Host header that names this machine.
bool NamesLoopback(std::string_view host);

}  // namespace instanced
