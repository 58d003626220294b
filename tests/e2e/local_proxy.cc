#include "tests/e2e/local_proxy.h"

#include "tests/cloudsim/client.h"

namespace instanced::e2e {
namespace {

// "me:pass" in Base64.
constexpr std::string_view kShown = "Proxy-Authorization: Basic bWU6cGFzcw==\r\n";
constexpr std::string_view kWho = "HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n";
constexpr int kForwardMilliseconds = 5000;

void Cut(std::string& text, std::string_view part) {
  if (const auto at = text.find(part); at != std::string::npos) text.erase(at, part.size());
}

std::string Word(const std::string& line, int index) {
  std::size_t begin = 0;
  for (; index > 0; --index) begin = line.find(' ', begin) + 1;
  return line.substr(begin, line.find_first_of(" \r", begin) - begin);
}

}  // namespace

LocalProxy::LocalProxy(std::uint16_t target) : target_(target) {
  server_ = std::make_unique<RawServer>([this](RawConnection& connection) { Serve(connection); });
}

std::string LocalProxy::url() const {
  return "http://me:pass@127.0.0.1:" + std::to_string(server_->origin().port);
}

std::set<std::string> LocalProxy::origins() const {
  const std::lock_guard lock(mutex_);
  return origins_;
}

std::size_t LocalProxy::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void LocalProxy::Note(const std::string& origin) {
  const std::lock_guard lock(mutex_);
  origins_.insert(origin);
  ++requests_;
}

std::string LocalProxy::Forward(std::string request) const {
  constexpr std::string_view kClose = "Connection: close\r\n";
  request.insert(request.find("\r\n") + 2, kClose);
  std::string answer = cloudsim::SendRaw(target_, request, kForwardMilliseconds).bytes;
  if (const auto end = answer.find("\r\n"); end != std::string::npos) {
    answer.insert(end + 2, kClose);
  }
  return answer;
}

// One request each: what the target answers says that the connection closes.
void LocalProxy::Serve(RawConnection& connection) {
  std::string request = connection.ReadRequest();
  if (request.empty()) return;
  if (!request.contains(kShown)) {
    connection.Write(kWho);
    return;
  }
  if (request.starts_with("CONNECT ")) return ServeTunnel(connection, request);
  Cut(request, kShown);
  const std::string url = Word(request, 1);
  const auto path = url.find('/', url.find("//") + 2);
  Note(url.substr(0, path));
  Cut(request, url.substr(0, path));
  connection.Write(Forward(std::move(request)));
}

void LocalProxy::ServeTunnel(RawConnection& connection, const std::string& head) {
  std::string name = Word(head, 1);
  name.resize(name.find(':'));
  const auto context = ServerContext({authority_.Issue("DNS:" + name), ""});
  connection.Write("HTTP/1.1 200 Connection established\r\n\r\n");
  if (!connection.StartTls(*context)) return;
  std::string request = connection.ReadRequest();
  if (request.empty()) return;
  if (request.contains("Proxy-Authorization")) {
    connection.Write(kWho);  // the proxy's password is none of the cloud's business
    return;
  }
  Note("https://" + name);
  connection.Write(Forward(std::move(request)));
}

}  // namespace instanced::e2e
