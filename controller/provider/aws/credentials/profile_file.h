// The INI files of the AWS tools: ~/.aws/credentials and ~/.aws/config. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "api/error/error.h"

namespace instanced::aws {

using Profile = std::map<std::string, std::string>;
using ProfileMap = std::map<std::string, Profile>;

enum class ProfileForm {
  kCredentials,  // [name]
  kConfig,       // [profile name] and [default]; other sections are skipped
};

// Names are lower-cased, values trimmed; '#' and ';' begin comments at the start of a line or after
// a space; indented lines belong to nested settings and are skipped. A line that is none of this is
// Validation and is named by its number, never by its text: it may be a secret.
Result<ProfileMap> ParseProfiles(std::string_view text, ProfileForm form);

// The value of a key; empty when it is not set.
std::string_view Setting(const Profile& profile, const std::string& name);

}  // namespace instanced::aws
