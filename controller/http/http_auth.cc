#include "controller/http/http_auth.h"

#include <strings.h>

#include <algorithm>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "controller/http/trimmed.h"

namespace instanced {
namespace {

bool HasControl(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

std::string Base64(std::string_view text) {
  std::string out((text.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::unexpected<Error> Refuse(std::string wanted) {
  return Fail(ErrorClass::kValidation, "BadSecretFile", "want " + std::move(wanted));
}

}  // namespace

Result<HttpAuth> HttpAuth::Basic(std::string_view text) {
  const auto pair = Trimmed(text);
  const auto colon = pair.find(':');
  const bool whole = colon != std::string_view::npos && colon > 0 && colon + 1 < pair.size();
  if (!whole || HasControl(pair)) return Refuse("one line of the form USER:PASSWORD");
  return HttpAuth("Basic " + Base64(pair), "Basic");
}

Result<HttpAuth> HttpAuth::Bearer(std::string_view text) {
  const auto token = Trimmed(text);
  const bool one_word = !token.empty() && !token.contains(' ');
  if (!one_word || HasControl(token)) return Refuse("one line that holds a token without spaces");
  return HttpAuth("Bearer " + std::string(token), "Bearer");
}

bool HttpAuth::Allows(const ServerRequest& request) const {
  const auto header = std::ranges::find_if(request.headers, [](const auto& entry) {
    return strcasecmp(entry.first.c_str(), "Authorization") == 0;
  });
  if (header == request.headers.end()) return false;
  std::string given = header->second;
  // The scheme's word has no case; what follows has.
  const auto space = given.find(' ');
  if (space == std::string::npos) return false;
  if (strcasecmp(given.substr(0, space).c_str(), scheme_.c_str()) == 0) {
    given.replace(0, space, scheme_);
  }
  return given.size() == expected_.size() &&
         CRYPTO_memcmp(given.data(), expected_.data(), expected_.size()) == 0;
}

HttpResponse HttpAuth::Challenge() const {
  return {401, {{"WWW-Authenticate", scheme_ + " realm=\"instanced\""}}, "who asks?\n"};
}

}  // namespace instanced
