#include "controller/http/http_auth.h"

#include <gtest/gtest.h>

namespace instanced {
namespace {

bool Allows(const HttpAuth& auth, const std::string& name, const std::string& value) {
  ServerRequest request;
  request.headers = {{"Accept", "*/*"}, {name, value}};
  return auth.Allows(request);
}

// RFC 7617's own example.
TEST(HttpAuth, BasicAsksForUserAndPassword) {
  const auto auth = HttpAuth::Basic("Aladdin:open sesame\n");
  ASSERT_TRUE(auth);
  EXPECT_TRUE(Allows(*auth, "Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
  EXPECT_TRUE(Allows(*auth, "authorization", "basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
  EXPECT_FALSE(Allows(*auth, "Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=A"));
  EXPECT_FALSE(Allows(*auth, "Authorization", "Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
  EXPECT_FALSE(Allows(*auth, "X-Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
  EXPECT_FALSE(auth->Allows(ServerRequest{}));
}

TEST(HttpAuth, BearerAsksForTheToken) {
  const auto auth = HttpAuth::Bearer(" s3cret\n");
  ASSERT_TRUE(auth);
  EXPECT_TRUE(Allows(*auth, "Authorization", "Bearer s3cret"));
  for (const char* wrong :
       {"Bearer s3cre", "Bearer s3cret2", "Bearer S3cret", "s3cret", "Bearer"}) {
    EXPECT_FALSE(Allows(*auth, "Authorization", wrong)) << wrong;
  }
}

TEST(HttpAuth, ChallengeNamesTheSchemeAndNoSecret) {
  const auto answer = HttpAuth::Basic("user:hunter2")->Challenge();
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.headers.front().second, "Basic realm=\"instanced\"");
  EXPECT_FALSE(answer.body.contains("hunter2"));
}

TEST(HttpAuth, TextThatHoldsNoSecretIsRefusedWithoutShowingIt) {
  for (const char* text : {"", " \n", "hunter2", ":hunter2", "user:", "user:hunter2\nmore:x"}) {
    const auto auth = HttpAuth::Basic(text);
    ASSERT_FALSE(auth) << text;
    EXPECT_FALSE(auth.error().message.contains("hunter2"));
  }
  for (const char* text : {"", "\n", "two words", "two\nlines"}) {
    EXPECT_FALSE(HttpAuth::Bearer(text)) << text;
  }
}

}  // namespace
}  // namespace instanced
