#include "controller/daemon/http_guard.h"

#include <utility>

#include "controller/config/command_line.h"

namespace instanced {

Result<std::string> HttpGuard::ReadFileOf(const char* flag,
                                          const std::filesystem::path& path) const {
  auto text = ReadSmallFile(path.string());
  if (text) return *std::move(text);
  return Fail(
      ErrorClass::kValidation, "UnreadableFile",
      "cannot read --" + listener_ + "-" + flag + " " + path.string() + ": " + text.error());
}

Result<HttpAuth> HttpGuard::ReadSecret() const {
  const bool basic = !access_.basic_auth_file.empty();
  const char* flag = basic ? "basic-auth-file" : "bearer-token-file";
  const auto& path = basic ? access_.basic_auth_file : access_.bearer_token_file;
  auto text = ReadFileOf(flag, path);
  if (!text) return std::unexpected(std::move(text.error()));
  auto auth = basic ? HttpAuth::Basic(*text) : HttpAuth::Bearer(*text);
  if (!auth) {
    auth.error().message = "cannot use --" + listener_ + "-" + flag + " " + path.string() + ": " +
                           auth.error().message;
  }
  return auth;
}

Result<std::unique_ptr<HttpGuard>> HttpGuard::Read(std::string listener, HttpAccess access) {
  std::unique_ptr<HttpGuard> guard(new HttpGuard(std::move(listener), std::move(access)));
  if (auto read = guard->Reload(); !read) return std::unexpected(std::move(read.error()));
  if (guard->access_.tls_cert_file.empty()) return guard;
  auto certificate = guard->ReadFileOf("tls-cert", guard->access_.tls_cert_file);
  if (!certificate) return std::unexpected(std::move(certificate.error()));
  auto key = guard->ReadFileOf("tls-key", guard->access_.tls_key_file);
  if (!key) return std::unexpected(std::move(key.error()));
  guard->tls_ = ServerTls{*std::move(certificate), *std::move(key)};
  return guard;
}

std::optional<HttpResponse> HttpGuard::Refuses(const ServerRequest& request) const {
  if (!asks_) return std::nullopt;
  const Locked lock(mutex_);
  if (secret_->Allows(request)) return std::nullopt;
  return secret_->Challenge();
}

Result<void> HttpGuard::Reload() {
  if (!asks_) return {};
  auto again = ReadSecret();
  if (!again) return std::unexpected(std::move(again.error()));
  const Locked lock(mutex_);
  secret_ = *std::move(again);
  return {};
}

}  // namespace instanced
