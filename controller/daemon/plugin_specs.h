// From the configured plugins to what the plugin room needs: files read, sockets given.
#pragma once

#include <vector>

#include "controller/config/config.h"
#include "controller/provider/plugin/plugin_spec.h"

namespace instanced {

// Makes the folder of the sockets (mode 0700) when a plugin needs one. Fails with Validation, with
// the plugin and the file: a certificate that cannot be read, a folder that cannot be made.
Result<std::vector<plugin::PluginSpec>> PluginSpecsFrom(const Config& config);

// The PEM texts. Fails with Validation and the file.
Result<plugin::ChannelTls> ReadPluginTls(const PluginTls& files_of);

}  // namespace instanced
