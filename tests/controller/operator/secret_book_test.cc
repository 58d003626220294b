#include "controller/operator/secret_book.h"

#include <algorithm>
#include <optional>

#include "tests/controller/operator/operator_fixture.h"

namespace instanced {
namespace {

constexpr const char* kPath = "/api/v1/namespaces/team/secrets/key";

class SecretBookTest : public OperatorTest {
 protected:
  ~SecretBookTest() override {
    book_.Close();
    Idle();
  }
  ProviderConfigPtr Naming(const std::string& secret, const std::string& version = "1") {
    auto config = std::make_shared<ProviderConfigObject>();
    config->meta.key = {Kind::kProviderConfig, "team", "default"};
    config->meta.uid = "config";
    config->meta.resource_version = version;
    config->spec.aws.emplace();
    if (!secret.empty()) config->spec.aws->credentials = SecretCredentials{secret};
    return config;
  }
  void Store(const std::string& base64) {
    server_.StoreRaw(kPath, {{"metadata", {{"name", "key"}, {"namespace", "team"}}},
                             {"data", {{"word", base64}}}});
  }
  std::string Read(const std::string& name = "key") {
    const auto data = loop_.Await(book_.ReadSecret("team", name));
    if (!data) return data.error().code;
    return data->contains("word") ? data->at("word") : "no word";
  }
  std::ptrdiff_t Lists() const {
    return std::ranges::count_if(server_.requests(),
                                 [](const auto& line) { return line.starts_with("GET "); });
  }

  int changes_ = 0;
  int troubles_ = 0;
  SecretBook book_{{client_, clock(), cache_, Spawn(), [this](const auto&) { ++changes_; },
                    [this](const auto&, const auto&) { ++troubles_; }}};
};

TEST_F(SecretBookTest, ASecretNobodyNamesIsNeverAskedFor) {
  Store("b25l");
  EXPECT_EQ(Read(), "SecretNotNamed");
  Put(Naming("another"));
  EXPECT_EQ(Read(), "SecretNotNamed");
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(SecretBookTest, RotationReachesTheNextReaderAndIsTold) {
  Put(Naming("key"));
  Store("b25l");
  EXPECT_EQ(Read(), "one");
  EXPECT_EQ(Read(), "one");
  EXPECT_EQ(Lists(), 1) << "the second is answered from memory";
  EXPECT_EQ(changes_, 0);
  Store("dHdv");
  Idle();
  EXPECT_EQ(changes_, 1);
  EXPECT_EQ(Read(), "two");
}

TEST_F(SecretBookTest, OneThatIsMissingIsToldWhenItAppears) {
  Put(Naming("key"));
  EXPECT_EQ(Read(), "SecretMissing");
  Store("b25l");
  Idle();
  EXPECT_EQ(changes_, 1);
  EXPECT_EQ(Read(), "one");
}

TEST_F(SecretBookTest, TheLastContentStaysWhileTheServerDoesNotAnswer) {
  Put(Naming("key"));
  Store("b25l");
  EXPECT_EQ(Read(), "one");
  for (int i = 0; i < 3; ++i) server_.AnswerNext(HttpMethod::kGet, {503, {}, ""});
  server_.CutWatches();
  Pass(std::chrono::seconds(3));
  EXPECT_GT(troubles_, 0);
  EXPECT_EQ(Read(), "one");
  EXPECT_EQ(changes_, 0);
}

TEST_F(SecretBookTest, AFirstLookThatFailsIsAnsweredAndTriedAgain) {
  Put(Naming("key"));
  Store("b25l");
  server_.AnswerNext(HttpMethod::kGet, {503, {}, ""});
  EXPECT_NE(Read(), "one");
  Pass(std::chrono::seconds(2));
  EXPECT_EQ(changes_, 1) << "whoever was refused looks again";
  EXPECT_EQ(Read(), "one");
}

TEST_F(SecretBookTest, AWatchEndsWhenItsSecretIsNamedNoMore) {
  Put(Naming("key"));
  Store("b25l");
  EXPECT_EQ(Read(), "one");
  book_.OnChange(Put(Naming("", "2"), ChangeKind::kChanged));
  Idle();
  EXPECT_EQ(loop_.group().size(), 0u);
  EXPECT_EQ(Read(), "SecretNotNamed");
}

}  // namespace
}  // namespace instanced
