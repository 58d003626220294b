#include "controller/source/manifest/cel_rule.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace instanced {
namespace {

using nlohmann::json;

Verdict Evaluate(std::string_view text, const json& self, const json& old_self = nullptr) {
  const auto rule = CelRule::Parse(text);
  EXPECT_TRUE(rule.has_value()) << text << ": " << (rule ? "" : rule.error());
  return rule ? rule->Evaluate(self, old_self) : Verdict::kError;
}

TEST(CelRule, EvaluatesTheSubset) {
  const json self{{"a", 1}, {"t", "text"}, {"l", {1, 2}}, {"m", {{"k", "v"}}}, {"b", true}};
  for (const auto* text :
       {"self.a == 1", "self.a != 2 && self.t == 'text'", "has(self.a)", "!has(self.z)",
        "1 in self.l", "!(3 in self.l)", "'k' in self.m", "size(self.t) == 4", "size(self.l) < 3",
        "self.t.startsWith('te')", "self.l.all(i, i > 0 && i <= 2)", "self.m.all(k, k == \"k\")",
        "self.b", "self.l == [1, 2]", "self.a in [1, 5]", "self.a >= 1", "false || true", "!false",
        "(self.a == 1) == true"}) {
    EXPECT_EQ(Evaluate(text, self), Verdict::kHolds) << text;
    EXPECT_EQ(Evaluate("!(" + std::string(text) + ")", self), Verdict::kBroken) << text;
  }
}

TEST(CelRule, ErrorsAbsorbAsInCel) {
  const json self{{"a", 1}};
  EXPECT_EQ(Evaluate("self.z == 1", self), Verdict::kError);
  EXPECT_EQ(Evaluate("self.z == 1 || self.a == 1", self), Verdict::kHolds);
  EXPECT_EQ(Evaluate("self.a == 1 || self.z == 1", self), Verdict::kHolds);
  EXPECT_EQ(Evaluate("self.z == 1 && self.a == 2", self), Verdict::kBroken);
  EXPECT_EQ(Evaluate("self.z == 1 && self.a == 1", self), Verdict::kError);
  EXPECT_EQ(Evaluate("has(self.a.b)", self), Verdict::kError);
  EXPECT_EQ(Evaluate("size(self.a) == 1", self), Verdict::kError);
  EXPECT_EQ(Evaluate("self.a < 'x'", self), Verdict::kError);
  EXPECT_EQ(Evaluate("self.a", self), Verdict::kError);
}

TEST(CelRule, KnowsTransitionsAndItsSubject) {
  const auto rule = CelRule::Parse("self.p == 'R' || self.f.x == oldSelf.f.x");
  ASSERT_TRUE(rule.has_value());
  EXPECT_TRUE(rule->IsTransition());
  EXPECT_EQ(rule->subject(), "f.x");
  const json a{{"p", "H"}, {"f", {{"x", 1}}}};
  const json b{{"p", "H"}, {"f", {{"x", 2}}}};
  EXPECT_EQ(rule->Evaluate(a, b), Verdict::kBroken);
  EXPECT_EQ(rule->Evaluate(a, a), Verdict::kHolds);
  EXPECT_FALSE(CelRule::Parse("self.a == 1")->IsTransition());
}

TEST(CelRule, RefusesWhatItDoesNotKnow) {
  for (const auto* text :
       {"", "self.", "self.a ==", "self.a.matches('x')", "size(self", "'open", "has(self)", "[1, 2",
        "self.a ? 1 : 2", "self.l.exists(i, i)", "'a\\n'", "self.a == 1 )", "self.l[0] == 1"}) {
    EXPECT_FALSE(CelRule::Parse(text).has_value()) << text;
  }
  EXPECT_FALSE(CelRule::Parse(std::string(500, '(')).has_value());
  EXPECT_FALSE(CelRule::Parse(std::string(500, '!') + "true").has_value());
}

}  // namespace
}  // namespace instanced
