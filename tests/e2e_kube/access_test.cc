// Who the operator is: to the API server (a pod's service account, a program's tokens), and to the
// clouds by the pod's own identity.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/controller/http/raw_server.h"
#include "tests/e2e_kube/kube_site.h"

namespace instanced::e2e {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

const Json kForTheServer = {{"audiences", {"https://kubernetes.default.svc"}}};

// Replaced as the kubelet does it: never half written.
void Put(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file.string() + ".new") << text;
  std::filesystem::rename(file.string() + ".new", file);
}

void MakeAdmin(const KubeSite& site, const std::string& account) {
  site.Must({"create", "clusterrolebinding", site.space() + "-" + account,
             "--clusterrole=cluster-admin",
             "--serviceaccount=" + site.daemon_space() + ":" + account});
}

// A token that ends when `secret` is deleted; the server itself then refuses it.
std::string BoundToken(const KubeSite& site, const std::string& secret) {
  site.Must({"create", "secret", "generic", secret, "-n", site.daemon_space()});
  Json spec = kForTheServer;
  spec["boundObjectRef"] = {{"kind", "Secret"}, {"apiVersion", "v1"}, {"name", secret}};
  return site.IssueToken(site.daemon_space(), "operator", spec);
}

TEST(OperatorAccess, InAPodTheMountedAccountIsUsedAndItsTokenReadAgainAsItRotates) {
  if (!KubeSite::IsMountAllowed()) GTEST_SKIP() << "no right to mount, which a pod's files need";
  KubeSite site;
  const auto first = BoundToken(site, "first");
  MakeAdmin(site, "operator");
  const auto account = site.folder() / "account";
  std::filesystem::create_directory(account);
  Put(account / "token", first);
  Put(account / "namespace", site.daemon_space());
  Put(account / "ca.crt",
      ReadText(TheApiServer().kubeconfig.parent_path() / "certificates/apiserver.crt"));
  site.LiveInPod(account);
  std::vector<Json> manifests{site.Here(ConnectManifest("desk"))};
  site.ApplyAll(manifests);
  site.StartDaemon();
  ExpectSettled(site, manifests);
  // The pod's own namespace is where its ledger lies.
  site.Must({"get", "configmap", "instanced-ledger", "-n", site.daemon_space()});

  // The token ends before there is another one.
  site.Must({"delete", "secret", "first", "-n", site.daemon_space()});
  LetPass(12);  // for as long the server may remember that it was good
  manifests.push_back(site.Here(SupplyChainManifest("stock")));
  site.ApplyAll(manifests);
  LetPass(2);
  EXPECT_TRUE(site.DaemonRuns());
  EXPECT_EQ(site.CountEffects("created"), 1u) << "the ended token still works: nothing was tested";
  const auto second = BoundToken(site, "second");
  Put(account / "token", second);
  ExpectSettled(site, manifests, 60);
  EXPECT_EQ(site.CountEffects("created"), 2u);
  for (const auto& token : {first, second}) EXPECT_THAT(site.Log(), Not(HasSubstr(token)));
}

// Certificates of users, signed by the authority that the API server knows, or by one of its own.
class ClientCertificates {
 public:
  explicit ClientCertificates(const KubeSite& site) : site_(site) {}

  void MakeOwnAuthority() {
    Run({"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=clients",
         "-keyout", Path("clients.key"), "-out", Path("clients.crt")});
    authority_ = site_.folder();
  }
  // FILE.crt and FILE.key in the site's folder, replaced as one.
  void Issue(const std::string& file, const std::string& user) const {
    Run({"req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + user, "-keyout",
         Path(file + ".key.new"), "-out", Path("request")});
    Run({"x509", "-req", "-in", Path("request"), "-days", "1", "-CA", authority_ / "clients.crt",
         "-CAkey", authority_ / "clients.key", "-CAcreateserial", "-CAserial", Path("serial"),
         "-out", Path(file + ".crt.new")});
    for (const auto* end : {".key", ".crt"}) {
      std::filesystem::rename(Path(file + end + ".new"), Path(file + end));
    }
  }
  std::string Base64(const std::string& file) const {
    return Run({"base64", "-A", "-in", Path(file)});
  }
  // From the next StartDaemon on the user is this, not the bearer of a token.
  void Use(const std::string& user_of_kubeconfig) const {
    std::string config = ReadText(site_.kubeconfig());
    const auto begin = config.rfind("user: {") + 7;
    config.replace(begin, config.find('}', begin) - begin, user_of_kubeconfig);
    std::ofstream(site_.kubeconfig()) << config;
  }

 private:
  std::string Path(const std::string& file) const { return (site_.folder() / file).string(); }
  std::string Run(std::vector<std::string> arguments) const {
    const auto ran =
        RunToEnd({"/usr/bin/openssl", std::move(arguments), {}, Path("openssl"), {}}, 20);
    EXPECT_EQ(ran.ending.exit_code, 0) << ran.output;
    return ran.output;
  }
  const KubeSite& site_;
  std::filesystem::path authority_ = TheApiServer().kubeconfig.parent_path();
};

// As the server itself saw it.
int RequestsOf(const std::string& user) {
  std::istringstream lines(ReadText(TheApiServer().audit_log));
  int count = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("\"user\":{\"username\":\"" + user + "\"") != std::string::npos) ++count;
  }
  return count;
}

std::string MakeUser(const KubeSite& site, const std::string& name) {
  const auto user = name + "-" + site.space();
  site.Must(
      {"create", "clusterrolebinding", user, "--clusterrole=cluster-admin", "--user=" + user});
  return user;
}

TEST(OperatorAccess, AClientCertificateInFilesIsTheUserAndIsReadAgainAsItIsReplaced) {
  KubeSite site;
  const ClientCertificates certificates(site);
  const auto first = MakeUser(site, "first");
  const auto second = MakeUser(site, "second");
  certificates.Issue("operator", first);
  certificates.Use("client-certificate: operator.crt, client-key: operator.key");
  std::vector<Json> manifests{site.Here(ConnectManifest("desk"))};
  site.ApplyAll(manifests);
  site.StartDaemon();
  ExpectSettled(site, manifests);
  EXPECT_GT(RequestsOf(first), 0);
  EXPECT_EQ(RequestsOf(second), 0);

  certificates.Issue("operator", second);
  EXPECT_EQ(WaitUntil(
                [&] {
                  return site.Log().find("certificates for the API server have changed") !=
                         std::string::npos;
                },
                40),
            Waited::kReached);
  manifests.push_back(site.Here(SupplyChainManifest("stock")));
  site.ApplyAll(manifests);
  ExpectSettled(site, manifests, 60);
  EXPECT_GT(RequestsOf(second), 0);
  EXPECT_EQ(site.CountEffects("created"), 2u);
}

TEST(OperatorAccess, AClientCertificateInTheKubeconfigItselfIsTheUser) {
  KubeSite site;
  const ClientCertificates certificates(site);
  const auto user = MakeUser(site, "inline");
  certificates.Issue("operator", user);
  const auto key = certificates.Base64("operator.key");
  certificates.Use("client-certificate-data: " + certificates.Base64("operator.crt") +
                   ", client-key-data: " + key);
  const std::vector<Json> manifests{site.Here(OutboundBotManifest("robot"))};
  site.ApplyAll(manifests);
  site.StartDaemon();
  ExpectSettled(site, manifests);
  EXPECT_GT(RequestsOf(user), 0);
  EXPECT_EQ(site.CountEffects("created"), 1u);
  EXPECT_THAT(site.Log(), Not(HasSubstr(key.substr(0, 64))));
}

TEST(OperatorAccess, AClientCertificateOfAnotherAuthorityIsNobodyAndNothingIsDone) {
  KubeSite site;
  ClientCertificates certificates(site);
  certificates.MakeOwnAuthority();
  const auto user = MakeUser(site, "stranger");
  certificates.Issue("operator", user);
  certificates.Use("client-certificate: operator.crt, client-key: operator.key");
  const std::vector<Json> manifests{site.Here(ConnectManifest("desk"))};
  site.ApplyAll(manifests);
  site.StartDaemon();
  EXPECT_EQ(WaitUntil([&] { return site.Log().find("Unauthorized") != std::string::npos; }, 30),
            Waited::kReached);
  EXPECT_EQ(RequestsOf(user), 0);
  EXPECT_EQ(site.CountEffects("created"), 0u);
}

TEST(OperatorAccess, AProgramsTokensAreUsedAndAskedForAgainBeforeTheyEnd) {
  KubeSite site;
  MakeAdmin(site, "operator");
  const auto token = site.IssueToken(site.daemon_space(), "operator", kForTheServer);
  const auto folder = site.folder();
  std::ofstream(folder / "token") << token;
  std::ofstream(folder / "login") << "#!/bin/sh\n"
                                     "echo \"$MODE $KUBERNETES_EXEC_INFO\" >> "
                                  << (folder / "asked").string()
                                  << "\nend=$(date -u -d '+6 seconds' +%FT%TZ)\n"
                                     "printf '{\"apiVersion\":\"client.authentication.k8s.io/v1\","
                                     "\"kind\":\"ExecCredential\",\"status\":{\"token\":\"%s\","
                                     "\"expirationTimestamp\":\"%s\"}}' \"$(cat "
                                  << (folder / "token").string() << ")\" \"$end\"\n";
  std::filesystem::permissions(folder / "login", std::filesystem::perms::owner_all);
  std::string config = ReadText(site.kubeconfig());
  const auto begin = config.find("token: \"");
  const auto end = config.find('"', begin + 8) + 1;
  config.replace(begin, end - begin,
                 "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./login, "
                 "interactiveMode: Never, provideClusterInfo: true, "
                 "env: [{name: MODE, value: quiet}]}");
  std::ofstream(site.kubeconfig()) << config;

  std::vector<Json> manifests{site.Here(ConnectManifest("desk"))};
  site.ApplyAll(manifests);
  site.StartDaemon();
  ExpectSettled(site, manifests);
  LetPass(7);
  // A program that fails for a while: the last token is used to its end, then nothing works.
  Put(folder / "token", "");
  LetPass(8);
  manifests.push_back(site.Here(OutboundBotManifest("robot")));
  site.ApplyAll(manifests);
  LetPass(1);
  EXPECT_TRUE(site.DaemonRuns());
  Put(folder / "token", token);
  ExpectSettled(site, manifests, 60);
  EXPECT_EQ(site.CountEffects("created"), 2u);

  std::istringstream asked(ReadText(folder / "asked"));
  int runs = 0;
  for (std::string line; std::getline(asked, line); ++runs) {
    EXPECT_THAT(line, HasSubstr("quiet {"));
    EXPECT_THAT(line, HasSubstr("\"interactive\":false"));
    EXPECT_THAT(line, HasSubstr("\"server\":\"https://127.0.0.1"));
  }
  EXPECT_GE(runs, 3);
  EXPECT_LE(runs, 40) << "asked for again and again";
  EXPECT_THAT(site.Log(), Not(HasSubstr(token)));
}

// Credentials of the clouds.
class PodIdentity : public ::testing::Test {
 protected:
  PodIdentity() {
    for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
                             "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"}) {
      site_.environment().erase(name);
    }
    site_.environment()["AWS_EC2_METADATA_DISABLED"] = "true";
    site_.environment()["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true";
    site_.environment()["AWS_ENDPOINT_URL_STS"] = site_.url();
    site_.environment()["ALIBABA_CLOUD_ENDPOINT_STS"] = site_.url();
    auto config = site_.Here(ProviderConfigManifest("pod", site_.url(), AwsOne(), AlibabaOne()));
    for (const char* cloud : {"aws", "alibaba"}) {
      config["spec"][cloud]["credentials"] = {{"podIdentity", Json::object()}};
      config["spec"][cloud]["endpoints"].erase("sts");
    }
    site_.Apply(config);
  }
  Json OfPod(Json manifest) const {
    manifest["spec"]["providerConfigRef"] = "pod";
    return site_.Here(std::move(manifest));
  }
  // A real token of a service account, as the clouds' webhooks mount it.
  std::string TokenFile(const std::string& audience) const {
    const auto file = site_.folder() / ("token-for-" + audience);
    Put(file, site_.IssueToken(site_.daemon_space(), "operator", {{"audiences", {audience}}}));
    return file.string();
  }
  std::vector<std::string> Operations() const {
    std::vector<std::string> operations;
    for (const auto& call : site_.clouds().Calls()) operations.push_back(call.operation);
    return operations;
  }

  KubeSite site_;
};

TEST_F(PodIdentity, ServiceAccountTokensAreExchangedAtTheTokenServicesOfBothClouds) {
  auto& environment = site_.environment();
  environment["AWS_ROLE_ARN"] = "arn:aws:iam::" + AwsOne().account + ":role/keeper";
  environment["AWS_WEB_IDENTITY_TOKEN_FILE"] = TokenFile("sts.amazonaws.com");
  environment["ALIBABA_CLOUD_ROLE_ARN"] = "acs:ram::" + AlibabaOne().account + ":role/keeper";
  environment["ALIBABA_CLOUD_OIDC_PROVIDER_ARN"] =
      "acs:ram::" + AlibabaOne().account + ":oidc-provider/keeper";
  environment["ALIBABA_CLOUD_OIDC_TOKEN_FILE"] = TokenFile("sts.aliyuncs.com");
  const std::vector<Json> manifests{OfPod(ConnectManifest("desk")),
                                    OfPod(OutboundBotManifest("robot"))};
  site_.ApplyAll(manifests);
  site_.StartDaemon();
  ExpectSettled(site_, manifests);
  EXPECT_THAT(Operations(), Contains("AssumeRoleWithWebIdentity").Times(1));
  EXPECT_THAT(Operations(), Contains("AssumeRoleWithOIDC").Times(1));
}

TEST_F(PodIdentity, EksPodIdentityAsksItsAgentWithTheMountedToken) {
  const auto file = TokenFile("pods.eks.amazonaws.com");
  RawServer agent([](RawConnection& connection) {
    while (!connection.ReadRequest().empty()) {
      connection.Write(PlainAnswer(Json{{"AccessKeyId", AwsOne().access_key},
                                        {"SecretAccessKey", AwsOne().secret},
                                        {"Expiration", "2099-01-01T00:00:00Z"}}
                                       .dump()));
    }
  });
  auto& environment = site_.environment();
  environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] =
      "http://127.0.0.1:" + std::to_string(agent.origin().port) + "/v1/credentials";
  environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = file;
  const std::vector<Json> manifests{OfPod(SupplyChainManifest("stock"))};
  site_.ApplyAll(manifests);
  site_.StartDaemon();
  ExpectSettled(site_, manifests);
  const auto requests = agent.requests();
  ASSERT_EQ(requests.size(), 1u) << "once for all users";
  EXPECT_THAT(requests[0], HasSubstr(ReadText(file)));
}

}  // namespace
}  // namespace instanced::e2e
