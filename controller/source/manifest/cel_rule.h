// The small part of CEL that api/crds uses in x-kubernetes-validations: literals of text, numbers
// and booleans, lists, self and oldSelf with their members, has(), size(), startsWith(), in, all(),
// ! && || == != < <= > >= and brackets. Errors absorb as in CEL: true || error is true.
//
// Anything else is refused when the rule is parsed, so a CRD cannot come to rely on it unseen.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace instanced {

enum class Verdict {
  kHolds,
  kBroken,
  kError,  // a member that is not there, or values of types that do not go together
};

struct CelNode;

class CelRule {
 public:
  // The error is a sentence that names the place.
  static std::expected<CelRule, std::string> Parse(std::string_view text);
  CelRule(CelRule&&) noexcept;
  CelRule& operator=(CelRule&&) noexcept;
  ~CelRule();

  // Whether it compares with an earlier state; such a rule is not asked about new objects.
  bool IsTransition() const { return transition_; }
  // The path the rule speaks of: of the members it names, the last one ("forProvider.name").
  const std::string& subject() const { return subject_; }
  // `old_self` may be null for a rule that is no transition.
  Verdict Evaluate(const nlohmann::json& self, const nlohmann::json& old_self) const;

 private:
  explicit CelRule(std::unique_ptr<const CelNode> root);

  std::unique_ptr<const CelNode> root_;
  bool transition_ = false;
  std::string subject_;
};

}  // namespace instanced
