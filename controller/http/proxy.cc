#include "controller/http/proxy.h"

#include <arpa/inet.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <span>

namespace instanced {
namespace {

struct Address {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t size = 0;  // 4 or 16
};

std::optional<Address> ParseAddress(const std::string& text) {
  Address address;
  if (inet_pton(AF_INET, text.c_str(), address.bytes.data()) == 1) {
    address.size = 4;
    return address;
  }
  if (inet_pton(AF_INET6, text.c_str(), address.bytes.data()) == 1) {
    address.size = 16;
    return address;
  }
  return std::nullopt;
}

bool InBlock(const Address& address, const Address& block, std::size_t bits) {
  if (address.size != block.size || bits > block.size * 8) return false;
  for (std::size_t bit = 0; bit < bits; ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80 >> (bit % 8));
    if ((address.bytes[bit / 8] & mask) != (block.bytes[bit / 8] & mask)) return false;
  }
  return true;
}

bool MatchesBlock(const std::string& host, std::string_view entry) {
  const auto slash = entry.find('/');
  const auto block = ParseAddress(std::string(entry.substr(0, slash)));
  const auto address = ParseAddress(host);
  if (!block || !address) return false;
  std::size_t bits = block->size * 8;
  if (slash != std::string_view::npos) {
    const std::string_view digits = entry.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc() || end != digits.data() + digits.size()) return false;
  }
  return InBlock(*address, *block, bits);
}

// Of this machine, or of the link: clouds keep a machine's or container's credentials there.
bool IsHere(const std::string& host) {
  constexpr std::string_view kLocal[] = {"127.0.0.0/8", "::1/128", "169.254.0.0/16", "fe80::/10"};
  constexpr std::string_view kMetadata[] = {"100.100.100.200/32", "fd00:ec2::/32"};
  const auto holds = [&](std::string_view block) { return MatchesBlock(host, block); };
  return host == "localhost" || std::ranges::any_of(kLocal, holds) ||
         std::ranges::any_of(kMetadata, holds);
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

bool Matches(const HttpOrigin& origin, const std::string& host, std::string entry) {
  if (entry == "*") return true;
  if (MatchesBlock(host, entry)) return true;
  if (const auto colon = entry.rfind(':'); colon != std::string::npos) {
    if (entry.substr(colon + 1) != std::to_string(origin.port)) return false;
    entry.resize(colon);
    if (entry.starts_with('[') && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
    if (MatchesBlock(host, entry)) return true;
  }
  if (entry.starts_with("*.")) entry.erase(0, 1);
  if (entry.starts_with('.')) return host.ends_with(entry);
  return !entry.empty() && (host == entry || host.ends_with("." + entry));
}

}  // namespace

const Proxy* ProxyFor(const ProxySettings& settings, const HttpOrigin& origin) {
  const auto& proxy = origin.scheme == Scheme::kHttp ? settings.for_http : settings.for_https;
  const std::string host = Lower(origin.host);
  if (!proxy || IsHere(host)) return nullptr;
  for (const auto& entry : settings.no_proxy)
    if (Matches(origin, host, Lower(entry))) return nullptr;
  return &*proxy;
}

std::string BasicCredentials(std::string_view user_info) {
  std::vector<unsigned char> encoded(4 * ((user_info.size() + 2) / 3) + 1);
  const int size =
      EVP_EncodeBlock(encoded.data(), reinterpret_cast<const unsigned char*>(user_info.data()),
                      static_cast<int>(user_info.size()));
  return "Basic " + std::string(encoded.begin(), encoded.begin() + size);
}

}  // namespace instanced
