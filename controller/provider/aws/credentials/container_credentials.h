// Credentials from the container endpoint (ECS, EKS Pod Identity).
//
// Facts: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI (at 169.254.170.2) wins over ..._FULL_URI; the
// Authorization header comes from ..._AUTHORIZATION_TOKEN_FILE (wins, read anew each time) or
// ..._AUTHORIZATION_TOKEN. Plain http only to the two link-local addresses, [fd00:ec2::23] and
// loopback: any other host could be anybody.
#pragma once

#include "controller/provider/aws/credentials/credential_fetcher.h"

namespace instanced::aws {

enum class Configured { kNo, kYes };
Configured ContainerConfigured(const EnvironmentVariables& environment);

Task<Result<AwsCredentials>> FetchContainer(const CredentialTools& tools, CallContext context);

}  // namespace instanced::aws
