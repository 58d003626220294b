// From the plugins' states to what the control API tells of them.
// Threads: the loop's.
#pragma once

#include <vector>

#include "controller/admin/backend.h"
#include "controller/informer/object_cache.h"
#include "controller/provider/plugin/plugin_connector.h"

namespace instanced {

// By name.
std::vector<PluginReport> PluginReportsOf(const plugin::PluginConnector& plugins,
                                          const ObjectCache& cache);

}  // namespace instanced
