#include "tests/deploy/rendering.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "controller/source/manifest/yaml_node.h"
#include "tests/e2e/program.h"
#include "tests/fakes/temp_directory/temp_directory.h"

namespace instanced::deploy {
namespace {

const std::string kRoot = DEPLOY_ROOT;

// kubectl warns about old spellings on standard error, which would end up among the objects.
Said Ask(const std::string& program, std::vector<std::string> arguments) {
  TempDirectory folder;
  std::string command = "exec \"$0\" \"$@\" 2>\"" + folder.path() + "/errors" + "\"";
  arguments.insert(arguments.begin(), {"-c", command, program});
  const auto ran = e2e::RunToEnd({"/bin/sh",
                                  arguments,
                                  {{"PATH", "/usr/bin:/bin"}, {"HOME", folder.path()}},
                                  folder.path() + "/output",
                                  {}},
                                 60);
  if (ran.ending == e2e::Ending{0, 0}) return {true, ran.output};
  return {false, e2e::ReadText(folder.path() + "/errors")};
}

const Json* BoundRole(const Objects& objects, const Json& binding) {
  for (const auto& object : objects) {
    if (object.at("kind") != binding.at("roleRef").at("kind")) continue;
    if (object.at("metadata").at("name") != binding.at("roleRef").at("name")) continue;
    if (object.at("kind") == "ClusterRole" ||
        object.at("metadata").at("namespace") == binding.at("metadata").at("namespace")) {
      return &object;
    }
  }
  ADD_FAILURE() << "no role for " << binding.dump();
  return nullptr;
}

}  // namespace

bool Has(Engine engine) {
  return !std::string(engine == Engine::kOwn ? CHART_RENDERER : HELM_PROGRAM).empty();
}
bool HasKubectl() { return !std::string(KUBECTL_PROGRAM).empty(); }

Said RenderChart(Engine engine, const std::string& values, const std::string& name_space) {
  TempDirectory folder;
  const std::string file = folder.path() + "/values.yaml";
  std::ofstream(file) << values;
  return Ask(engine == Engine::kOwn ? CHART_RENDERER : HELM_PROGRAM,
             {"template", "instanced", kRoot + "/deploy/helm/instanced", "--namespace", name_space,
              "--include-crds", "--api-versions", "policy/v1", "-f", file});
}

Said Kustomize(const std::string& folder) {
  return Ask(KUBECTL_PROGRAM, {"kustomize", kRoot + "/deploy/kustomize/" + folder});
}

Objects ReadObjects(const std::string& text) {
  const auto file = ReadYaml("rendered", text, {});
  for (const auto& problem : file.problems) ADD_FAILURE() << ToString(problem);
  Objects objects;
  for (const auto& document : file.documents) objects.push_back(ToJson(document));
  return objects;
}

std::string RepositoryFile(const std::string& path) {
  std::ifstream file(kRoot + "/" + path);
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << "cannot read " << path;
  return text.str();
}

Objects OfKind(const Objects& objects, const std::string& kind) {
  Objects found;
  for (const auto& object : objects) {
    if (object.at("kind") == kind) found.push_back(object);
  }
  return found;
}

Json TheOnly(const Objects& objects, const std::string& kind) {
  const auto found = OfKind(objects, kind);
  EXPECT_EQ(found.size(), 1u) << kind;
  return found.size() == 1 ? found[0] : Json();
}

Json Container(const Objects& objects) {
  const Json deployment = TheOnly(objects, "Deployment");
  const Json containers = deployment.at("spec").at("template").at("spec").at("containers");
  EXPECT_EQ(containers.size(), 1u);
  EXPECT_EQ(containers.at(0).at("name"), "instanced");
  return containers.at(0);
}

std::vector<std::string> Arguments(const Objects& objects) {
  return Container(objects).at("args").get<std::vector<std::string>>();
}

std::string Argument(const Objects& objects, const std::string& name) {
  const std::string head = "--" + name + "=";
  std::string value;
  for (const auto& word : Arguments(objects)) {
    if (word.starts_with(head)) value = word.substr(head.size());
  }
  return value;
}

std::vector<Json> GrantedRules(const Objects& objects) {
  const Json deployment = TheOnly(objects, "Deployment");
  const Json account{
      {"kind", "ServiceAccount"},
      {"name", deployment.at("spec").at("template").at("spec").at("serviceAccountName")},
      {"namespace", deployment.at("metadata").at("namespace")}};
  std::vector<Json> granted;
  for (const auto* kind : {"RoleBinding", "ClusterRoleBinding"}) {
    for (const auto& binding : OfKind(objects, kind)) {
      EXPECT_EQ(binding.at("subjects"), Json::array({account})) << binding.dump();
      const Json* role = BoundRole(objects, binding);
      if (!role) continue;
      for (Json rule : role->at("rules")) {
        rule["where"] = binding.at("metadata").value("namespace", "*");
        granted.push_back(std::move(rule));
      }
    }
  }
  return granted;
}

}  // namespace instanced::deploy
