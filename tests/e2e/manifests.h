// Declared objects as tests write them: JSON values, one file each, in a folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace instanced::e2e {

using Json = nlohmann::json;

// Each with the fields of its cloud's create call, natural keys derived from the name.
Json ConnectManifest(const std::string& name);
Json SupplyChainManifest(const std::string& name);
Json CallCenterManifest(const std::string& name);
Json OutboundBotManifest(const std::string& name);

// One of the four by number modulo four, in the order above.
Json ManifestOf(int number, const std::string& name);
// "connect", "scn", "ccc", "outboundbot"
std::string ServiceOf(const Json& manifest);
// "ConnectInstance/default/desk"
std::string KeyOf(const Json& manifest);

struct CloudAccount {
  std::string account, access_key, secret;
};
// Endpoints at `url`, rates high enough not to matter.
Json ProviderConfigManifest(const std::string& name, const std::string& url,
                            const CloudAccount& aws, const CloudAccount& alibaba);

class ManifestFolder {
 public:
  explicit ManifestFolder(std::filesystem::path root) : root_(std::move(root)) {
    std::filesystem::create_directories(root_);
  }
  const std::filesystem::path& root() const { return root_; }
  // Written beside and renamed over, as editors do. The file is KIND-NAME.yaml.
  void Write(const Json& manifest) const;
  void WriteFile(const std::string& file, const std::string& text) const;
  void Remove(const Json& manifest) const;
  static std::string FileOf(const Json& manifest);

 private:
  std::filesystem::path root_;
};

}  // namespace instanced::e2e
