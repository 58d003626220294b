// HttpAuth: who may ask a server of ours: a user with a password (basic), or whoever bears a token.
//
// Compared in constant time; the secret reaches no message. Threads: any, immutable.
#pragma once

#include <string>
#include <string_view>

#include "api/error/error.h"
#include "controller/http/http_server.h"

namespace instanced {

class HttpAuth {
 public:
  // `text` is "USER:PASSWORD", or the token alone; space around it does not count. Fails with
  // Validation on text that cannot be either (empty, no colon, control characters).
  static Result<HttpAuth> Basic(std::string_view text);
  static Result<HttpAuth> Bearer(std::string_view text);

  bool Allows(const ServerRequest& request) const;
  // 401 with the scheme to use, and nothing else.
  HttpResponse Challenge() const;

 private:
  HttpAuth(std::string expected, std::string scheme)
      : expected_(std::move(expected)), scheme_(std::move(scheme)) {}
  std::string expected_;  // the whole value of the Authorization header
  std::string scheme_;
};

}  // namespace instanced
