// What the chart and the kustomizations turn into, as objects.
//
// The chart goes through a real Helm where one was found by CMake, else through render_chart; a
// kustomization through kubectl. Runs programs; no state, any thread.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace instanced::deploy {

using Json = nlohmann::json;
using Objects = std::vector<Json>;

// What a program said, and whether it ended with 0.
struct Said {
  bool good = false;
  std::string text;
};

enum class Engine { kOwn, kHelm };
bool Has(Engine engine);
bool HasKubectl();

// `helm template instanced deploy/helm/instanced` with `values` (YAML) over the chart's own.
Said RenderChart(Engine engine, const std::string& values, const std::string& name_space);
// `kubectl kustomize deploy/kustomize/FOLDER`.
Said Kustomize(const std::string& folder);

// The documents of a YAML text; a test failure when it cannot be read.
Objects ReadObjects(const std::string& text);
// A file of the repository.
std::string RepositoryFile(const std::string& path);

// The objects of a kind, in their order.
Objects OfKind(const Objects& objects, const std::string& kind);
// The only object of a kind; a test failure and null when there is not exactly one.
Json TheOnly(const Objects& objects, const std::string& kind);
// The container `instanced` of the only Deployment.
Json Container(const Objects& objects);
// Its arguments; `Argument` the value of `--name=value`, empty without one.
std::vector<std::string> Arguments(const Objects& objects);
std::string Argument(const Objects& objects, const std::string& name);
// The rules that the service account of the Deployment gets, each with where it holds: a namespace,
// or "*".
std::vector<Json> GrantedRules(const Objects& objects);

}  // namespace instanced::deploy
