#include "controller/page/page.h"

#include <arpa/inet.h>
#include <algorithm>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "controller/page/assets.h"

namespace instanced {
namespace {

constexpr std::string_view kData = "/api/v1";
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

HttpResponse Guarded(int status, std::string_view content_type, std::string body) {
  return {status,
          {{"Content-Type", std::string(content_type)},
           {"Content-Security-Policy", kPolicy},
           {"X-Content-Type-Options", "nosniff"},
           {"Cross-Origin-Resource-Policy", "same-origin"},
           {"Referrer-Policy", "no-referrer"},
           {"Cache-Control", "no-store"}},
          std::move(body)};
}

HttpResponse Refused(int status, const std::string& message) {
  nlohmann::ordered_json answer{{"code", status}, {"message", message}};
  return Guarded(status, "application/json",
                 answer.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

int StatusOf(ErrorClass error) {
  switch (error) {
    case ErrorClass::kNotFound:
      return 404;
    case ErrorClass::kValidation:
      return 400;
    case ErrorClass::kThrottled:
      return 429;
    case ErrorClass::kStore:
    case ErrorClass::kCancelled:
    case ErrorClass::kTransient:
      return 503;
    default:
      return 500;
  }
}

std::vector<std::string> PartsOf(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    parts.push_back(PercentDecoded(path.substr(0, end)));
    path.remove_prefix(end);
  }
  return parts;
}

}  // namespace

bool NamesLoopback(std::string_view host) {
  const auto colon = host.rfind(':');
  const bool port = colon != std::string_view::npos && !host.ends_with(']');
  const std::string_view name = port ? host.substr(0, colon) : host;
  if (name == "[::1]") return true;
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  if (lower == "localhost") return true;
  in_addr address{};
  return inet_pton(AF_INET, lower.c_str(), &address) == 1 && lower.starts_with("127.");
}

std::optional<HttpResponse> Page::Refusal(const ServerRequest& request) const {
  if (!gate_) {
    if (NamesLoopback(FindHeader(request.headers, "Host"))) return std::nullopt;
    return Refused(403, "ask by a loopback name: localhost, 127.0.0.1 or [::1]");
  }
  const auto refusal = gate_(request);
  if (!refusal) return std::nullopt;
  auto answer = Refused(refusal->status, "give the secret that this page asks for");
  for (const auto& header : refusal->headers) {
    if (!FindHeader(answer.headers, header.first).empty()) continue;
    answer.headers.push_back(header);
  }
  return answer;
}

HttpResponse Page::Answer(const ServerRequest& request) const {
  if (auto refusal = Refusal(request)) return *std::move(refusal);
  if (request.method != HttpMethod::kGet && request.method != HttpMethod::kHead) {
    auto refusal = Refused(405, "the page only reads: GET or HEAD");
    refusal.headers.emplace_back("Allow", "GET, HEAD");
    return refusal;
  }
  if (request.path == kData || request.path.starts_with(std::string(kData) + "/")) {
    return AnswerData(request);
  }
  if (const PageAsset* asset = FindAsset(request.path)) {
    return Guarded(200, asset->content_type, std::string(asset->text));
  }
  return Refused(404, "there is no such path; docs/page.md lists them");
}

HttpResponse Page::AnswerData(const ServerRequest& request) const {
  const auto parts = PartsOf(std::string_view(request.path).substr(kData.size()));
  auto json = data_.Read(parts, request.query);
  if (!json) return Refused(StatusOf(json.error().error_class), json.error().message);
  return Guarded(200, "application/json", *std::move(json));
}

}  // namespace instanced
