// TestPlugin: a provider plugin for tests: boxes with a name, a size and a note.
//
// Without a defect it keeps every rule of provider.proto. With one it breaks exactly one rule, so
// that the conformance program, and the daemon's walls, can be tested. It counts what happened.
// Threads: gRPC's own; the counters are safe from any.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace instanced::test_plugin {

enum class Defect {
  kNone,
  kHandshakeVersion,
  kHandshakeChanges,
  kSchemaKeyword,
  kSchemaLies,
  kExampleWrong,
  kTokenIgnored,
  kTokenRace,
  kMarkLost,
  kInvalidAccepted,
  kObserveWrites,
  kObserveOtherId,
  kUnknownIsTransient,
  kUpdateIgnored,
  kUpdateResetsRest,
  kUpdateOnce,
  kUpdateMakes,
  kDeleteIgnored,
  kDeleteOfGoneFails,
  kListWithoutEnd,
  kListLoses,
  kListRepeats,
  kListStale,
  kBareErrors,
  kDeadlineStuck,
  kOneCallOnly,
  kGarbage,       // every answer of Observe is broken
  kHangs,         // nothing is answered but the handshake
  kHangsAtAll,    // not even that
  kDoneNoAnswer,  // a create is carried out, and the process ends before it answers
  kLast,
};
// "token-ignored"; nothing for an unknown word.
std::string NameOf(Defect defect);
std::optional<Defect> DefectNamed(const std::string& name);

struct TestPluginOptions {
  std::string address = "unix:/tmp/none";
  std::string state_file;  // empty: in memory
  std::string scope = "test-scope";
  Defect defect = Defect::kNone;
  std::chrono::milliseconds create_takes{0};  // between the effect and the answer
  int calls_max = 0;
  std::string ca, certificate, key;  // PEM texts; set: mTLS
};

class TestPlugin {
 public:
  explicit TestPlugin(TestPluginOptions options);
  ~TestPlugin();

  bool listening() const;
  int port() const;  // of a TCP address
  void SetDefect(Defect defect);
  void Wait();  // until Stop
  void Stop();

  int creates() const;  // effects, not calls
  int calls() const;
  int most_at_once() const;
  std::size_t size() const;
  // Somebody else's hand: changes a field, or removes the instance (null).
  void Meddle(const std::string& name, const nlohmann::json& fields);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace instanced::test_plugin
