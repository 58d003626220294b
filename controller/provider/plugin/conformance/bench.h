// Bench: a plugin under test, and what the checks do with it.
//
// Every instance made here is remembered and deleted by CleanUp. Answers are decoded without the
// plugin's own schema, so that one broken rule fails its own check and not all.
// Threads: the loop's. Ownership: the transport outlives it; it outlives every check.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "controller/clock/clock.h"
#include "controller/provider/plugin/plugin_codec.h"
#include "controller/provider/plugin/rpc.h"
#include "controller/task/task.h"

namespace instanced::plugin {

struct BenchOptions {
  Duration call_limit = std::chrono::seconds(10);
  Duration ready_limit = std::chrono::seconds(60);
  std::vector<nlohmann::json> examples;  // instead of the schema's own
};

// Which of the two examples of the schema.
enum class Example { kFirst, kSecond };

class Bench {
 public:
  Bench(RpcTransport& transport, const Clock& clock, Random& random, BenchOptions options);

  Task<RpcAnswer> Call(Verb verb, std::string request);
  Task<RpcAnswer> CallWithin(Verb verb, std::string request, Duration limit);

  // Set by the checks of handshake and schema, which run first.
  void SetGreeting(Greeting greeting) { greeting_ = std::move(greeting); }
  void SetSchema(std::shared_ptr<const PluginSchema> schema) { schema_ = std::move(schema); }
  const Greeting& greeting() const { return greeting_; }
  const PluginSchema* schema() const { return schema_.get(); }
  const PluginSchema& open_schema() const { return *open_schema_; }
  const BenchOptions& options() const { return options_; }

  const std::vector<nlohmann::json>& examples() const;
  // With `word` in the place of "{unique}".
  nlohmann::json Parameters(Example example, const std::string& word) const;

  std::string NewWord();
  CreateInput NewInput(nlohmann::json parameters);
  static std::string RequestOf(const CreateInput& input);

  Task<Result<std::string>> Create(CreateInput input);
  Task<Result<Observation>> Observe(std::string name);
  // Creates and waits until it is no longer being created.
  Task<Result<Observation>> Make(CreateInput input);
  Task<Result<void>> Update(std::string name, nlohmann::json parameters,
                            std::vector<std::string> changed, Mark mark);
  Task<Result<void>> Delete(std::string name);
  Task<Result<std::vector<Observation>>> ListAll(int page_size);
  // How many instances bear this mark, by a complete list.
  Task<Result<int>> CountMarked(Mark mark);
  Task<void> Pause(Duration span);

  // Deletes what is left; names what could not be deleted.
  Task<std::vector<std::string>> CleanUp();

 private:
  RpcTransport& transport_;
  const Clock& clock_;
  Random& random_;
  const BenchOptions options_;
  Greeting greeting_;
  std::shared_ptr<const PluginSchema> schema_;
  std::shared_ptr<const PluginSchema> open_schema_;
  std::set<std::string> made_;
};

}  // namespace instanced::plugin
