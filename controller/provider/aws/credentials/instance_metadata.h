// Credentials of the machine's role: EC2 instance metadata, version 2, with version 1 as a
// fallback where the token call is not offered and AWS_EC2_METADATA_V1_DISABLED does not forbid it.
//
// Facts: PUT /latest/api/token, GET /latest/meta-data/iam/security-credentials/[role]; at
// 169.254.169.254 unless AWS_EC2_METADATA_SERVICE_ENDPOINT says otherwise; off with
// AWS_EC2_METADATA_DISABLED=true.
#pragma once

#include "controller/provider/aws/credentials/credential_fetcher.h"

namespace instanced::aws {

// Auth when it is off, out of reach (this is no such machine) or has no role.
Task<Result<AwsCredentials>> FetchInstanceMetadata(const CredentialTools& tools,
                                                   CallContext context);

}  // namespace instanced::aws
