// The part of StandardGuards that replicas of a divided installation need.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "api/kinds/kind_traits.h"
#include "controller/reconcile/deletion_reach.h"
#include "controller/reconcile/standard_guards.h"

namespace instanced {
namespace {

// Where its instance is, by its own record.
std::optional<Domain> BoundDomain(Kind kind, const std::string& bound) {
  const auto slash = bound.find('/');
  if (slash == std::string::npos) return std::nullopt;
  return Domain{std::string(TraitsOf(kind).service), bound.substr(0, slash),
                bound.substr(slash + 1)};
}

std::string ShareOf(const LedgerShares& shares, Kind kind, const std::string& bound) {
  const auto domain = BoundDomain(kind, bound);
  return shares.ShareOf(domain ? &*domain : nullptr);
}

}  // namespace

std::vector<std::string> StandardGuards::Shares() const {
  return deps_.shares ? deps_.shares->Held() : std::vector<std::string>{""};
}

const std::string& StandardGuards::NoteShare(const InstanceObject& object) {
  static const std::string kAll;
  if (!deps_.shares) return kAll;
  return share_of_[object.meta.key] =
             ShareOf(*deps_.shares, object.meta.key.kind, object.status.bound_domain);
}

BrakeBook::Part StandardGuards::PartOf(const std::string& share) const {
  if (!deps_.shares) return {};
  return [this, share](const ObjectKey& key) {
    const auto found = share_of_.find(key);
    return (found == share_of_.end() ? std::string() : found->second) == share;
  };
}

// A batch that is divided among replicas is one batch all the same.
BrakeBook::Elsewhere StandardGuards::DeletionsElsewhere(Kind kind) const {
  const auto held = Shares();
  const auto recently =
      deps_.clock.WallNow() -
      std::chrono::duration_cast<std::chrono::milliseconds>(deps_.brakes.options().window);
  BrakeBook::Elsewhere elsewhere;
  deps_.cache.ForEachInstance([&](const InstanceView& object) {
    if (object.meta.key.kind != kind || object.status.external_name.empty()) return;
    if (!DeletionReachesCloud(object)) return;
    const auto share = ShareOf(*deps_.shares, kind, object.status.bound_domain.ToString());
    if (std::ranges::find(held, share) != held.end()) return;
    ++elsewhere.leaving;
    const auto since = ParseRfc3339(object.meta.deletion_timestamp->ToString());
    if (!since || *since >= recently) ++elsewhere.recent;
  });
  return elsewhere;
}

void StandardGuards::SaveMarks(const Domain& domain) {
  if (!deps_.shares) {
    deps_.spawn(Save({std::string(kChurnDocument), deps_.churn.ExportMarks().dump()}));
    return;
  }
  const auto account = ChurnAccount(domain);
  const auto marks =
      deps_.churn.ExportMarks([&](const std::string& other) { return other == account; });
  deps_.spawn(Save({ShareName(kChurnDocument, deps_.shares->ShareOf(&domain)), marks.dump()}));
}

void StandardGuards::TakeShare(const std::string& share,
                               const std::vector<LedgerDocument>& documents) {
  const bool divided = deps_.shares != nullptr;
  for (const auto& document : documents) {
    const auto json = nlohmann::json::parse(document.json, nullptr, false);
    if (json.is_discarded()) continue;
    if (document.name == ShareName(kChurnDocument, share)) deps_.churn.ImportMarks(json);
    if (document.name == ShareName(kRatesDocument, share)) {
      deps_.budget.ImportRates(json, deps_.clock.Now());
    }
    if (document.name != ShareName(kBrakesDocument, share)) continue;
    BrakeBook::Part part;
    if (divided) {
      BrakeBook theirs;
      theirs.Import(json, Moment());
      for (const auto& key : theirs.Keys()) share_of_[key] = share;
      part = PartOf(share);
    }
    deps_.brakes.Import(json, Moment(), part);
  }
}

void StandardGuards::LetShareGo(const std::string& share) {
  if (!deps_.shares) return;
  if (saving_ == Saving::kRestsAndIsAsked) SaveBrakes(share);
  deps_.brakes.Import(nlohmann::json::object(), Moment(), PartOf(share));
  std::erase_if(share_of_, [&](const auto& entry) { return entry.second == share; });
  saved_brakes_.erase(share);
}

std::vector<LedgerDocument> StandardGuards::LearnedRates() const {
  if (!deps_.shares) return {{std::string(kRatesDocument), deps_.budget.ExportRates().dump()}};
  std::vector<LedgerDocument> documents;
  for (const auto& share : Shares()) {
    const auto rates = deps_.budget.ExportRates(
        [&](const Domain& domain) { return deps_.shares->ShareOf(&domain) == share; });
    documents.push_back({ShareName(kRatesDocument, share), rates.dump()});
  }
  return documents;
}

}  // namespace instanced
