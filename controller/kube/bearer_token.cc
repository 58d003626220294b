#include "controller/kube/bearer_token.h"

#include <utility>

#include "controller/http/trimmed.h"

namespace instanced {

void BearerToken::Read(MonotonicTime now) {
  read_at_ = now;
  auto text = read_file_(file_);
  if (!text) {
    failure_ = std::move(text.error());
    return;
  }
  auto token = Trimmed(*text);
  if (token.empty()) {
    failure_ =
        Fail(ErrorClass::kAuth, "EmptyToken", "the token file " + file_ + " is empty").error();
    return;
  }
  token_ = std::move(token);
  failure_.reset();
}

Result<std::string> BearerToken::Get(MonotonicTime now) {
  if (file_.empty()) return token_;
  if (!read_at_ || now - *read_at_ >= kRereadInterval) Read(now);
  if (token_.empty() && failure_) return std::unexpected(*failure_);
  return token_;
}

bool BearerToken::Refuse(const std::string& token, MonotonicTime now) {
  if (file_.empty()) return false;
  if (token_ != token) return true;
  Read(now);
  return token_ != token;
}

}  // namespace instanced
