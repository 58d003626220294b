#include "controller/http/request_text.h"

#include <algorithm>
#include <cctype>

namespace instanced {
namespace {

bool IsTokenCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) ||
         std::string_view("!#$%&'*+-.^_`|~").contains(c);
}

bool IsVisible(char c) { return c > 0x20 && c < 0x7f; }

bool IsValueCharacter(char c) { return c == '\t' || (c != 0x7f && (c < 0 || c >= 0x20)); }

bool EqualFold(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

bool IsOurs(std::string_view name) {
  return EqualFold(name, "host") || EqualFold(name, "content-length") ||
         EqualFold(name, "connection") || EqualFold(name, "transfer-encoding");
}

bool SendsLength(const HttpRequest& request) {
  return !request.body.empty() || request.method == HttpMethod::kPost ||
         request.method == HttpMethod::kPut || request.method == HttpMethod::kPatch;
}

void AppendLine(std::string& text, std::string_view name, std::string_view value) {
  text.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::optional<std::string> CheckRequest(const HttpRequest& request) {
  if (!request.target.starts_with('/') || !std::ranges::all_of(request.target, IsVisible))
    return "cannot send request: its target is not a path of visible ASCII characters";
  for (const auto& [name, value] : request.headers) {
    if (name.empty() || !std::ranges::all_of(name, IsTokenCharacter))
      return "cannot send request: a header name is not a token";
    if (!std::ranges::all_of(value, IsValueCharacter))
      return "cannot send request: header " + name + " has a control character";
  }
  if (request.origin.host.empty() || !std::ranges::all_of(request.origin.host, IsVisible))
    return "cannot send request: no usable host";
  return std::nullopt;
}

std::string RequestHead(const HttpRequest& request, const Proxy* proxy) {
  const std::string host = HostHeader(request.origin);
  std::string text;
  text.reserve(512);
  text.append(ToString(request.method)).append(" ");
  if (proxy) text.append("http://").append(host);
  text.append(request.target).append(" HTTP/1.1\r\n");
  AppendLine(text, "Host", host);
  for (const auto& [name, value] : request.headers)
    if (!IsOurs(name)) AppendLine(text, name, value);
  if (proxy && !proxy->user_info.empty())
    AppendLine(text, "Proxy-Authorization", BasicCredentials(proxy->user_info));
  if (SendsLength(request)) AppendLine(text, "Content-Length", std::to_string(request.body.size()));
  text.append("\r\n");
  return text;
}

std::string ConnectText(const HttpOrigin& origin, const Proxy& proxy) {
  const bool is_v6 = origin.host.contains(':');
  const std::string authority =
      (is_v6 ? "[" + origin.host + "]" : origin.host) + ":" + std::to_string(origin.port);
  std::string text = "CONNECT " + authority + " HTTP/1.1\r\n";
  AppendLine(text, "Host", authority);
  if (!proxy.user_info.empty())
    AppendLine(text, "Proxy-Authorization", BasicCredentials(proxy.user_info));
  text.append("\r\n");
  return text;
}

}  // namespace instanced
