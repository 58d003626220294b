// SHA-256 based names and fingerprints: tokens, marks, UUIDv5-like uids, brake ids, checksums.
// Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace instanced {

std::array<std::uint8_t, 32> Sha256(std::string_view data);
// HMAC (RFC 2104) with that digest, for signatures; the raw bytes.
enum class HmacDigest { kSha1, kSha256 };
std::string Hmac(HmacDigest digest, std::string_view key, std::string_view text);
// Lower-case hex of the whole digest, 64 characters.
std::string Sha256Hex(std::string_view data);
// The first 8 bytes of SHA-256, big-endian: a stable 64-bit fingerprint.
std::uint64_t Fingerprint(std::string_view data);
std::string HexEncode(std::string_view bytes);
// UUID version 5 (SHA-1, RFC 4122) of `name` in the namespace UUID `space` ("6ba7b810-..."). A
// namespace that is not a UUID is first hashed into one.
std::string UuidV5(std::string_view space, std::string_view name);

}  // namespace instanced
