#include "api/object/digest.h"

#include <openssl/evp.h>

#include <optional>

namespace instanced {
namespace {

constexpr char kHex[] = "0123456789abcdef";

template <std::size_t N>
std::array<std::uint8_t, N> DigestWith(const EVP_MD* method, std::string_view data) {
  std::array<std::uint8_t, N> out{};
  unsigned int size = 0;
  EVP_Digest(data.data(), data.size(), out.data(), &size, method, nullptr);
  return out;
}

// Fetched once: the implicit fetch of EVP_sha256() costs more than a short digest.
const EVP_MD* Sha256Method() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return fetched ? fetched : EVP_sha256();
}

const EVP_MD* Sha1Method() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  return fetched ? fetched : EVP_sha1();
}

std::string DigestText(const EVP_MD* method, std::string_view data) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(out.data()), &size, method,
             nullptr);
  out.resize(size);
  return out;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> UuidBytes(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < text.size();) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i] != '-') return std::nullopt;
      ++i;
      continue;
    }
    const int high = HexValue(text[i]);
    const int low = HexValue(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return bytes;
}

}  // namespace

std::array<std::uint8_t, 32> Sha256(std::string_view data) {
  return DigestWith<32>(Sha256Method(), data);
}

// OpenSSL's own HMAC looks its parts up anew for every call, at several times the work itself.
std::string Hmac(HmacDigest digest, std::string_view key, std::string_view text) {
  constexpr std::size_t kBlock = 64;  // of both
  const EVP_MD* method = digest == HmacDigest::kSha1 ? Sha1Method() : Sha256Method();
  const std::string short_key = key.size() > kBlock ? DigestText(method, key) : std::string(key);
  std::string inner(kBlock, '\x36');
  std::string outer(kBlock, '\x5c');
  for (std::size_t i = 0; i < short_key.size(); ++i) {
    inner[i] = static_cast<char>(inner[i] ^ short_key[i]);
    outer[i] = static_cast<char>(outer[i] ^ short_key[i]);
  }
  inner.append(text);
  outer.append(DigestText(method, inner));
  return DigestText(method, outer);
}

std::string HexEncode(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text.push_back(kHex[byte >> 4]);
    text.push_back(kHex[byte & 15]);
  }
  return text;
}

std::string Sha256Hex(std::string_view data) {
  const auto digest = Sha256(data);
  return HexEncode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::uint64_t Fingerprint(std::string_view data) {
  const auto digest = Sha256(data);
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = (value << 8) | digest[i];
  return value;
}

std::string UuidV5(std::string_view space, std::string_view name) {
  std::string input;
  if (auto bytes = UuidBytes(space)) {
    input = std::move(*bytes);
  } else {
    const auto digest = Sha256(space);
    input.assign(reinterpret_cast<const char*>(digest.data()), 16);
  }
  input.append(name);
  auto hash = DigestWith<20>(EVP_sha1(), input);
  hash[6] = (hash[6] & 0x0f) | 0x50;
  hash[8] = (hash[8] & 0x3f) | 0x80;
  const std::string hex = HexEncode({reinterpret_cast<const char*>(hash.data()), 16});
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
         hex.substr(16, 4) + "-" + hex.substr(20, 12);
}

}  // namespace instanced
