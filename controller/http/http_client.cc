#include "controller/http/http_client.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace instanced {
namespace {

std::unexpected<Error> Refuse(std::string_view url, std::string_view cause) {
  return Fail(ErrorClass::kValidation, "InvalidEndpoint",
              "cannot use endpoint \"" + std::string(url) + "\": " + std::string(cause));
}

constexpr std::uint16_t DefaultPort(Scheme scheme) { return scheme == Scheme::kHttp ? 80 : 443; }

bool IsHostCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_';
}

bool IsAddressCharacter(char c) {
  return std::isxdigit(static_cast<unsigned char>(c)) || c == ':' || c == '.';
}

// "name", "name:1", "[::1]:1" -> origin; the cause when it is none of them.
std::expected<HttpOrigin, std::string_view> ParseAuthority(Scheme scheme, std::string_view text) {
  HttpOrigin origin{scheme, "", DefaultPort(scheme)};
  std::string_view port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return std::unexpected("no ] after the address");
    origin.host = text.substr(1, end - 1);
    if (!std::ranges::all_of(origin.host, IsAddressCharacter))
      return std::unexpected("not an address between the brackets");
    port = text.substr(end + 1);
  } else {
    const auto colon = text.find(':');
    origin.host = text.substr(0, colon);
    if (!std::ranges::all_of(origin.host, IsHostCharacter))
      return std::unexpected("the host has a character that no host has");
    port = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
  }
  if (origin.host.empty()) return std::unexpected("no host");
  if (port.empty()) return origin;
  const auto [end, error] =
      std::from_chars(port.data() + 1, port.data() + port.size(), origin.port);
  if (port.front() != ':' || error != std::errc() || end != port.data() + port.size() ||
      origin.port == 0)
    return std::unexpected("the port is not a number from 1 to 65535");
  return origin;
}

bool SameLetter(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

}  // namespace

std::string_view ToString(HttpMethod method) {
  switch (method) {
    case HttpMethod::kGet:
      return "GET";
    case HttpMethod::kPut:
      return "PUT";
    case HttpMethod::kPost:
      return "POST";
    case HttpMethod::kPatch:
      return "PATCH";
    case HttpMethod::kDelete:
      return "DELETE";
    case HttpMethod::kHead:
      return "HEAD";
  }
  return "GET";
}

std::string_view ToString(HttpFailure failure) {
  switch (failure) {
    case HttpFailure::kResolve:
      return "Resolve";
    case HttpFailure::kConnect:
      return "Connect";
    case HttpFailure::kTls:
      return "Tls";
    case HttpFailure::kProxy:
      return "Proxy";
    case HttpFailure::kDeadline:
      return "Deadline";
    case HttpFailure::kClosed:
      return "Closed";
    case HttpFailure::kTooLarge:
      return "TooLarge";
    case HttpFailure::kMalformed:
      return "Malformed";
    case HttpFailure::kStopped:
      return "Stopped";
  }
  return "Closed";
}

Result<HttpEndpoint> ParseEndpoint(std::string_view url) {
  HttpEndpoint endpoint;
  std::string_view rest = url;
  Scheme scheme = Scheme::kHttps;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    scheme = Scheme::kHttp;
    rest.remove_prefix(7);
  } else {
    return Refuse(url, "it must begin with https:// or http://");
  }
  // User info is refused before anything quotes the text: it may be a password.
  const std::string_view authority = rest.substr(0, rest.find('/'));
  if (authority.contains('@')) return Refuse("", "it must not contain user info");
  if (rest.find_first_of("?#") != std::string_view::npos)
    return Refuse(url, "it must not contain a query or a fragment");
  const auto bad = [](unsigned char c) { return c <= 0x20 || c >= 0x7f; };
  if (std::ranges::any_of(rest, bad)) return Refuse("", "it has a space or a control character");
  auto origin = ParseAuthority(scheme, authority);
  if (!origin) return Refuse(url, origin.error());
  endpoint.origin = std::move(*origin);
  endpoint.base_path = rest.substr(authority.size());
  while (endpoint.base_path.ends_with('/')) endpoint.base_path.pop_back();
  return endpoint;
}

std::string HostHeader(const HttpOrigin& origin) {
  const bool is_v6 = origin.host.contains(':');
  std::string text = is_v6 ? "[" + origin.host + "]" : origin.host;
  if (origin.port != DefaultPort(origin.scheme)) text += ":" + std::to_string(origin.port);
  return text;
}

std::string_view FindHeader(const HttpHeaders& headers, std::string_view name) {
  for (const auto& [key, value] : headers)
    if (std::ranges::equal(key, name, SameLetter)) return value;
  return {};
}

}  // namespace instanced
