// How a credential is to be had, as data: read from environment and files, carried out elsewhere.
//
// The standard chain is environment, RRSA (OIDC), command line profile, credentials file, ECS RAM
// role, credentials URI. The first of the first four that is configured is the one: a broken one
// is never replaced by another identity in silence.
//
// Source: aliyun/credentials-go. Threads: any; reads small files.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/error/error.h"
#include "api/kinds/provider_config.h"
#include "controller/provider/alibaba/rpc_signature.h"
#include "controller/provider/registry.h"

namespace instanced::alibaba {

struct EcsRole {
  std::string role_name;  // empty: ask the metadata service
};
struct OidcRole {
  std::string role_arn;
  std::string provider_arn;
  std::string token_file;  // read again at each refresh
  std::string session_name;
};
struct AssumedRole {
  SigningKey base;
  std::string role_arn;
  std::string session_name;
};
struct CredentialsUri {
  std::string url;
};
using CredentialPlan = std::variant<SigningKey, EcsRole, OidcRole, AssumedRole, CredentialsUri>;

// The plans to try in order; never empty. Auth when nothing is configured: the message names what
// was looked for. Secrets are read elsewhere; asking for one here is Validation.
Result<std::vector<CredentialPlan>> PlanCredentials(const CredentialSource& source,
                                                    const EnvironmentVariables& environment,
                                                    const std::string& base_directory);

std::unexpected<Error> NoCredential(std::string message);

// RRSA alone, as podIdentity asks for.
Result<CredentialPlan> PlanPodIdentity(const EnvironmentVariables& environment);

// Keys accessKeyId, accessKeySecret, securityToken, or the names of the environment variables.
Result<CredentialPlan> PlanFromSecret(const std::map<std::string, std::string>& data);

// A file's text holds one profile: the command line's JSON, or the INI of ~/.alibabacloud.
// "default" stands for the command line's current profile where none has that name.
Result<CredentialPlan> PlanFromFileText(std::string_view text, const std::string& profile);

// The value of a variable; empty without one.
std::string_view Variable(const EnvironmentVariables& environment, std::string_view name);
// A whole file of at most 1 MiB. Auth when it cannot be read.
Result<std::string> ReadCredentialFile(const std::string& path);

inline constexpr std::string_view kDefaultSessionName = "instanced";

}  // namespace instanced::alibaba
