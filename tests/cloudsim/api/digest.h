// Hashes and message authentication for the signature checks; the simulator's own, so that a
// mistake in the product's signer cannot agree with itself.
#pragma once

#include <string>
#include <string_view>

namespace instanced::cloudsim {

std::string Sha256(std::string_view data);  // 32 raw bytes
std::string HmacSha256(std::string_view key, std::string_view data);
std::string HmacSha1(std::string_view key, std::string_view data);
std::string Hex(std::string_view bytes);  // lower case
std::string Base64(std::string_view bytes);
// Compares without leaking where two strings differ.
bool SameBytes(std::string_view a, std::string_view b);

}  // namespace instanced::cloudsim
