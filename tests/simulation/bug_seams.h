// The seams with a bug in them; bugs.cc puts them together. Nobody else includes it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/lease/lease_elector.h"
#include "tests/simulation/bugs.h"

namespace instanced {

class BugWriter final : public ObjectWriter {
 public:
  BugWriter(const Bugs& bugs, const BugSeams& seams)
      : bugs_(bugs), store_(seams.store), clock_(seams.clock), objects_(seams.objects) {}
  Task<Result<std::string>> WriteStatus(WriteTarget target, InstanceStatus status) override;
  Task<Result<std::string>> WriteFinalizers(WriteTarget target,
                                            std::vector<std::string> finalizers) override;
  Task<Result<std::string>> WriteAnnotations(WriteTarget target, StringPairs annotations) override;

 private:
  WriteTarget Aimed(WriteTarget target) const;

  const Bugs& bugs_;
  ObjectWriter& store_;
  const Clock& clock_;
  const SimHome& objects_;
};

class BugLedger final : public Ledger {
 public:
  BugLedger(const Bugs& bugs, Ledger& inner, const SimHome& objects)
      : bugs_(bugs), inner_(inner), objects_(objects) {}
  void Append(HistoryEntry entry) override;
  Task<Result<void>> RecordChurn(ChurnEntry entry) override {
    return inner_.RecordChurn(std::move(entry));
  }
  Task<Result<void>> WithdrawChurn(std::string account, std::string identity) override {
    return inner_.WithdrawChurn(std::move(account), std::move(identity));
  }
  Task<Result<std::vector<ChurnEntry>>> LoadChurn(WallTime since) override {
    return inner_.LoadChurn(since);
  }
  Task<Result<void>> SaveDocument(LedgerDocument document) override {
    return inner_.SaveDocument(std::move(document));
  }
  Task<Result<std::vector<LedgerDocument>>> LoadDocuments() override {
    return inner_.LoadDocuments();
  }

 private:
  const Bugs& bugs_;
  Ledger& inner_;
  const SimHome& objects_;
};

class BugProvider final : public InstanceProvider {
 public:
  BugProvider(const Bugs& bugs, const BugSeams& seams, std::shared_ptr<InstanceProvider> inner)
      : bugs_(bugs), seams_(seams), inner_(std::move(inner)) {}
  Result<std::string> EncodeCreate(const CreateInput& input) const override;
  Task<Result<Created>> Create(CallContext context, std::string request) override;
  Task<Result<Observation>> Observe(CallContext context, std::string external_name) override;
  Task<Result<void>> Update(CallContext context, UpdateInput input) override;
  Task<Result<void>> Delete(CallContext context, std::string external_name,
                            std::string token) override;
  Task<Result<ListPage>> List(CallContext context, std::string page) override;

 private:
  void Claim(Observation& seen) const;
  Task<void> CreateUnheard(CallContext context, std::string request);

  const Bugs& bugs_;
  const BugSeams& seams_;
  std::shared_ptr<InstanceProvider> inner_;
  mutable std::optional<Mark> last_mark_;
  int tries_ = 0;
};

class BugRegistry final : public ProviderRegistry {
 public:
  BugRegistry(const Bugs& bugs, const BugSeams& seams)
      : bugs_(bugs), seams_(seams), cloud_(seams.cloud) {}
  Task<Result<Connection>> Connect(CallContext context, Kind kind,
                                   ProviderConfigPtr config) override;

 private:
  const Bugs& bugs_;
  const BugSeams& seams_;
  ProviderRegistry& cloud_;
  std::map<std::pair<Kind, Domain>, std::shared_ptr<BugProvider>> providers_;
};

class BugGuards final : public Guards {
 public:
  BugGuards(const Bugs& bugs, Guards& inner) : bugs_(bugs), inner_(inner) {}
  Slot ReserveCalls(const Domain& domain, std::span<const std::string_view> operations,
                    const ObjectKey& key, Priority priority) override {
    return inner_.ReserveCalls(domain, operations, key, priority);
  }
  void PassOver(const ObjectKey& key) override { inner_.PassOver(key); }
  ChurnVerdict AskChurn(const Domain& domain, const std::string& identity,
                        ChurnPurpose purpose) const override;
  Task<Result<void>> RecordChurn(Domain domain, std::string identity) override;
  Task<void> WithdrawChurn(Domain domain, std::string identity) override {
    return inner_.WithdrawChurn(std::move(domain), std::move(identity));
  }
  void ChurnAnswered(const Domain& domain, ChurnPurpose purpose,
                     const Result<void>& answer) override {
    inner_.ChurnAnswered(domain, purpose, answer);
  }
  BrakeFact AskBrake(const InstanceObject& object) override;
  BrakeFact BrakeOn(const ObjectKey& key) const override { return inner_.BrakeOn(key); }
  BrakeFact HoldObject(BrakeCause cause, const InstanceObject& object) override {
    return inner_.HoldObject(cause, object);
  }
  void HoldOver(BrakeCause cause, const ObjectKey& key) override { inner_.HoldOver(cause, key); }
  void PersonAsked(const ObjectKey& key) override { inner_.PersonAsked(key); }
  void ObjectDeleted(const ObjectKey& key) override { inner_.ObjectDeleted(key); }
  void DeletionWithdrawn(const ObjectKey& key) override { inner_.DeletionWithdrawn(key); }

 private:
  const Bugs& bugs_;
  Guards& inner_;
};

class BugFence final : public Fence {
 public:
  BugFence(const Bugs& bugs, Fence& inner) : bugs_(bugs), inner_(inner) {}
  Scope scope() const override;
  const std::string& holder() const override;
  Tenure TenureOf(const Domain* domain) const override;
  void PassBegan(const Domain* domain) override;
  void PassEnded(const Domain* domain) override;

 private:
  const Bugs& bugs_;
  Fence& inner_;
  const std::string everybody_ = "everybody";
  int passes_ = 0;
};

class BugLeaseStore final : public LeaseStore {
 public:
  BugLeaseStore(const Bugs& bugs, MemoryLeaseStore& inner, const Clock& clock)
      : bugs_(bugs), inner_(inner), clock_(clock) {}
  Task<Result<LeaseList>> List(StopToken stop) override;
  Task<Result<LeaseRecord>> Write(LeaseRecord lease, StopToken stop) override;
  Task<Result<void>> Remove(LeaseRecord lease, StopToken stop) override;
  Task<Result<void>> Watch(std::string resource_version, LeaseSink sink, StopToken stop) override;

 private:
  const Bugs& bugs_;
  MemoryLeaseStore& inner_;
  const Clock& clock_;
  std::optional<LeaseList> old_;
  MonotonicTime old_at_;
};

}  // namespace instanced
