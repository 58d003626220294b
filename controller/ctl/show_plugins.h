// Provider plugins as text.
#pragma once

#include <string>

#include "controller/ctl/show_objects.h"

namespace instanced::ctl {

std::string ShowPlugins(const admin::v1::PluginsResponse& answer, const ObjectView& view);

}  // namespace instanced::ctl
