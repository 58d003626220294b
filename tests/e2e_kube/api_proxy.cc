#include "tests/e2e_kube/api_proxy.h"

#include <sys/socket.h>

#include <array>
#include <boost/asio/write.hpp>
#include <thread>

#include "tests/e2e_kube/kube_site.h"

namespace instanced::e2e {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

std::uint16_t ServerPort() {
  const auto& url = TheApiServer().url;
  return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
}

// The same request, for one exchange.
std::string Once(std::string request) {
  const auto end = request.find("\r\n");
  return request.insert(end, "\r\nConnection: close");
}

std::string Word(const std::string& line, int number) {
  std::size_t begin = 0;
  for (; number > 0; --number) begin = line.find(' ', begin) + 1;
  return line.substr(begin, line.find(' ', begin) - begin);
}

std::string AnswerOf(const Refusal& refusal) {
  const std::string reason = refusal.status == 429 ? "TooManyRequests" : "InternalError";
  const std::string body = R"({"kind":"Status","apiVersion":"v1","status":"Failure","reason":")" +
                           reason + R"(","message":"asked for by a test","code":)" +
                           std::to_string(refusal.status) + "}";
  std::string head = "HTTP/1.1 " + std::to_string(refusal.status) +
                     " Refused\r\nContent-Type: application/json\r\nConnection: close\r\n";
  if (refusal.retry_after > 0) {
    head += "Retry-After: " + std::to_string(refusal.retry_after) + "\r\n";
  }
  return head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace

// A connection to the real server.
class ApiProxy::Upstream {
 public:
  Upstream() : context_(asio::ssl::context::tls_client), stream_(io_, context_) {}

  bool Send(const std::string& request) {
    error_code error;
    stream_.next_layer().connect({asio::ip::address_v4::loopback(), ServerPort()}, error);
    if (!error) stream_.handshake(asio::ssl::stream_base::client, error);
    if (!error) asio::write(stream_, asio::buffer(request), error);
    return !error;
  }
  // Empty at its end.
  std::string Read() {
    std::array<char, 16384> bytes;
    error_code error;
    const auto size = stream_.read_some(asio::buffer(bytes), error);
    return std::string(bytes.data(), size);
  }
  // From another thread: what reads ends.
  void End() { ::shutdown(stream_.next_layer().native_handle(), SHUT_RDWR); }

 private:
  asio::io_context io_;
  asio::ssl::context context_;
  asio::ssl::stream<asio::ip::tcp::socket> stream_;
};

ApiProxy::ApiProxy()
    : server_([this](RawConnection& connection) { Serve(connection); },
              RawTls{first_.Issue("IP:127.0.0.1"), ""}) {}

ApiProxy::~ApiProxy() { GoAway(); }

std::string ApiProxy::url() const {
  return "https://127.0.0.1:" + std::to_string(server_.origin().port);
}

std::string ApiProxy::authority() const {
  const std::lock_guard lock(mutex_);
  return (changed_ ? second_ : first_).ca_pem();
}

void ApiProxy::ChangeAuthority() {
  server_.UseTls({second_.Issue("IP:127.0.0.1"), ""});
  const std::lock_guard lock(mutex_);
  changed_ = true;
  EndAll();
}

void ApiProxy::EndAll() {
  for (auto* upstream : open_) upstream->End();
}

void ApiProxy::Refuse(Refusal refusal) {
  const std::lock_guard lock(mutex_);
  refusals_.push_back(std::move(refusal));
}

void ApiProxy::RefuseNoMore() {
  const std::lock_guard lock(mutex_);
  refusals_.clear();
}

int ApiProxy::refusals_left() const {
  const std::lock_guard lock(mutex_);
  int left = 0;
  for (const auto& refusal : refusals_) left += refusal.times;
  return left;
}

void ApiProxy::Delay(std::chrono::milliseconds by) {
  const std::lock_guard lock(mutex_);
  delay_ = by;
}

void ApiProxy::HoldAnswer(const std::string& method, const std::string& words) {
  const std::lock_guard lock(mutex_);
  hold_ = Hold::kWanted;
  held_method_ = method;
  held_words_ = words;
}

bool ApiProxy::IsHolding() const {
  const std::lock_guard lock(mutex_);
  return hold_ == Hold::kHolding;
}

void ApiProxy::LetGo() {
  const std::lock_guard lock(mutex_);
  hold_ = Hold::kNone;
}

void ApiProxy::AwaitLetGo() {
  {
    const std::lock_guard lock(mutex_);
    hold_ = Hold::kHolding;
  }
  while (IsHolding()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

void ApiProxy::BreakWatches() {
  const std::lock_guard lock(mutex_);
  for (std::size_t at = 0; at < calls_.size(); ++at) {
    if (calls_[at].IsWatch() && calls_[at].status == 0) breaking_.insert(at);
  }
}

void ApiProxy::EndWatches() {
  const std::lock_guard lock(mutex_);
  EndAll();
}

void ApiProxy::GoAway() {
  const std::lock_guard lock(mutex_);
  away_ = true;
  hold_ = Hold::kNone;
  EndAll();
}

void ApiProxy::ComeBack() {
  const std::lock_guard lock(mutex_);
  away_ = false;
}

std::vector<ProxiedCall> ApiProxy::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

int ApiProxy::gone() const {
  const std::lock_guard lock(mutex_);
  return gone_;
}

std::string ApiProxy::RefusalFor(const std::string& method, const std::string& target) {
  for (auto refusal = refusals_.begin(); refusal != refusals_.end(); ++refusal) {
    if (refusal->times <= 0) continue;
    if (!refusal->methods.empty() && !refusal->methods.contains(method)) continue;
    if (target.find(refusal->target_part) == std::string::npos) continue;
    --refusal->times;
    return AnswerOf(*refusal);
  }
  return {};
}

void ApiProxy::Serve(RawConnection& connection) {
  const auto request = connection.ReadRequest();
  if (request.empty()) return;
  const auto line = request.substr(0, request.find("\r\n"));
  std::string refusal;
  std::size_t call = 0;
  std::chrono::milliseconds delay{0};
  auto answers = Answers::kAtOnce;
  Upstream upstream;
  {
    const std::lock_guard lock(mutex_);
    if (away_) return;
    delay = delay_;
    call = calls_.size();
    calls_.push_back({Word(line, 0), Word(line, 1), 0, false, std::chrono::steady_clock::now()});
    refusal = RefusalFor(calls_[call].method, calls_[call].target);
    if (hold_ == Hold::kWanted && calls_[call].method == held_method_ &&
        request.find(held_words_) != std::string::npos) {
      hold_ = Hold::kNone;
      answers = Answers::kHeld;
    }
  }
  if (delay.count() > 0) std::this_thread::sleep_for(delay);
  if (!refusal.empty()) {
    {
      const std::lock_guard lock(mutex_);
      calls_[call].status = std::stoi(Word(refusal, 1));
      calls_[call].refused = true;
    }
    connection.Write(refusal);
    return;
  }
  if (!upstream.Send(Once(request))) return;
  {
    const std::lock_guard lock(mutex_);
    if (away_) return;
    open_.insert(&upstream);
  }
  Relay(connection, upstream, call, answers);
  const std::lock_guard lock(mutex_);
  open_.erase(&upstream);
}

void ApiProxy::Relay(RawConnection& connection, Upstream& upstream, std::size_t call,
                     Answers answers) {
  int status = 0;
  for (auto bytes = upstream.Read(); !bytes.empty(); bytes = upstream.Read()) {
    if (answers == Answers::kHeld && status == 0) AwaitLetGo();
    bool breaks = false;
    {
      const std::lock_guard lock(mutex_);
      if (status == 0) status = std::stoi(Word(bytes, 1));
      const bool watch = calls_[call].IsWatch();
      if (watch && bytes.find("\"code\":410") != std::string::npos) ++gone_;
      breaks = breaking_.erase(call) > 0;
      // Of a watch that is still open nothing is told yet.
      if (!watch) calls_[call].status = status;
    }
    if (breaks) {
      connection.Write(std::string_view(bytes).substr(0, bytes.size() / 2));
      connection.Reset();
      connection.Abandon();
      return;
    }
    if (!connection.Write(bytes)) return;
  }
  const std::lock_guard lock(mutex_);
  calls_[call].status = status;
}

}  // namespace instanced::e2e
