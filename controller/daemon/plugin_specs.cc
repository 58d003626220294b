#include "controller/daemon/plugin_specs.h"

#include <sys/stat.h>

#include <filesystem>
#include <utility>

#include "controller/config/command_line.h"

namespace instanced {
namespace {

constexpr const char* kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

}  // namespace

Result<plugin::ChannelTls> ReadPluginTls(const PluginTls& files_of) {
  plugin::ChannelTls tls;
  tls.server_name = files_of.server_name;
  const std::pair<const std::filesystem::path&, std::string&> files[] = {
      {files_of.ca, tls.ca}, {files_of.certificate, tls.certificate}, {files_of.key, tls.key}};
  for (const auto& [path, text] : files) {
    auto read = ReadSmallFile(path.string());
    if (!read) {
      return Fail(ErrorClass::kValidation, "PluginTls",
                  "cannot read " + path.string() + ": " + read.error());
    }
    text = *std::move(read);
  }
  return tls;
}

namespace {

Result<std::filesystem::path> SocketFolder(const Config& config) {
  std::error_code failure;
  const auto folder = std::filesystem::absolute(config.plugin_directory, failure);
  std::filesystem::create_directories(folder, failure);
  if (failure || chmod(folder.c_str(), 0700) != 0) {
    return Fail(ErrorClass::kValidation, "PluginDirectory",
                "cannot use " + folder.string() + " for the plugins' sockets" +
                    (failure ? ": " + failure.message() : ""));
  }
  return folder;
}

plugin::ProcessSpec ProcessFrom(const PluginSettings& settings, const Config& config,
                                const std::string& address) {
  plugin::ProcessSpec process;
  process.command = settings.command;
  process.environment = settings.environment;
  process.environment.try_emplace("PATH", kPath);
  if (const auto home = config.environment.find("HOME"); home != config.environment.end()) {
    process.environment.try_emplace("HOME", home->second);
  }
  process.environment["INSTANCED_PLUGIN_ADDRESS"] = address;
  process.limits = {settings.limits.memory_bytes, settings.limits.open_files,
                    settings.limits.cpu_seconds};
  return process;
}

}  // namespace

Result<std::vector<plugin::PluginSpec>> PluginSpecsFrom(const Config& config) {
  std::vector<plugin::PluginSpec> specs;
  for (const auto& settings : config.plugins) {
    plugin::PluginSpec spec;
    spec.name = settings.name;
    spec.target.address = settings.address;
    if (settings.tls) {
      auto tls = ReadPluginTls(*settings.tls);
      if (!tls) {
        tls.error().message.insert(0, "plugin " + settings.name + ": ");
        return std::unexpected(std::move(tls.error()));
      }
      spec.target.tls = *std::move(tls);
    }
    if (!settings.command.empty()) {
      auto folder = SocketFolder(config);
      if (!folder) return std::unexpected(std::move(folder.error()));
      spec.target.address = "unix:" + (*folder / (settings.name + ".sock")).string();
      spec.process = ProcessFrom(settings, config, spec.target.address);
    }
    specs.push_back(std::move(spec));
  }
  return specs;
}

}  // namespace instanced
