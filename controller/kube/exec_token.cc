#include "controller/kube/exec_token.h"

#include <algorithm>
#include <utility>

namespace instanced {

Task<Result<std::string>> ExecToken::Get() {
  if (IsUsable(refresh_at_)) co_return token_;
  if (failure_ && clock_.Now() < retry_at_) {
    if (IsUsable(ends_at_)) co_return token_;
    co_return std::unexpected(*failure_);
  }
  if (asking_) {
    Completion<Result<std::string>> answered;
    waiting_.push_back(answered);
    co_return co_await answered;
  }
  auto asking = Ask();
  co_return co_await asking;
}

Task<Result<std::string>> ExecToken::Ask() {
  asking_ = true;
  ProgramCall call{plugin_.command, plugin_.environment};
  call.environment["KUBERNETES_EXEC_INFO"] = ExecInfoOf(plugin_);
  auto running = run_(std::move(call));
  const auto answer = co_await running;
  const auto token = Take(answer);
  asking_ = false;
  for (const auto& waiter : std::exchange(waiting_, {})) waiter.Set(token);
  co_return token;
}

Result<std::string> ExecToken::Take(const Result<std::string>& answer) {
  auto credential = answer ? ReadExecCredential(*answer, plugin_)
                           : Result<ExecCredential>(std::unexpected(answer.error()));
  const auto now = clock_.Now();
  if (!credential) {
    failure_ = std::move(credential.error());
    if (!answer && !plugin_.install_hint.empty()) failure_->message += "; " + plugin_.install_hint;
    retry_at_ = now + kRetry;
    if (IsUsable(ends_at_)) return token_;
    return std::unexpected(*failure_);
  }
  failure_.reset();
  token_ = std::move(credential->token);
  refresh_at_ = ends_at_ = MonotonicTime::max();
  if (credential->expires) {
    // A time of the year 9999 is no reason to overflow.
    constexpr std::chrono::milliseconds kLongest = std::chrono::hours(24 * 365);
    const Duration life = std::clamp(*credential->expires - clock_.WallNow(),
                                     std::chrono::milliseconds::zero(), kLongest);
    ends_at_ = now + life;
    refresh_at_ = now + life / 8 * 7;
  }
  return token_;
}

bool ExecToken::Refuse(const std::string& token) {
  if (token_ == token) token_.clear();
  return true;
}

}  // namespace instanced
