// StandardGuards: Guards over the Budget, the ChurnLedger and the BrakeBook of one process.
//
// Decides nothing by itself but two things: an approve or release annotation that names the brake
// of its object speaks to the BrakeBook, and a 402 marks an account's churn as used up when it
// answers a deletion, or a creation after half of the quota was seen spent (otherwise it is the
// quota of instances). Changed brakes and marks are saved beside the passes.
//
// Threads: the loop's. Ownership: everything given outlives it.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "controller/budget/brake_book.h"
#include "controller/budget/budget.h"
#include "controller/budget/churn_ledger.h"
#include "controller/informer/object_cache.h"
#include "controller/lease/ledger_shares.h"
#include "controller/reconcile/guards.h"

namespace instanced {

inline constexpr std::string_view kBrakesDocument = "brakes";
inline constexpr std::string_view kChurnDocument = "churn-marks";
inline constexpr std::string_view kRatesDocument = "learned-rates";

class StandardGuards final : public Guards {
 public:
  struct Deps {
    const Clock& clock;
    Budget& budget;
    ChurnLedger& churn;
    BrakeBook& brakes;
    Ledger& ledger;
    const ObjectCache& cache;
    std::function<void(Task<void>)> spawn;
    // For people: an annotation that names no brake of its object.
    std::function<void(const ObjectKey&, const std::string&)> warn;
    // An annotation answered a brake that held this object too.
    std::function<void(const ObjectKey&)> wake = nullptr;
    // Whether everything is known that a brake on this deletion needs; else when to ask again. May
    // be absent.
    std::function<std::optional<MonotonicTime>(const InstanceObject&)> judge_after = nullptr;
    // Where replicas divide the work: which part is remembered here. Null: all of it.
    const LedgerShares* shares = nullptr;
  };
  explicit StandardGuards(Deps deps) : deps_(std::move(deps)) {}

  Slot ReserveCalls(const Domain& domain, std::span<const std::string_view> operations,
                    const ObjectKey& key, Priority priority) override;
  void PassOver(const ObjectKey& key) override;
  ChurnVerdict AskChurn(const Domain& domain, const std::string& identity,
                        ChurnPurpose purpose) const override;
  Task<Result<void>> RecordChurn(Domain domain, std::string identity) override;
  Task<void> WithdrawChurn(Domain domain, std::string identity) override;
  void ChurnAnswered(const Domain& domain, ChurnPurpose purpose,
                     const Result<void>& answer) override;
  BrakeFact AskBrake(const InstanceObject& object) override;
  BrakeFact BrakeOn(const ObjectKey& key) const override;
  BrakeFact HoldObject(BrakeCause cause, const InstanceObject& object) override;
  void HoldOver(BrakeCause cause, const ObjectKey& key) override;
  void PersonAsked(const ObjectKey& key) override;
  void ObjectDeleted(const ObjectKey& key) override;
  void DeletionWithdrawn(const ObjectKey& key) override;
  // After an approval, a release or a raised brake from outside.
  void BrakesChanged();
  // What the last holder of a part left; before anything is asked about it.
  void TakeShare(const std::string& share, const std::vector<LedgerDocument>& documents);
  // The part is another replica's from here on.
  void LetShareGo(const std::string& share);
  // Rates learned in the parts held, to be saved on the way out.
  std::vector<LedgerDocument> LearnedRates() const;

 private:
  enum class Probe { kUnderWay, kUnspent };  // unspent: it failed without the account's answer
  struct Population {
    MonotonicTime counted;
    int with_instance = 0;
  };
  Instant Moment() const { return {deps_.clock.Now(), deps_.clock.WallNow()}; }
  // The one call an exhausted account may get today has not told anything yet.
  bool IsProbeDue(const Domain& domain) const;
  void CountPopulation(Kind kind);
  bool Obey(const InstanceObject& object, const std::string& brake_id);
  std::vector<std::string> Shares() const;
  const std::string& NoteShare(const InstanceObject& object);
  BrakeBook::Part PartOf(const std::string& share) const;
  BrakeBook::Elsewhere DeletionsElsewhere(Kind kind) const;
  void SaveMarks(const Domain& domain);
  Task<void> Save(LedgerDocument document);
  void SaveBrakes(const std::string& share);
  // Takes the longer the more there is to save; what changes meanwhile is saved at its end.
  Task<void> RestAfterSaving(Duration pause);

  Deps deps_;
  std::map<Domain, Probe> probes_;
  std::map<Kind, Population> populations_;
  std::map<ObjectKey, std::string> warned_;
  std::map<ObjectKey, BrakeFact> answered_;          // the last answer of AskBrake, to see a change
  std::map<std::string, std::string> saved_brakes_;  // by share
  enum class Saving { kAtOnce, kRests, kRestsAndIsAsked };
  Saving saving_ = Saving::kAtOnce;
  std::map<ObjectKey, std::string> share_of_;  // of what brakes were asked about
};

}  // namespace instanced
