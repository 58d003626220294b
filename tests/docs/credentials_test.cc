// docs/credentials.md names every variable of the clouds that the daemon reads, and no other.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/docs/page.h"

namespace instanced {
namespace {

void AddVariables(const std::string& text, std::set<std::string>& names) {
  static const std::regex variable(R"(\b(AWS|ALIBABA_CLOUD|ALICLOUD)_[A-Z0-9_]*[A-Z0-9]\b)");
  for (std::sregex_iterator found(text.begin(), text.end(), variable), end; found != end; ++found) {
    names.insert(found->str());
  }
}

std::set<std::string> VariablesOfTheSources() {
  std::set<std::string> names;
  const auto root = std::filesystem::path(DOCS_ROOT) / "controller/provider";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".cc") continue;
    std::ifstream file(entry.path());
    AddVariables(std::string(std::istreambuf_iterator<char>(file), {}), names);
  }
  // Made of a prefix and the service's name, so the sources never spell them.
  for (const char* service : {"CCC", "OUTBOUNDBOT", "STS"}) {
    names.insert(std::string("ALIBABA_CLOUD_ENDPOINT_") + service);
  }
  return names;
}

TEST(CredentialsPage, NamesEveryVariableThatIsRead) {
  std::set<std::string> told;
  AddVariables(docs::ReadFile("docs/credentials.md"), told);

  EXPECT_THAT(told, testing::ElementsAreArray(VariablesOfTheSources()));
}

}  // namespace
}  // namespace instanced
