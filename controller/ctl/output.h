// Answers about the daemon itself as text: brakes and versions.
#pragma once

#include <cstddef>
#include <string>

#include "api/admin/v1/admin.pb.h"
#include "controller/ctl/colour.h"
#include "controller/ctl/command_line.h"

namespace instanced::ctl {

// `width` is the terminal's, 0 when the output is no terminal.
std::string Show(const admin::v1::BrakesResponse& answer, Format format, std::size_t width,
                 Colours colours = Colours::kOff);
std::string Show(const admin::v1::ApproveResponse& answer, Format format);
std::string Show(const admin::v1::ReleaseResponse& answer, Format format);
std::string Show(const admin::v1::VersionResponse& answer, Format format);

}  // namespace instanced::ctl
