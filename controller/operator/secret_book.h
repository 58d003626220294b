// SecretBook: the Secrets that ProviderConfigs name, each watched by its name.
//
// Promises: no other Secret is ever asked for; one that is named no more is forgotten. A reader
// waits for the first look and is then answered from memory, which the watch keeps in step;
// `changed` is called when a Secret changes after that, appears or goes. While the API server does
// not answer, the last known content stays. No content ever reaches an error.
//
// Errors of ReadSecret: Auth (not there; not allowed), Transient, Validation (nobody names it).
// Threads: the loop's. Ownership: what Deps names outlives the book and its tasks.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/clock/clock.h"
#include "controller/informer/informer.h"
#include "controller/kube/kube_client.h"
#include "controller/provider/registry.h"
#include "controller/task/completion.h"

namespace instanced {

class SecretBook final : public SecretReader {
 public:
  // Namespace and name.
  using Name = std::pair<std::string, std::string>;
  using Data = std::map<std::string, std::string>;

  struct Deps {
    KubeClient& client;
    const Clock& clock;
    const ObjectCache& cache;
    std::function<void(Task<void>)> spawn;
    std::function<void(const Name&)> changed;
    std::function<void(const Name&, const Error&)> trouble;
  };
  explicit SecretBook(Deps deps) : deps_(std::move(deps)) {}

  Task<Result<Data>> ReadSecret(std::string namespace_, std::string name) override;
  // ProviderConfigs came, changed or went.
  void OnChange(const Change& change);
  // Ends every watch; for the end of the process.
  void Close();

 private:
  struct Watched {
    StopSource stop;
    bool known = false;        // looked at once
    std::optional<Data> data;  // nothing: it is not there
    std::optional<Error> failure;
    std::vector<Completion<bool>> waiters;
  };
  using WatchedPtr = std::shared_ptr<Watched>;

  bool IsNamed(const Name& name) const;
  Task<void> Follow(Name name, WatchedPtr watched);
  Task<Result<std::string>> Look(Name name, WatchedPtr watched);
  Task<Result<void>> Watch(Name name, WatchedPtr watched, std::string version);
  void Learn(const Name& name, Watched& watched, std::optional<Data> data);
  static Result<Data> AnswerOf(const Name& name, const Watched& watched);

  Deps deps_;
  std::map<Name, WatchedPtr> watched_;
};

}  // namespace instanced
