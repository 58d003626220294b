#include <map>

#include <gtest/gtest.h>

#include "controller/kube/kube_config.h"

namespace instanced {
namespace {

constexpr char kFile[] = R"(
apiVersion: v1
kind: Config
current-context: work
clusters:
- name: main
  cluster: {server: "https://10.0.0.1:6443/k8s/", certificate-authority-data: Q0EgUEVN}
- name: lab
  cluster: {server: "https://lab.example", certificate-authority: pki/ca.pem, tls-server-name: api}
- name: plain
  cluster: {server: "http://plain.example"}
- name: open
  cluster: {server: "https://open.example", insecure-skip-tls-verify: true}
users:
- name: robot
  user: {token: " s3cret "}
- name: pod
  user: {tokenFile: pod.token, token: old}
- name: admin
  user: {client-certificate: admin.pem, client-key-data: S0VZ}
- name: half
  user: {client-certificate: admin.pem}
- name: program
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: aws
      args: [eks, get-token]
      env: [{name: AWS_PROFILE, value: ops}]
      interactiveMode: IfAvailable
      provideClusterInfo: true
      installHint: install awscli
- name: beside
  user: {exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: bin/login}}
- name: alpha
  user: {exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: aws}}
- name: terminal
  user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: aws, interactiveMode: Always}}
- name: mute
  user: {exec: {apiVersion: client.authentication.k8s.io/v1}}
- name: old
  user: {auth-provider: {name: oidc}}
contexts:
- name: work
  context: {cluster: main, user: robot, namespace: team-a}
- name: lab
  context: {cluster: lab, user: admin}
- name: pod
  context: {cluster: main, user: pod}
- name: open
  context: {cluster: open, user: robot}
- name: plain
  context: {cluster: plain, user: robot}
- name: program
  context: {cluster: main, user: program}
- name: beside
  context: {cluster: main, user: beside}
- name: alpha
  context: {cluster: main, user: alpha}
- name: terminal
  context: {cluster: main, user: terminal}
- name: mute
  context: {cluster: main, user: mute}
- name: old
  context: {cluster: main, user: old}
- name: half
  context: {cluster: main, user: half}
- name: nowhere
  context: {cluster: absent, user: robot}
)";

class KubeconfigTest : public testing::Test {
 protected:
  Result<KubeConfig> Read(const std::string& context, const std::string& text = kFile) {
    return ReadKubeconfig({{text, "/home/me/.kube"}}, context, reader_);
  }
  std::map<std::string, std::string> files_{{"/home/me/.kube/pki/ca.pem", "LAB CA"},
                                            {"/home/me/.kube/admin.pem", "CERT"}};
  ReadFile reader_ = [this](const std::filesystem::path& path) -> Result<std::string> {
    const auto found = files_.find(path.string());
    if (found != files_.end()) return found->second;
    return Fail(ErrorClass::kAuth, "UnreadableFile", "cannot read " + path.string());
  };
};

TEST_F(KubeconfigTest, TheCurrentContextIsUsedUnlessAnotherIsNamed) {
  const auto config = Read("");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->server.origin, (HttpOrigin{Scheme::kHttps, "10.0.0.1", 6443}));
  EXPECT_EQ(config->server.base_path, "/k8s");
  EXPECT_EQ(config->tls.ca_pem, "CA PEM");
  EXPECT_EQ(config->token, "s3cret");
  EXPECT_EQ(config->namespace_, "team-a");

  const auto lab = Read("lab");
  ASSERT_TRUE(lab) << lab.error().message;
  EXPECT_EQ(lab->server.origin.port, 443);
  EXPECT_EQ(lab->namespace_, "default");
}

TEST_F(KubeconfigTest, FilesAreRelativeToTheKubeconfigAndDataWins) {
  const auto lab = Read("lab");
  ASSERT_TRUE(lab) << lab.error().message;
  EXPECT_EQ(lab->tls.ca_pem, "LAB CA");
  EXPECT_EQ(lab->tls.server_name, "api");
  EXPECT_EQ(lab->tls.client_cert_pem, "CERT");
  EXPECT_EQ(lab->tls.client_key_pem, "KEY");
  EXPECT_EQ(Read("pod")->token_file, "/home/me/.kube/pod.token");
}

TEST_F(KubeconfigTest, WhatWouldWeakenOrChangeIdentityIsRefusedByName) {
  const std::map<std::string, std::string> cases = {{"open", "insecure-skip-tls-verify"},
                                                    {"old", "auth-provider"},
                                                    {"alpha", "v1 or v1beta1"},
                                                    {"terminal", "terminal"},
                                                    {"mute", "no command"},
                                                    {"plain", "plain http"},
                                                    {"half", "client-key"},
                                                    {"nowhere", "names no cluster"},
                                                    {"absent", "there is no context absent"}};
  for (const auto& [context, word] : cases) {
    const auto config = Read(context);
    ASSERT_FALSE(config) << context;
    EXPECT_EQ(config.error().error_class, ErrorClass::kValidation);
    EXPECT_NE(config.error().message.find(word), std::string::npos) << config.error().message;
  }
}

TEST_F(KubeconfigTest, AProgramIsNamedAsKubectlReadsIt) {
  const auto config = Read("program");
  ASSERT_TRUE(config && config->exec) << config.error().message;
  EXPECT_EQ(config->exec->command, (std::vector<std::string>{"aws", "eks", "get-token"}));
  EXPECT_EQ(config->exec->environment.at("AWS_PROFILE"), "ops");
  EXPECT_EQ(config->exec->install_hint, "install awscli");
  EXPECT_EQ(ExecInfoOf(*config->exec),
            R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{)"
            R"("cluster":{"certificate-authority-data":"Q0EgUEVN",)"
            R"("server":"https://10.0.0.1:6443/k8s"},"interactive":false}})");
  const auto beside = Read("beside");
  ASSERT_TRUE(beside && beside->exec);
  EXPECT_EQ(beside->exec->command.front(), "/home/me/.kube/bin/login");
  EXPECT_TRUE(beside->exec->cluster.empty());
}

TEST_F(KubeconfigTest, TheFirstFileToNameAnEntryWins) {
  const std::string first = R"({"current-context": "lab", "users": [
      {"name": "admin", "user": {"token": "from-first"}}]})";
  const auto config = ReadKubeconfig({{first, "/first"}, {kFile, "/home/me/.kube"}}, "", reader_);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->token, "from-first");
  EXPECT_EQ(config->server.origin.host, "lab.example");
}

TEST_F(KubeconfigTest, BrokenFilesAreErrorsWithoutTheirContents) {
  for (const char* text :
       {"users: [{token: s3cret", "s3cret", "", "[1, 2]", "current-context: {s3cret: 1}"}) {
    const auto config = Read("", text);
    ASSERT_FALSE(config) << text;
    EXPECT_EQ(config.error().message.find("s3cret"), std::string::npos) << config.error().message;
  }
  std::string text = kFile;
  text.replace(text.find("Q0EgUEVN"), 8, "!not64!!");
  EXPECT_FALSE(Read("", text));
  files_.clear();
  EXPECT_EQ(Read("lab").error().code, "UnreadableFile");
}

TEST_F(KubeconfigTest, ThePodsOwnIdentityComesFromItsMount) {
  files_ = {{"/sa/ca.crt", "CLUSTER CA"}, {"/sa/token", "t1\n"}, {"/sa/namespace", "ops\n"}};
  const auto config = ReadInClusterConfig("fd00::1", "443", "/sa", reader_);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->server.origin, (HttpOrigin{Scheme::kHttps, "fd00::1", 443}));
  EXPECT_EQ(config->tls.ca_pem, "CLUSTER CA");
  EXPECT_EQ(config->token_file, "/sa/token");
  EXPECT_EQ(config->namespace_, "ops");
  EXPECT_EQ(ReadInClusterConfig("", "", "/sa", reader_).error().code, "NotInCluster");
  files_.erase("/sa/token");
  EXPECT_EQ(ReadInClusterConfig("10.0.0.1", "443", "/sa", reader_).error().error_class,
            ErrorClass::kAuth);
}

}  // namespace
}  // namespace instanced
