#include "tests/layout/type_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layout/checker.h"

namespace instanced::layout {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Names(const std::string& text) {
  std::vector<std::string> names;
  for (const auto& type : DefinedTypes(text)) names.push_back(type.name);
  return names;
}

TEST(TypeNames, DefinitionsAreNamedWithAllThatEnclosesThem) {
  EXPECT_THAT(Names("namespace a::b {\n"
                    "class C final : public D<E, F> {\n"
                    "  struct Part { int x{}; };\n"
                    "  enum class Word : int { kOne } word = Word::kOne;\n"
                    "};\n"
                    "struct [[nodiscard]] G {};\n"
                    "union H { int i; };\n"
                    "struct C::Impl {};\n"
                    "}\n"),
              ElementsAre("a::b::C", "a::b::C::Part", "a::b::C::Word", "a::b::G", "a::b::H",
                          "a::b::C::Impl"));
}

TEST(TypeNames, WhatNobodyElseCanNameIsLeftOut) {
  EXPECT_THAT(Names("namespace a { namespace {\nstruct Hidden {};\n} }\n"
                    "void F() {\n  struct Local {};\n}\n"
                    "auto g = [] { struct Inner {}; };\n"),
              IsEmpty());
}

TEST(TypeNames, DeclarationsVariablesAndParametersDefineNothing) {
  EXPECT_THAT(Names("class Later;\nstruct Later;\nenum class Word;\nfriend class Other;\n"
                    "template <class T, class U = int> void F(struct stat* s) {}\n"
                    "struct sockaddr address{};\n"
                    "template <> struct Hash<Later> { int x; };\n"
                    "using namespace std;\nnamespace fs = std::filesystem;\n"
                    "// struct InAComment {};\nconst char* t = \"struct InText {};\";\n"
                    "#define MAKE(n) struct n {}\n"),
              IsEmpty());
}

TEST(TypeNames, LineIsTheNames) {
  const auto types = DefinedTypes("\n\nstruct A {\n};\n");
  ASSERT_EQ(types.size(), 1U);
  EXPECT_EQ(types[0].line, 3);
}

TEST(TypeNames, OneNameInTwoFilesIsAnError) {
  const Tree tree{{"tests/a.cc", "namespace n {\nstruct Twice {};\nstruct Once {};\n}\n"},
                  {"tests/b.cc", "namespace n {\nstruct Twice {};\n}\n"},
                  {"tests/c.cc", "namespace m {\nstruct Twice {};\n}\n"}};
  const auto findings = Check(tree, {});
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(
      ToString(findings[0]),
      "tests/b.cc:2: defines n::Twice, which tests/a.cc defines as well; a program that holds "
      "both keeps one destructor for the two");
}

}  // namespace
}  // namespace instanced::layout
