// Credentials from a signed identity token: STS AssumeRoleWithWebIdentity, unsigned.
// The token file is read anew each time: the kubelet replaces it. Where the ProviderConfig names
// another token service than the environment does, it is Validation and the token stays here.
#pragma once

#include <string>

#include "controller/provider/aws/aws_transport.h"
#include "controller/provider/aws/credentials/credential_fetcher.h"

namespace instanced::aws {

struct WebIdentitySource {
  std::string role_arn;
  std::string token_file;
  std::string session_name;  // empty: one is made up
};

Task<Result<AwsCredentials>> FetchWebIdentity(const CredentialTools& tools, CallContext context,
                                              WebIdentitySource source);

}  // namespace instanced::aws
