// Manifests made from what the daemon holds: for export, and the change that adopts an instance.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "api/admin/v1/admin.pb.h"
#include "controller/ctl/command_line.h"

namespace instanced::ctl {

// YAML documents, or a JSON List. Objects that are being deleted are left out and named in
// `left_out`.
struct ExportedManifests {
  std::string text;
  std::vector<std::string> left_out;
};
ExportedManifests ExportManifests(const std::vector<admin::v1::Object>& objects, Format format);

// The lines that bind `object` to the instance `external_name`; a refusal when it is bound already
// or another of `all` holds that instance.
std::expected<std::string, std::string> AdoptionPatch(const admin::v1::Object& object,
                                                      const std::string& external_name,
                                                      const std::vector<admin::v1::Object>& all,
                                                      Format format);

}  // namespace instanced::ctl
