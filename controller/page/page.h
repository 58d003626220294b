// Page: every request to the page's address, answered. It reads and never changes anything.
//
// Refused are methods other than GET and HEAD (405) and whoever the gate refuses. Without a gate
// nobody is asked for a secret, and Host headers that do not name this machine are refused (403),
// so that a foreign site's name pointed at loopback (DNS rebinding) reads nothing. Every answer
// forbids framing, sniffing, caching and anything but the page's own script and style. Failures of
// /api/v1 are JSON: {"code":404,"message":"..."}.
//
// Threads: several at once. Ownership: the backend and what the gate uses outlive it.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "controller/admin/backend.h"
#include "controller/http/http_server.h"
#include "controller/page/page_data.h"

namespace instanced {

// The refusal of a request that does not bear the secret; nothing: it may be answered.
using PageGate = std::function<std::optional<HttpResponse>(const ServerRequest&)>;

class Page {
 public:
  // An empty gate asks for nothing.
  explicit Page(AdminBackend& backend, PageGate gate = {})
      : data_(backend), gate_(std::move(gate)) {}

  HttpResponse Answer(const ServerRequest& request) const;

 private:
  std::optional<HttpResponse> Refusal(const ServerRequest& request) const;
  HttpResponse AnswerData(const ServerRequest& request) const;

  PageData data_;
  PageGate gate_;
};

// "localhost:8082", "127.0.0.1", "[::1]:8082": a Host header that names this machine.
bool NamesLoopback(std::string_view host);

}  // namespace instanced
