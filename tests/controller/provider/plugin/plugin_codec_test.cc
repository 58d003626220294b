#include "controller/provider/plugin/plugin_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/provider/v1/provider.pb.h"
#include "controller/provider/plugin/plugin_errors.h"

namespace instanced::plugin {
namespace {

namespace pb = instanced::provider::v1;
using testing::ElementsAre;
using testing::HasSubstr;

template <class Message>
RpcAnswer Answer(const Message& message) {
  RpcAnswer answer;
  answer.messages.push_back(message.SerializeAsString());
  return answer;
}

pb::HandshakeResponse GoodGreeting() {
  pb::HandshakeResponse greeting;
  greeting.set_protocol_version(1);
  greeting.set_plugin_name("boxes");
  greeting.set_scope("host-1");
  greeting.set_boot_id("b");
  greeting.add_capabilities(pb::CAPABILITY_UPDATE);
  return greeting;
}

std::shared_ptr<const PluginSchema> SizeSchema() {
  return PluginSchema::Parse({R"({"properties": {"size": {"type": "integer"}}})", {}, {}},
                             Updates::kSupported)
      .value();
}

pb::Instance GoodInstance() {
  pb::Instance instance;
  instance.set_external_name("box-1");
  instance.set_lifecycle(pb::LIFECYCLE_READY);
  instance.set_fields_json(R"({"size": 3})");
  instance.mutable_mark()->set_uid("u");
  return instance;
}

TEST(PluginCodec, AGreetingIsCheckedToTheLastWord) {
  const auto good = DecodeHandshake(Answer(GoodGreeting()));
  ASSERT_TRUE(good);
  EXPECT_EQ(good->updates, Updates::kSupported);
  const std::function<void(pb::HandshakeResponse&)> breaks[] = {
      [](auto& g) { g.set_protocol_version(2); },
      [](auto& g) { g.clear_plugin_name(); },
      [](auto& g) { g.set_plugin_name("a b"); },
      [](auto& g) { g.clear_scope(); },
      [](auto& g) { g.set_scope("a/b"); },
      [](auto& g) { g.clear_boot_id(); },
      [](auto& g) { g.set_scope(std::string(129, 'a')); }};
  for (const auto& breaking : breaks) {
    auto greeting = GoodGreeting();
    breaking(greeting);
    const auto decoded = DecodeHandshake(Answer(greeting));
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code, "BrokenAnswer");
  }
}

TEST(PluginCodec, AnInstanceThatBreaksTheContractIsNoValue) {
  const auto decode = [](const pb::Instance& instance) {
    pb::ObserveResponse response;
    *response.mutable_instance() = instance;
    return DecodeObserve(Answer(response), *SizeSchema(), "box-1");
  };
  const auto good = decode(GoodInstance());
  ASSERT_TRUE(good) << good.error().message;
  EXPECT_EQ(good->value.fields, (nlohmann::json{{"size", 3}}));
  EXPECT_EQ(good->value.at_provider, good->value.fields) << "nothing else is known";
  const std::function<void(pb::Instance&)> breaks[] = {
      [](auto& i) { i.set_external_name("box-2"); },
      [](auto& i) { i.clear_external_name(); },
      [](auto& i) { i.set_external_name("box\n1"); },
      [](auto& i) { i.set_fields_json("{"); },
      [](auto& i) { i.set_fields_json("[]"); },
      [](auto& i) { i.set_fields_json(R"({"size": "3"})"); },
      [](auto& i) { i.set_at_provider_json("7"); }};
  for (const auto& breaking : breaks) {
    auto instance = GoodInstance();
    breaking(instance);
    const auto seen = decode(instance);
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().error_class, ErrorClass::kTerminal);
  }
  EXPECT_FALSE(DecodeObserve(Answer(pb::ObserveResponse()), *SizeSchema(), "box-1"))
      << "an empty answer is not an absent instance";
}

TEST(PluginCodec, AnUnknownLifecycleIsNeverReady) {
  auto instance = GoodInstance();
  instance.set_lifecycle(static_cast<pb::Lifecycle>(77));
  pb::ObserveResponse response;
  *response.mutable_instance() = instance;
  EXPECT_EQ(DecodeObserve(Answer(response), *SizeSchema(), "box-1")->value.lifecycle,
            Lifecycle::kUnknown);
}

TEST(PluginCodec, ACreateIsRecordedAsTheSameBytesAndSentFromThem) {
  CreateInput input;
  input.parameters = {{"size", 3}};
  input.mark.owner_value = "o/PluginInstance/default/a";
  input.mark.uid = "u";
  input.token = "t";
  const auto recorded = RecordCreate(input);
  EXPECT_EQ(recorded, RecordCreate(input));
  const auto message = EncodeCreate(recorded, {Kind::kPluginInstance, "default", "a"}, 4);
  pb::CreateRequest request;
  ASSERT_TRUE(message && request.ParseFromString(*message));
  EXPECT_EQ(request.object(), "PluginInstance/default/a");
  EXPECT_EQ(request.parameters_json(), R"({"size":3})");
  EXPECT_EQ(request.mark().owner(), "o/PluginInstance/default/a");
  EXPECT_EQ(request.token(), "t");
  EXPECT_EQ(request.attempt(), 4);
  for (const char* broken : {"", "[]", "{}", R"({"parameters": {}, "mark": 1, "token": "t"})"}) {
    EXPECT_FALSE(EncodeCreate(broken, {}, 1)) << broken;
  }
}

TEST(PluginCodec, ACreateAnsweredWithNothingIsInDoubt) {
  const auto made = DecodeCreate(Answer(pb::CreateResponse()));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().error_class, ErrorClass::kInDoubt);
}

TEST(PluginCodec, AnUpdateNamesFieldsOnceAndNeverTheMark) {
  UpdateInput input;
  input.step.diffs = {{"tags", "a", "1", nullptr, Mutability::kMutable, "Update"},
                      {"tags", "b", "1", nullptr, Mutability::kMutable, "Update"},
                      {"tags", std::string(kUidTag), "u", nullptr, Mutability::kMutable, "Update"},
                      {"size", "", 1, 2, Mutability::kMutable, "Update"}};
  pb::UpdateRequest request;
  ASSERT_TRUE(request.ParseFromString(EncodeUpdate(input)));
  EXPECT_THAT(request.changed_fields(), ElementsAre("size", "tags"));
}

TEST(PluginCodec, OnlyAPageWithItsEndIsAPage) {
  pb::ListResponse first;
  *first.add_instances() = GoodInstance();
  pb::ListResponse end;
  end.mutable_page_end()->set_next_page_token("n");
  auto answer = Answer(first);
  EXPECT_THAT(DecodeList(answer, *SizeSchema(), "").error().message, HasSubstr("no end"));
  answer.messages.push_back(end.SerializeAsString());
  const auto page = DecodeList(answer, *SizeSchema(), "");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->value.entries.size(), 1U);
  EXPECT_EQ(page->value.next_page, "n");
  EXPECT_FALSE(DecodeList(answer, *SizeSchema(), "n")) << "a token that leads back to itself";
  EXPECT_FALSE(DecodeList(answer, *SizeSchema(), "", 0)) << "more than was asked for";
  answer.messages.push_back(first.SerializeAsString());
  EXPECT_THAT(DecodeList(answer, *SizeSchema(), "").error().message, HasSubstr("after page_end"));
  auto twice = Answer(first);
  twice.messages.push_back(first.SerializeAsString());
  twice.messages.push_back(end.SerializeAsString());
  EXPECT_THAT(DecodeList(twice, *SizeSchema(), "").error().message, HasSubstr("twice"));
}

}  // namespace
}  // namespace instanced::plugin
