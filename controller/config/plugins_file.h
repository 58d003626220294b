// The list of provider plugins, in the configuration file or in a file of its own.
//
//   plugins:
//     - name: postgresql
//       command: [/usr/lib/instanced/postgresql, --host, /run/postgresql]
//       environment: {PGUSER: postgres}
//       limits: {memory: 512MiB, openFiles: 256, cpuSeconds: 3600}
//     - name: tape
//       address: plugins.example:7443
//       tls: {ca: ca.pem, certificate: us.pem, key: us.key, serverName: tape.example}
//     - name: disk
//       address: unix:/run/disk-plugin.sock
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "controller/config/plugin_settings.h"

namespace instanced {

// All problems at once, each beginning with file:line:column. A text without `plugins` has none.
// Relative paths are relative to the folder of `file_name`.
std::expected<std::vector<PluginSettings>, std::vector<std::string>> ParsePlugins(
    const std::string& file_name, const std::string& text);

}  // namespace instanced
