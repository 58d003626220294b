#include "controller/source/kube/kube_writer.h"

#include <gtest/gtest.h>

#include <string>

#include <nlohmann/json.hpp>

#include "controller/source/kube/list_parser.h"
#include "tests/fakes/fake_api_server/fake_api_server.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/loop_inbox/loop_inbox.h"

namespace instanced {
namespace {

class KubeWriterTest : public testing::Test {
 protected:
  Error FailureOf(FakeHttpClient::Answer answer) {
    http_.On(HttpMethod::kPut, "/", [answer](const HttpRequest&) { return answer; });
    const auto written = loop_.Await(writer_.WriteStatus(target_, InstanceStatus()));
    EXPECT_FALSE(written);
    return written ? Error() : written.error();
  }
  static Task<void> Ignore(Task<Result<std::string>> writing) { (void)co_await writing; }
  LoopInbox loop_;
  FakeHttpClient http_;
  FakeApiServer streams_{loop_.executor().clock()};
  KubeClient client_{http_, streams_, loop_.executor().clock(), KubeConfig{}, ReadSmallFile,
                     {},    nullptr};
  KubeWriter writer_{client_};
  WriteTarget target_{{Kind::kConnectInstance, "default", "x"}, "uid-1", "41"};
};

TEST_F(KubeWriterTest, EveryWriteNamesVersionAndUid) {
  const HttpResponse answer{200, {}, R"({"metadata":{"resourceVersion":"42"}})"};
  http_.On(HttpMethod::kPut, "/", answer);
  http_.On(HttpMethod::kPatch, "/", answer);
  EXPECT_EQ(loop_.Await(writer_.WriteStatus(target_, InstanceStatus())), "42");
  EXPECT_EQ(loop_.Await(writer_.WriteFinalizers(target_, {"f"})), "42");
  EXPECT_EQ(loop_.Await(writer_.WriteAnnotations(target_, {{"a", "1"}, {"b", ""}})), "42");
  ASSERT_EQ(http_.requests().size(), 3u);
  for (const auto& request : http_.requests()) {
    const auto meta = nlohmann::json::parse(request.body)["metadata"];
    EXPECT_EQ(meta["uid"], "uid-1");
    EXPECT_EQ(meta["resourceVersion"], "41");
  }
  EXPECT_TRUE(http_.requests()[0].target.ends_with("/connectinstances/x/status"));
  const auto patch = nlohmann::json::parse(http_.requests()[2].body);
  EXPECT_EQ(patch["metadata"]["annotations"], (nlohmann::json{{"a", "1"}, {"b", nullptr}}));
  EXPECT_FALSE(patch.contains("status"));
}

TEST_F(KubeWriterTest, OnlyConflictsAndVanishedObjectsAreConflicts) {
  EXPECT_EQ(FailureOf(HttpResponse{409, {}, ""}).error_class, ErrorClass::kWriteConflict);
  EXPECT_EQ(FailureOf(HttpResponse{404, {}, ""}).error_class, ErrorClass::kWriteConflict);
  EXPECT_EQ(FailureOf(HttpResponse{500, {}, ""}).error_class, ErrorClass::kStore);
  EXPECT_EQ(FailureOf(HttpResponse{422, {}, ""}).error_class, ErrorClass::kStore);
  EXPECT_EQ(FailureOf(HttpResponse{403, {}, ""}).error_class, ErrorClass::kStore);
  EXPECT_EQ(FailureOf(HttpResponse{200, {}, "<html>"}).error_class, ErrorClass::kStore);
}

TEST_F(KubeWriterTest, AnAnswerThatDidNotComeMayHaveBeenAWrite) {
  const auto error =
      FailureOf(std::unexpected(HttpError{HttpFailure::kClosed, Reach::kUnknown, "closed"}));
  EXPECT_EQ(error.error_class, ErrorClass::kStore);
  EXPECT_EQ(error.reach, Reach::kUnknown);
}

TEST_F(KubeWriterTest, AnIntentIsWrittenBeforePlainStatusesThatCameEarlier) {
  CallLine line(loop_.executor().clock(), 1);
  KubeClientOptions options;
  options.line = &line;
  KubeClient client(http_, streams_, loop_.executor().clock(), KubeConfig{}, ReadSmallFile, options,
                    nullptr);
  KubeWriter writer(client);
  http_.On(HttpMethod::kPut, "/",
           HttpResponse{200, {}, R"({"metadata":{"resourceVersion":"42"}})"});
  http_.HoldAnswers();
  TaskGroup writes(loop_.executor());
  const auto write = [&](const std::string& name, InstanceStatus status) {
    writes.Spawn(Ignore(writer.WriteStatus({{Kind::kConnectInstance, "default", name}, "u", "1"},
                                           std::move(status))));
    loop_.executor().RunUntilIdle();
  };
  InstanceStatus intending;
  intending.intent.emplace();
  write("under-way", InstanceStatus());
  write("plain", InstanceStatus());
  write("intending", intending);
  http_.ReleaseAnswers();
  loop_.executor().RunUntilIdle();
  ASSERT_EQ(http_.requests().size(), 3u);
  EXPECT_TRUE(http_.requests()[1].target.ends_with("/intending/status"));
  EXPECT_TRUE(http_.requests()[2].target.ends_with("/plain/status"));
}

TEST(ListParser, ManagedFieldsAndForeignMembersAreLeftOut) {
  const auto page = ParseListPage(
      R"({"kind":"L","metadata":{"resourceVersion":"9","continue":""},"items":[{
        "kind":"ConnectInstance","x":[{"spec":1}],
        "metadata":{"managedFields":[{"name":"wrong"}],"name":"a","namespace":"n","uid":"u",
          "labels":{"k":"\u00e9 \"q\""},"resourceVersion":"8"},
        "spec":{"forProvider":{"instanceAlias":"x"}},"status":{"externalName":"id"}}]})",
      Kind::kConnectInstance);
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->resource_version, "9");
  ASSERT_EQ(page->items.size(), 1u);
  const auto& object = std::get<InstancePtr>(std::get<ObjectPtr>(page->items[0]));
  EXPECT_EQ(object->meta.key.name, "a");
  EXPECT_EQ(object->meta.labels, (StringPairs{{"k", "\u00e9 \"q\""}}));
  EXPECT_EQ(object->status.external_name, "id");
}

std::string Change(const std::string& type, const std::string& metadata,
                   const std::string& spec = "{}") {
  return R"({"type":")" + type + R"(","object":{"kind":"ConnectInstance","metadata":)" + metadata +
         R"(,"spec":)" + spec + "}}";
}

TEST(ListParser, AChangeThatIsKnownIsReadNoFurther) {
  const char* metadata =
      R"({"managedFields":[{"name":"wrong"}],"name":"a","namespace":"n","resourceVersion":"8","uid":"u"})";
  std::string asked;
  const auto parse = [&](const std::string& type, bool known) {
    const auto event = ParseWatchEvent(
        Change(type, metadata, R"({"providerConfigRef":7})"), Kind::kConnectInstance,
        [&](const ObjectKey& key, std::string_view uid, std::string_view version) {
          asked =
              key.namespace_ + "/" + key.name + " " + std::string(uid) + " " + std::string(version);
          return known;
        });
    EXPECT_TRUE(event);
    return *event;
  };
  const auto known = parse("MODIFIED", true);
  EXPECT_EQ(asked, "n/a u 8");
  ASSERT_TRUE(std::holds_alternative<KnownEvent>(known))
      << "a spec that cannot be read is not read";
  EXPECT_EQ(std::get<KnownEvent>(known).resource_version, "8");
  EXPECT_TRUE(std::holds_alternative<ChangedEvent>(parse("MODIFIED", false)));
  EXPECT_TRUE(std::holds_alternative<DeletedEvent>(parse("DELETED", true)))
      << "an end is news whatever its version";
}

TEST(ListParser, AMetadataThatIsNoneIsReadAsIfNothingWereKnown) {
  const KnowsVersion all = [](auto&&...) { return true; };
  for (const char* metadata : {"7", "{}", R"({"name":"a","namespace":"n","uid":7})",
                               R"({"name":"a","namespace":"n","resourceVersion":8,"uid":"u"})"}) {
    const auto without = ParseWatchEvent(Change("MODIFIED", metadata), Kind::kConnectInstance);
    const auto with = ParseWatchEvent(Change("MODIFIED", metadata), Kind::kConnectInstance, all);
    ASSERT_EQ(without.has_value(), with.has_value()) << metadata;
    if (with) {
      EXPECT_EQ(without->index(), with->index()) << metadata;
    }
  }
}

TEST(ListParser, WhatIsNoListOrEventIsAnErrorAndNeverAnEmptyList) {
  for (const char* text : {"", "[]", "{}", "{\"items\":[]}", "<html>", "{\"metadata\":{\"resour",
                           R"({"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"na)"}) {
    EXPECT_FALSE(ParseListPage(text, Kind::kConnectInstance)) << text;
    EXPECT_FALSE(ParseWatchEvent(text, Kind::kConnectInstance)) << text;
  }
}

}  // namespace
}  // namespace instanced
