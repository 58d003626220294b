// Base64 as Kubernetes writes it: kubeconfig data members and the values of Secrets.
// Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace instanced {

// Nothing when `text` is not base64; white space inside is not.
std::optional<std::string> FromBase64(std::string_view text);
std::string ToBase64(std::string_view bytes);

}  // namespace instanced
