// The four sources a ProviderConfig may name, as fetchers.
//
// environment: keys in variables, then the profile, then a web identity named by variables, then
//   the container endpoint, then instance metadata; the first that is there decides, and its
//   failure is final: no falling through to a weaker source.
// file: one profile of one file, only where there are no Secrets: in a cluster the files are the
// pod's,
//   and not those of who writes ProviderConfigs. secretRef: a Secret's keys. podIdentity: the web
//   identity or the container endpoint that the platform gave this pod, and nothing else.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "api/kinds/object.h"
#include "controller/provider/aws/credentials/credential_fetcher.h"

namespace instanced::aws {

// AWS_ACCESS_KEY_ID and its fellows; Auth when there are none, or one without the other.
Result<AwsCredentials> CredentialsFromVariables(const EnvironmentVariables& environment);

// A Secret's data: aws_access_key_id, aws_secret_access_key, aws_session_token (in either case),
// or `credentials`, a file of profiles of which "default" is taken.
Result<AwsCredentials> CredentialsFromSecret(const std::map<std::string, std::string>& data);

// `secrets` may be absent: a secretRef is then Validation, and otherwise a file is. All outlive the
// fetcher.
std::unique_ptr<CredentialFetcher> MakeFetcher(const CredentialTools& tools, SecretReader* secrets,
                                               ProviderConfigPtr config);

}  // namespace instanced::aws
