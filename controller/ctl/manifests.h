// How the manifests that the daemon makes are written: of export, and of adopt.
#pragma once

#include <string>

#include "api/admin/v1/admin.pb.h"
#include "controller/ctl/command_line.h"

namespace instanced::ctl {

// YAML documents, or a JSON List.
std::string ShowManifests(const admin::v1::ExportResponse& answer, Format format);

// The lines to put into the manifest; as a table, with what to do with them.
std::string ShowAdoption(const admin::v1::AdoptResponse& answer, Format format);

}  // namespace instanced::ctl
