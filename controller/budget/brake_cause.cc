#include "controller/budget/brake_cause.h"

#include <array>
#include <utility>

namespace instanced {
namespace {

struct Row {
  BrakeCause cause;
  std::string_view word;
  std::string_view sentence;
};

constexpr std::array<Row, 8> kCauses{{
    {BrakeCause::kMassDeletion, "MassDeletion",
     "too many, or all, objects of this kind would be deleted within a short time"},
    {BrakeCause::kManifestsVanished, "ManifestsVanished", "the manifest directory has vanished"},
    {BrakeCause::kManifestsUnreadable, "ManifestsUnreadable",
     "the manifest directory cannot be read as a whole"},
    {BrakeCause::kManifestsEmpty, "ManifestsEmpty",
     "the manifest directory holds no manifest any more"},
    {BrakeCause::kCrdRemoved, "CrdRemoved", "the CustomResourceDefinition is being removed"},
    {BrakeCause::kNamespaceRemoved, "NamespaceRemoved", "the namespace is being removed"},
    {BrakeCause::kAccountMismatch, "AccountMismatch",
     "the credential belongs to another account than the one declared"},
    {BrakeCause::kForeignMark, "ForeignMark", "the instance bears another installation's mark"},
}};

}  // namespace

bool HoldsWholeObject(BrakeCause cause) {
  return cause == BrakeCause::kAccountMismatch || cause == BrakeCause::kForeignMark;
}

std::string_view ToString(BrakeCause cause) {
  for (const Row& row : kCauses) {
    if (row.cause == cause) return row.word;
  }
  std::unreachable();
}

std::optional<BrakeCause> ParseBrakeCause(std::string_view word) {
  for (const Row& row : kCauses) {
    if (row.word == word) return row.cause;
  }
  return std::nullopt;
}

std::string_view Explain(BrakeCause cause) {
  for (const Row& row : kCauses) {
    if (row.cause == cause) return row.sentence;
  }
  std::unreachable();
}

}  // namespace instanced
