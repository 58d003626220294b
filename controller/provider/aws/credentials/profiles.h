// Credentials that profiles of the AWS tools' files give: static keys, or a role taken with a web
// identity. What needs another program, a browser or a second profile is refused by name.
#pragma once

#include <string>
#include <variant>

#include "controller/provider/aws/credentials/credential_fetcher.h"
#include "controller/provider/aws/credentials/profile_file.h"
#include "controller/provider/aws/credentials/web_identity.h"

namespace instanced::aws {

struct NothingThere {};
using ProfileAnswer = std::variant<NothingThere, AwsCredentials, WebIdentitySource>;

// What one profile offers. `base_directory` is where relative token paths start.
Result<ProfileAnswer> AnswerOf(const Profile& profile, const std::string& name,
                               const std::string& base_directory);

// The profile that AWS_PROFILE (else AWS_DEFAULT_PROFILE, else "default") names, from
// AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE or their usual places below HOME. A role comes
// before static keys, the credentials file before the config file. A profile that is named and not
// there is Auth; files that are not there offer nothing.
Result<ProfileAnswer> ReadEnvironmentProfile(const FileReader& files,
                                             const EnvironmentVariables& environment);

// One profile of one file, in either form of section names.
Result<ProfileAnswer> ReadFileProfile(const FileReader& files, const std::string& path,
                                      const std::string& name);

}  // namespace instanced::aws
