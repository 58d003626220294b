// HttpGuard: certificate and secret of one of the daemon's HTTP listeners, as its flags name them.
//
// The files are read when it is made; Reload reads the secret again. A secret reaches no message.
// Threads: Reload on one; Refuses on any.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "controller/config/config.h"
#include "controller/http/http_auth.h"
#include "controller/http/http_server.h"
#include "controller/lock/lock.h"

namespace instanced {

class HttpGuard {
 public:
  // `listener`: how its flags begin ("metrics"). Fails with Validation, with flag and file, on a
  // file that cannot be used.
  static Result<std::unique_ptr<HttpGuard>> Read(std::string listener, HttpAccess access);

  // Without a certificate: plain HTTP.
  const std::optional<ServerTls>& tls() const { return tls_; }
  bool asks_for_secret() const { return asks_; }
  // Nothing when the request bears the secret, or none is asked for.
  std::optional<HttpResponse> Refuses(const ServerRequest& request) const;
  // A file that cannot be used leaves the old secret in force.
  Result<void> Reload();

 private:
  HttpGuard(std::string listener, HttpAccess access)
      : listener_(std::move(listener)),
        access_(std::move(access)),
        asks_(!access_.basic_auth_file.empty() || !access_.bearer_token_file.empty()) {}
  Result<std::string> ReadFileOf(const char* flag, const std::filesystem::path& path) const;
  Result<HttpAuth> ReadSecret() const;

  const std::string listener_;
  const HttpAccess access_;
  const bool asks_;
  std::optional<ServerTls> tls_;
  mutable Mutex mutex_;
  std::optional<HttpAuth> secret_ INSTANCED_GUARDED_BY(mutex_);
};

}  // namespace instanced
