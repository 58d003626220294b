// states_table: writes docs/states.md from decide() itself, or says that it is no longer true.
#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "controller/reconcile/decide.h"
#include "tests/docs/held_page.h"

namespace instanced {
namespace {

using std::chrono::seconds;

const MonotonicTime kNow{std::chrono::hours(5)};

enum class Life { kLive, kDeleting };
enum class Record { kNothing, kOpenCreate, kBound, kReplacing, kUnreadable };

struct Named {
  std::string name;
  Observed observed;
};

struct Row {
  Life life;
  Record record;
  std::string seen;
  auto operator<=>(const Row&) const = default;
};
// One answer for each kind of instance, in the order of InstanceKinds().
using Answers = std::vector<std::string>;
using Table = std::map<Row, Answers>;

struct Variation {
  std::string name;
  std::function<void(InstanceObject&)> spec = [](InstanceObject&) {};
  std::function<void(Circumstances&)> facts = [](Circumstances&) {};
};

std::string TextOf(Life life) { return life == Life::kLive ? "live" : "deleting"; }
std::string TextOf(Record record) {
  switch (record) {
    case Record::kNothing:
      return "nothing";
    case Record::kOpenCreate:
      return "open create";
    case Record::kBound:
      return "bound";
    case Record::kReplacing:
      return "bound, being replaced";
    case Record::kUnreadable:
      return "unreadable intent";
  }
  std::unreachable();
}

Present PresentAs(Lifecycle lifecycle, MarkMatch match, std::vector<FieldDiff> diffs = {}) {
  Present present;
  present.observation.external_name = "i-1";
  present.observation.lifecycle = lifecycle;
  present.match = match;
  present.diffs = std::move(diffs);
  return present;
}

LookedUp Listed(MarkMatch match, Candidate::NaturalKey key, int absent_reads) {
  LookedUp looked_up;
  Candidate candidate;
  candidate.external_name = "i-1";
  candidate.match = match;
  candidate.lifecycle = Lifecycle::kReady;
  candidate.natural_key = key;
  looked_up.candidates = {candidate};
  looked_up.absent_reads = absent_reads;
  looked_up.recheck_at = kNow + seconds(9);
  return looked_up;
}

std::vector<Named> ById() {
  Error error;
  error.error_class = ErrorClass::kTransient;
  std::vector<Named> all{{"nothing yet", NotObserved{}},
                         {"the read failed", ObserveFailed{error}},
                         {"not found, once", Absent{1, kNow + seconds(9)}},
                         {"not found, twice", Absent{2, kNow + seconds(9)}}};
  const std::map<Lifecycle, std::string> cycles{
      {Lifecycle::kCreating, "creating"},          {Lifecycle::kReady, "ready, as declared"},
      {Lifecycle::kDeleting, "deleting"},          {Lifecycle::kGone, "reported gone"},
      {Lifecycle::kCreateFailed, "failed create"}, {Lifecycle::kUnknown, "in an unknown state"}};
  for (const auto& [cycle, name] : cycles) {
    all.push_back({name, PresentAs(cycle, MarkMatch::kOurs)});
  }
  const FieldDiff repairable{"f", "", 1, 2, Mutability::kMutable, "Update"};
  const FieldDiff fixed{"f", "", 1, 2, Mutability::kImmutable, ""};
  all.push_back({"ready, differs", PresentAs(Lifecycle::kReady, MarkMatch::kOurs, {repairable})});
  all.push_back({"ready, differs where nothing can",
                 PresentAs(Lifecycle::kReady, MarkMatch::kOurs, {fixed})});
  all.push_back({"ready, another's mark", PresentAs(Lifecycle::kReady, MarkMatch::kForeign)});
  return all;
}

std::vector<Named> ByList() {
  using Key = Candidate::NaturalKey;
  Error error;
  error.error_class = ErrorClass::kTransient;
  return {{"nothing yet", NotObserved{}},
          {"the list failed", ObserveFailed{error}},
          {"a list without it", LookedUp{{}, 1, kNow + seconds(9)}},
          {"two lists without it", LookedUp{{}, 2, kNow + seconds(9)}},
          {"one with our mark", Listed(MarkMatch::kOurs, Key::kDiffers, 0)},
          {"one of an earlier life", Listed(MarkMatch::kOursOtherUid, Key::kDiffers, 0)},
          {"our name, no mark", Listed(MarkMatch::kNone, Key::kEqual, 2)},
          {"our name, another's mark", Listed(MarkMatch::kForeign, Key::kEqual, 2)}};
}

InstanceObject ObjectFor(Kind kind, Life life, Record record) {
  InstanceObject object;
  object.meta.key = {kind, "default", "one"};
  object.meta.uid = "uid";
  object.meta.finalizers = {std::string(kFinalizerName)};
  if (life == Life::kDeleting) object.meta.deletion_timestamp = "2026-01-01T00:00:00Z";
  object.spec.for_provider = R"({"instanceName":"n","instanceAlias":"n","domainName":"n"})";
  const bool bound = record == Record::kBound || record == Record::kReplacing;
  if (bound) object.status.external_name = "i-1";
  if (record == Record::kOpenCreate || record == Record::kReplacing) {
    object.status.intent.emplace();
    object.status.intent->operation =
        record == Record::kReplacing ? kReplaceOperation : kCreateOperation;
  }
  object.intent_unreadable = record == Record::kUnreadable;
  return object;
}

std::string AnswerTo(const InstanceObject& object, const Observed& seen,
                     const Circumstances& facts) {
  const auto decision = Decide(object, seen, facts, kNow);
  std::string text(NameOf(decision));
  if (const auto* hold = std::get_if<Hold>(&decision)) {
    text += fmt::format(" ({})", ToString(hold->reason));
  } else if (const auto* wait = std::get_if<Wait>(&decision)) {
    text += fmt::format(" ({})", ToString(wait->reason));
  } else if (const auto* create = std::get_if<Create>(&decision)) {
    text += create->attempt_kind == CreateTry::kReplay ? " again" : "";
  }
  return text;
}

Table TableOf(const Variation& variation) {
  Table table;
  for (const Life life : {Life::kLive, Life::kDeleting}) {
    for (int record = 0; record <= static_cast<int>(Record::kUnreadable); ++record) {
      const auto recorded = static_cast<Record>(record);
      const bool known = recorded == Record::kBound || recorded == Record::kReplacing;
      for (const auto& [name, seen] : known ? ById() : ByList()) {
        auto& answers = table[{life, recorded, name}];
        for (const Kind kind : InstanceKinds()) {
          auto object = ObjectFor(kind, life, recorded);
          variation.spec(object);
          Circumstances facts;
          if (recorded == Record::kOpenCreate) {
            const bool token = TraitsOf(kind).create_guard == CreateGuard::kToken;
            facts.doubt = Doubt{token ? Replay::kOpen : Replay::kClosed, kNow - seconds(9)};
          }
          variation.facts(facts);
          answers.push_back(AnswerTo(object, seen, facts));
        }
      }
    }
  }
  return table;
}

std::vector<Variation> Policies() {
  return {
      {"deletionPolicy: Retain",
       [](InstanceObject& o) { o.spec.deletion_policy = DeletionPolicy::kRetain; }},
      {"preventDestroy: true",
       [](InstanceObject& o) { o.spec.prevent_destroy = PreventDestroy::kYes; }},
      {"onMissing: Recreate", [](InstanceObject& o) { o.spec.on_missing = OnMissing::kRecreate; }},
      {"onCreateFailed: Recreate",
       [](InstanceObject& o) { o.spec.on_create_failed = OnCreateFailed::kRecreate; }},
      {"replacePolicy: Recreate",
       [](InstanceObject& o) { o.spec.replace_policy = ReplacePolicy::kRecreate; }},
      {"adoptionPolicy: ByNaturalKey",
       [](InstanceObject& o) { o.spec.adoption_policy = AdoptionPolicy::kByNaturalKey; }},
      {"adoptionPolicy: Never",
       [](InstanceObject& o) { o.spec.adoption_policy = AdoptionPolicy::kNever; }},
      {"managementPolicies: [Observe]",
       [](InstanceObject& o) { o.spec.management_policies = ManagementPolicies(1); }}};
}

std::vector<Variation> Situations() {
  const auto none = [](InstanceObject&) {};
  Error error;
  error.error_class = ErrorClass::kQuota;
  return {{"paused by annotation", none, [](Circumstances& f) { f.pause = Pause::kPaused; }},
          {"another object holds the claim", none,
           [](Circumstances& f) {
             f.claim = ClaimHeld{{Kind::kConnectInstance, "default", "two"}, "instance i-1"};
           }},
          {"a brake holds it", none, [](Circumstances& f) { f.brake = BrakeHeld{"b1", "held"}; }},
          {"a brake was released", none, [](Circumstances& f) { f.brake = BrakeReleased{}; }},
          {"churn is used up", none, [](Circumstances& f) { f.churn = ChurnClosed{"used up"}; }},
          {"the credential is another account's", none,
           [](Circumstances& f) { f.identity = AccountMismatch{"1", "2"}; }},
          {"nobody says whose credential it is", none,
           [error](Circumstances& f) { f.identity = AccountUnverified{error}; }},
          {"the last change failed a moment ago", none,
           [error](Circumstances& f) { f.cooldown = Cooldown{error, kNow + seconds(9)}; }},
          {"the lease has less left than a call takes", none,
           [](Circumstances& f) { f.lease_left = seconds(5); }},
          {"the deletion that begins a replacement was not sent, or refused", none,
           [](Circumstances& f) { f.replacement = Replacement::kNotBegun; }},
          {"bound a moment ago", none, [](Circumstances& f) { f.binding = Binding::kFresh; }}};
}

// "Hold (Missing)", or each kind's own answer where they differ.
std::string Shown(const Answers& answers) {
  if (std::set(answers.begin(), answers.end()).size() == 1) return answers.front();
  std::map<std::string, std::string> kinds;
  std::size_t i = 0;
  for (const Kind kind : InstanceKinds()) {
    auto& names = kinds[answers[i++]];
    names += (names.empty() ? "" : ", ") + std::string(TraitsOf(kind).service);
  }
  std::string text;
  for (const auto& [answer, names] : kinds) {
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", names, answer);
  }
  return text;
}

std::string Rows(const Table& table, const Table* usual) {
  std::string text;
  for (const auto& [row, answers] : table) {
    if (usual && usual->at(row) == answers) continue;
    text += fmt::format("| {} | {} | {} | {} |\n", TextOf(row.life), TextOf(row.record), row.seen,
                        Shown(answers));
  }
  return text;
}

constexpr const char* kHead = "| object | recorded | seen | decision |\n|---|---|---|---|\n";

std::string Document() {
  const auto usual = TableOf(Variation{""});
  std::string text =
      "# What is decided\n\n"
      "Written by `build/bin/states_table --write docs/states.md` from `decide()` itself; the "
      "test\n"
      "`states_table` holds the two equal. Where the kinds of instances differ, each is named.\n\n"
      "The object has its finalizer, default policies, and nothing stands in the way. \"Seen\" is\n"
      "what this pass has read so far: by the known id, or by a complete list when there is "
      "none.\n\n";
  text += kHead + Rows(usual, nullptr);
  const auto section = [&](const std::string& title, const std::vector<Variation>& variations) {
    text += "\n## " + title + "\n\nOnly what is decided otherwise than above.\n";
    for (const auto& variation : variations) {
      const auto rows = Rows(TableOf(variation), &usual);
      text += "\n### " + variation.name + "\n\n" + (rows.empty() ? "Nothing.\n" : kHead + rows);
    }
  };
  section("Policies", Policies());
  section("What may stand in the way", Situations());
  return text;
}

}  // namespace
}  // namespace instanced

int main(int argc, char** argv) {
  return instanced::docs::HoldPage(argc, argv, "decide()", instanced::Document());
}
