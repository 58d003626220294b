// ExecCredential: the protocol between us and the program that a kubeconfig names as the source of
// a user's token (`exec`), as kubectl speaks it.
//
// What is passed to the program and what it answers, as values; running it is exec_token.h. Tokens
// only: a program that answers with a client certificate is refused, because a connection keeps
// who it was opened as. Pure; any thread. No token is ever part of an error.
// Facts: kubernetes.io/docs/reference/config-api/client-authentication.v1.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/error/error.h"
#include "controller/clock/clock.h"

namespace instanced {

struct ExecPlugin {
  std::vector<std::string> command;                  // the program and its arguments
  std::map<std::string, std::string> environment{};  // added to our own
  std::string api_version{};                         // "client.authentication.k8s.io/v1"
  std::string install_hint{};                        // for people, when the program is not there
  std::string cluster{};  // spec.cluster as JSON, where provideClusterInfo asks for it
};

struct ExecCredential {
  std::string token;
  std::optional<WallTime> expires;
};

// v1 and v1beta1; v1alpha1 was removed from Kubernetes 1.24.
bool IsKnownExecVersion(std::string_view api_version);
// The value of KUBERNETES_EXEC_INFO.
std::string ExecInfoOf(const ExecPlugin& plugin);
// Auth for an answer that is no credential, of another version, or without a token.
Result<ExecCredential> ReadExecCredential(std::string_view answer, const ExecPlugin& plugin);

}  // namespace instanced
