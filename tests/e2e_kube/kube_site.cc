#include "tests/e2e_kube/kube_site.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>

namespace instanced::e2e {
namespace {

// "CreatedOnce" -> "createdonce": namespaces are DNS labels.
std::string SpaceName() {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  std::string name = test ? test->name() : "site";
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return std::isalnum(c) ? std::tolower(c) : '-'; });
  // A namespace that is gone may stay Terminating: nobody finishes it on this server.
  static int sites = 0;
  return name.substr(0, 40) + "-" + std::to_string(getpid()) + "-" + std::to_string(++sites);
}

RecordedObject RecordOf(const Json& item) {
  const Json& meta = item.at("metadata");
  RecordedObject object;
  object.key =
      item.value("kind", "") + "/" + meta.value("namespace", "") + "/" + meta.value("name", "");
  object.uid = meta.value("uid", "");
  object.deleting = meta.contains("deletionTimestamp");
  object.has_finalizer = !meta.value("finalizers", Json::array()).empty();
  object.spec = item.value("spec", Json::object());
  object.status = item.value("status", Json::object());
  return object;
}

void KillProcessOf(const std::filesystem::path& pid_file) {
  const pid_t pid = std::stoi(ReadText(pid_file));
  kill(pid, SIGKILL);
  EXPECT_EQ(WaitUntil([&] { return kill(pid, 0) != 0; }, 20), Waited::kReached);
}

void Start(const std::filesystem::path& program) {
  const auto home = TheApiServer().pid_file.parent_path();
  const auto ran =
      RunToEnd({program.string(), {}, {{"PATH", "/usr/bin:/bin"}}, home / "start.out", {}}, 250);
  EXPECT_EQ(ran.ending.exit_code, 0) << ran.output;
}

}  // namespace

ApiServer& TheApiServer() {
  static ApiServer server;
  return server;
}

void StopApiServer() { KillProcessOf(TheApiServer().pid_file); }

void StartApiServer() { Start(TheApiServer().start); }

void LoseEtcd() {
  const auto home = TheApiServer().pid_file.parent_path();
  StopApiServer();
  KillProcessOf(home / "etcd.pid");
  std::filesystem::remove_all(home / "etcd");
  Start(home / "start-etcd");
  StartApiServer();
  const auto kubectl = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"--kubeconfig", TheApiServer().kubeconfig.string(), "--cache-dir",
                                 (home / "kubectl").string()});
    const auto ran = RunToEnd(
        {TheApiServer().kubectl, words, {{"PATH", "/usr/bin:/bin"}}, home / "kubectl.out", {}}, 60);
    EXPECT_EQ(ran.ending.exit_code, 0) << ran.output;
  };
  kubectl({"apply", "--validate=false", "-f", TheApiServer().crds.string()});
  kubectl({"wait", "--for", "condition=established", "--timeout", "30s", "crd", "--all"});
}

void CompactEtcd() {
  const auto port = std::stoi(TheApiServer().etcd.substr(TheApiServer().etcd.rfind(':') + 1));
  const auto post = [&](const std::string& path, const Json& body) {
    const auto text = body.dump();
    const auto answer = cloudsim::SendRaw(
        static_cast<std::uint16_t>(port),
        "POST " + path + " HTTP/1.1\r\nHost: etcd\r\nConnection: close\r\nContent-Length: " +
            std::to_string(text.size()) + "\r\n\r\n" + text,
        5000);
    const auto begin = answer.bytes.find('{');
    return begin == std::string::npos ? Json() : Json::parse(answer.bytes.substr(begin));
  };
  const auto status = post("/v3/maintenance/status", Json::object());
  const auto revision = status.value("/header/revision"_json_pointer, "");
  ASSERT_FALSE(revision.empty()) << status;
  const auto compacted = post("/v3/kv/compaction", {{"revision", revision}, {"physical", true}});
  ASSERT_TRUE(compacted.contains("header")) << compacted;
}

KubeSite::KubeSite(KubeSiteOptions options)
    : Site(std::move(options.site)),
      scope_(options.scope),
      space_(SpaceName()),
      daemon_space_(space_ + "-system"),
      kubeconfig_(folder() / "kubeconfig") {
  SetElection(options.election);
  ReachApiServerAt("");
  Furnish();
  PlantForeign();
}

void KubeSite::Furnish() const {
  Must({"create", "namespace", space_});
  Must({"create", "namespace", daemon_space_});
  Apply(Here(ProviderConfigManifest("default", url(), AwsOne(), AlibabaOne())));
}

void KubeSite::PlantForeign() {
  std::set<std::string> planted;
  for (const char* service : {"connect", "scn", "ccc", "outboundbot"}) {
    const bool aws = planted.size() < 2;
    const auto id = clouds().CreateForeign(
        {{"service", service}, {"account", aws ? AwsOne().account : AlibabaOne().account}});
    ASSERT_TRUE(id) << id.error();
    planted.insert(*id);
  }
  for (const auto& instance : clouds().Instances()) {
    if (planted.contains(instance.value("id", ""))) foreign_.push_back(instance);
  }
  EXPECT_EQ(foreign_.size(), planted.size());
}

void KubeSite::CompareClouds() const {
  const auto instances = clouds().Instances();
  for (const auto& before : foreign_) {
    const auto now = std::ranges::find_if(
        instances, [&](const Json& instance) { return instance.value("id", "") == before["id"]; });
    const bool there = now != instances.end() && !now->contains("deleted_at");
    EXPECT_TRUE(there) << "deleted though it is somebody else's: " << before;
    if (!there) continue;
    EXPECT_EQ(now->at("contents"), before["contents"]) << "somebody else's";
  }
  const auto listed =
      Json::parse(Kubectl({"get", kKinds, "-A", "-o", "json"}).output, nullptr, false);
  ASSERT_TRUE(listed.is_object()) << "the API server does not answer";
  std::multiset<std::string> named;
  for (const auto& item : listed.value("items", Json::array())) {
    named.insert(item.value("/status/externalName"_json_pointer, ""));
  }
  std::vector<std::string> leaked;
  for (const auto& instance : OwnInstances()) {
    const std::string id = instance.value("id", "");
    EXPECT_LE(named.count(id), 1u) << id << " is two objects' instance";
    if (!named.contains(id)) leaked.push_back(instance.value("service", "") + " " + id);
  }
  EXPECT_EQ(leaked.size(), left_) << "instances that no object names: " << Json(leaked);
}

// Short leases, as long as the cloud calls of a test take.
void KubeSite::SetElection(KubeSiteOptions::Election election) {
  environment()["INSTANCED_LEADER_ELECT"] =
      election == KubeSiteOptions::Election::kAlone ? "no" : "yes";
  if (election == KubeSiteOptions::Election::kAlone) return;
  environment()["INSTANCED_LEASE_DURATION"] = "6s";
  environment()["INSTANCED_LEASE_RENEW_DEADLINE"] = "4s";
  environment()["INSTANCED_LEASE_RETRY"] = "1s";
  if (election == KubeSiteOptions::Election::kSharded) {
    environment()["INSTANCED_SHARDING"] = "domains";
  }
}

KubeSite::~KubeSite() {
  KillDaemon();
  if (!testing::Test::HasFailure()) CompareClouds();
  // Nobody is left who would take the finalizers off.
  for (const char* resources : {kKinds, "providerconfigs"}) {
    const auto listed =
        Json::parse(Kubectl({"get", resources, "-n", space_, "-o", "json"}).output, nullptr, false);
    if (!listed.is_object()) continue;
    // A kubectl for each of thousands takes longer than the server, which ends with the test,
    // lasts.
    if (listed.value("items", Json::array()).size() > 200) continue;
    for (const auto& item : listed.value("items", Json::array())) {
      Kubectl({"patch", NameOf(item), "-n", space_, "--type=merge", "-p",
               R"({"metadata":{"finalizers":null}})"});
    }
    Kubectl({"delete", resources, "--all", "-n", space_, "--timeout=20s"});
  }
  Kubectl({"delete", "namespace", space_, daemon_space_, "--wait=false"});
}

void KubeSite::ReachApiServerAt(const std::string& url, const std::filesystem::path& authority) {
  std::string text = ReadText(TheApiServer().kubeconfig);
  const auto put = [&](const std::string& before, const std::string& after) {
    const auto at = text.find(before);
    if (at != std::string::npos) text.replace(at, before.size(), after);
  };
  put("certificate-authority: ",
      "certificate-authority: " + TheApiServer().kubeconfig.parent_path().string() + "/");
  put("user: admin}", "user: admin, namespace: " + daemon_space_ + "}");
  if (!authority.empty()) {
    const auto begin = text.find("certificate-authority: ") + 23;
    text.replace(begin, text.find('}', begin) - begin, authority.string());
  }
  if (!url.empty()) {
    const auto begin = text.find("https://127.0.0.1:");
    text.replace(begin, text.find('"', begin) - begin, url);
  }
  std::ofstream(kubeconfig_) << text;
}

void KubeSite::UseAccount(const std::string& name_space, const std::string& token) {
  std::string text = ReadText(kubeconfig_);
  text.replace(text.find(daemon_space_), daemon_space_.size(), name_space);
  const auto begin = text.find("token: \"") + 8;
  text.replace(begin, text.find('"', begin) - begin, token);
  std::ofstream(kubeconfig_) << text;
}

void KubeSite::LiveInPod(const std::filesystem::path& account_folder) {
  const auto run = folder() / "run";
  const auto mounted = run / "secrets/kubernetes.io";
  std::filesystem::create_directories(mounted);
  std::filesystem::create_directory_symlink(account_folder, mounted / "serviceaccount");
  // /var/run is /run; the rest of the machine keeps its own.
  launcher() = {
      "/usr/bin/unshare", "--mount", "/bin/sh", "-c", "mount --bind \"$0\" /run && exec \"$@\"",
      run.string()};
  const auto port = TheApiServer().url.rfind(':');
  environment()["KUBERNETES_SERVICE_HOST"] = "127.0.0.1";
  environment()["KUBERNETES_SERVICE_PORT"] = TheApiServer().url.substr(port + 1);
  kubeconfig_.clear();
}

bool KubeSite::IsMountAllowed() {
  const auto tried = RunToEnd(
      {"/usr/bin/unshare",
       {"--mount", "/bin/sh", "-c", "mount --bind /tmp /run"},
       {},
       std::filesystem::temp_directory_path() / ("instanced-mount-" + std::to_string(getpid())),
       {}},
      10);
  return tried.ending.exit_code == 0;
}

std::string KubeSite::IssueToken(const std::string& name_space, const std::string& account,
                                 const Json& spec) const {
  if (Kubectl({"get", "serviceaccount", account, "-n", name_space}).ending.exit_code != 0) {
    Must({"create", "serviceaccount", account, "-n", name_space});
  }
  const auto request = folder() / "token-request.json";
  std::ofstream(request) << Json{
      {"apiVersion", "authentication.k8s.io/v1"}, {"kind", "TokenRequest"}, {"spec", spec}};
  const auto answer = Json::parse(
      Must({"create", "--raw",
            "/api/v1/namespaces/" + name_space + "/serviceaccounts/" + account + "/token", "-f",
            request.string()}),
      nullptr, false);
  EXPECT_TRUE(answer.is_object());
  return answer.is_object() ? answer.value("/status/token"_json_pointer, "") : "";
}

std::vector<std::string> KubeSite::Where() const {
  const bool own = scope_ == KubeSiteOptions::Scope::kOwnNamespace;
  std::vector<std::string> where{"--kubernetes", "--namespace", own ? space_ : "all"};
  if (!kubeconfig_.empty()) where.insert(where.end(), {"--kubeconfig", kubeconfig_.string()});
  return where;
}

Json KubeSite::Here(Json manifest) const {
  manifest["metadata"]["namespace"] = space_;
  return manifest;
}

std::vector<Json> KubeSite::HereAll(std::vector<Json> manifests) const {
  for (auto& manifest : manifests) manifest = Here(std::move(manifest));
  return manifests;
}

Ran KubeSite::Kubectl(std::vector<std::string> arguments, double seconds) const {
  arguments.insert(arguments.begin(), {"--kubeconfig", TheApiServer().kubeconfig.string(),
                                       "--cache-dir", (folder() / "kubectl-cache").string()});
  const std::map<std::string, std::string> environment{{"HOME", folder().string()},
                                                       {"PATH", "/usr/bin:/bin"}};
  return RunToEnd({TheApiServer().kubectl, arguments, environment, folder() / "kubectl", {}},
                  seconds);
}

std::string KubeSite::Must(std::vector<std::string> arguments, double seconds) const {
  const auto ran = Kubectl(arguments, seconds);
  std::string line;
  for (const auto& argument : arguments) line += argument + " ";
  EXPECT_EQ(ran.ending.exit_code, 0) << "kubectl " << line << "\n" << ran.output;
  return ran.output;
}

void KubeSite::Apply(const Json& manifest) const {
  const auto file = folder() / "applied.json";
  std::ofstream(file) << manifest.dump(2);
  Must({"apply", "-f", file.string()});
}

void KubeSite::ApplyAll(const std::vector<Json>& manifests) const {
  Apply(Json{{"apiVersion", "v1"}, {"kind", "List"}, {"items", manifests}});
}

std::string KubeSite::NameOf(const Json& manifest) {
  std::string kind = manifest.at("kind");
  std::ranges::transform(kind, kind.begin(), [](unsigned char c) { return std::tolower(c); });
  return kind + ".instanced.dev/" + manifest["metadata"].at("name").get<std::string>();
}

void KubeSite::Delete(const Json& manifest) const {
  Must({"delete", NameOf(manifest), "-n", manifest["metadata"].value("namespace", space_),
        "--wait=false"});
}

void KubeSite::DeleteAll(const std::vector<Json>& manifests) const {
  std::vector<std::string> arguments{"delete", "-n", space_, "--wait=false"};
  for (const auto& manifest : manifests) arguments.push_back(NameOf(manifest));
  Must(arguments);
}

void KubeSite::Annotate(const Json& manifest, const std::string& annotation) const {
  Must({"annotate", "--overwrite", NameOf(manifest), "-n", space_, annotation});
}

Json KubeSite::Get(const std::string& resource, const std::string& name) const {
  const auto ran = Kubectl({"get", resource, name, "-n", space_, "-o", "json"});
  if (ran.ending.exit_code != 0) return {};
  return Json::parse(ran.output, nullptr, false);
}

Json KubeSite::Get(const Json& manifest) const {
  const auto name = NameOf(manifest);
  return Get(name.substr(0, name.find('/')), name.substr(name.find('/') + 1));
}

std::vector<RecordedObject> KubeSite::Objects() const {
  std::vector<RecordedObject> objects;
  LetPass(0.15);  // asked in loops: a kubectl costs more than a look into a file
  const auto ran = Kubectl({"get", kKinds, "-n", space_, "-o", "json"});
  const auto list = Json::parse(ran.output, nullptr, false);
  if (!list.is_object()) return objects;
  for (const auto& item : list.value("items", Json::array())) objects.push_back(RecordOf(item));
  return objects;
}

}  // namespace instanced::e2e
