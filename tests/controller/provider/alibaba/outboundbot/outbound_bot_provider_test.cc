#include "controller/provider/alibaba/outboundbot/outbound_bot_provider.h"

#include <set>

#include <gtest/gtest.h>

#include "controller/provider/alibaba/outboundbot/outbound_bot_codec.h"
#include "tests/controller/provider/alibaba/alibaba_world.h"

namespace instanced::alibaba {
namespace {

using nlohmann::json;

const Mark kMark{"owner", "uid-1", "0123456789abcdef"};

json Documented() {
  return json::parse(R"({"HttpStatusCode": 200, "Code": "OK", "Message": "Success",
    "RequestId": "254EB995", "Success": true, "Instance": {"CreationTime": 1578469042851,
    "InstanceId": "90515b5-6115", "CreatorId": 435986, "OwnerName": "xxxx", "Owner": "o-1",
    "InstanceDescription": "这个是第一个实例", "InstanceName": "第一个实例", "CreatorName": "xxx",
    "ResourceGroupId": "rg-1", "MaxConcurrentConversation": 4}})");
}

class OutboundBotTest : public ::testing::Test {
 protected:
  AlibabaWorld world;
  OutboundBotProvider provider{world.client("outboundbot", "2019-12-26", OutboundBotErrors())};

  // Of all pages.
  Result<std::set<std::string>> Names() {
    std::set<std::string> names;
    std::string next;
    do {
      auto page = world.Run(provider.List(world.context(), next));
      if (!page) return std::unexpected(page.error());
      for (const auto& entry : page->entries) names.insert(entry.external_name);
      next = page->next_page;
    } while (!next.empty());
    return names;
  }
  UpdateInput Input(const std::string& operation, json parameters, json observed = {}) {
    return {"i-1", {operation, {}}, std::move(parameters), std::move(observed), kMark};
  }
};

TEST_F(OutboundBotTest, EveryDocumentedFieldReachesAtProvider) {
  const std::string xml =
      "<DescribeInstanceResponse><HttpStatusCode>200</HttpStatusCode><Code>OK</Code>"
      "<Success>true</Success><Instance><CreationTime>1578469042851</CreationTime>"
      "<InstanceId>90515b5-6115</InstanceId><CreatorId>435986</CreatorId><OwnerName>xxxx</"
      "OwnerName>"
      "<Owner>o-1</Owner><InstanceDescription>这个是第一个实例</InstanceDescription>"
      "<InstanceName>第一个实例</InstanceName><CreatorName>xxx</CreatorName>"
      "<ResourceGroupId>rg-1</ResourceGroupId><MaxConcurrentConversation>4"
      "</MaxConcurrentConversation></Instance></DescribeInstanceResponse>";
  for (const std::string& body : {Documented().dump(), xml}) {
    world.On("DescribeInstance", HttpResponse{200, {}, body});
    const auto observed = world.Run(provider.Observe(world.context(), "90515b5-6115"));
    ASSERT_TRUE(observed) << observed.error().message;
    EXPECT_EQ(observed->at_provider, json::parse(R"({"instanceId": "90515b5-6115",
      "instanceName": "第一个实例", "instanceDescription": "这个是第一个实例",
      "maxConcurrentConversation": 4, "creationTime": "2020-01-08T07:37:22Z", "creatorId": 435986,
      "creatorName": "xxx", "owner": "o-1", "ownerName": "xxxx", "resourceGroupId": "rg-1"})"));
    EXPECT_EQ(observed->lifecycle, Lifecycle::kReady);
    EXPECT_EQ(observed->natural_key, "第一个实例");
    EXPECT_EQ(observed->mark, ObservedMark{});
  }
}

TEST_F(OutboundBotTest, SecretsOfTheNluProfileAreNeverShown) {
  json body = Documented();
  body["Instance"]["NluProfile"] = {
      {"AccessKey", "SECRET-1"},       {"SecretKey", "SECRET-2"}, {"AgentKey", "SECRET-3"},
      {"LlmAgentKey", "SECRET-4"},     {"Endpoint", "nlu"},       {"AgentId", 7},
      {"SupportBeebotPrompts", "true"}};
  world.On("DescribeInstance", Json(200, body));
  const auto observed = world.Run(provider.Observe(world.context(), "i"));
  EXPECT_EQ(observed->at_provider.dump().find("SECRET"), std::string::npos);
  EXPECT_EQ(observed->at_provider["nluProfile"],
            json::parse(R"({"endpoint": "nlu", "agentId": "7", "supportBeebotPrompts": true})"));
}

TEST_F(OutboundBotTest, CreateSendsTheRecordedRequest) {
  const auto request = provider.EncodeCreate({{{"instanceName", "bot"},
                                               {"maxConcurrentConversation", 4},
                                               {"nluServiceType", "Managed"},
                                               {"callingNumbers", {"4008013260"}}},
                                              kMark,
                                              "t"});
  EXPECT_EQ(
      *request,
      R"({"CallingNumber.1":"4008013260","InstanceDescription":"[instanced:0123456789abcdef]",)"
      R"("InstanceName":"bot","MaxConcurrentConversation":"4","NluServiceType":"Managed"})");
  world.On("CreateInstance", Json(200, Documented()));
  EXPECT_EQ(world.Run(provider.Create(world.context(), *request))->external_name, "90515b5-6115");
  world.On("CreateInstance", Failure(400, "InvalidInstanceName.Duplicated"));
  EXPECT_EQ(world.Run(provider.Create(world.context(), *request)).error().error_class,
            ErrorClass::kTaken);
}

TEST_F(OutboundBotTest, ModifyRepeatsConcurrencyMarkAndUndeclaredTexts) {
  world.On("ModifyInstance", Json(200, Documented()));
  const auto updated = world.Run(provider.Update(
      world.context(),
      Input(
          "ModifyInstance",
          {{"instanceName", "new"}, {"callingNumbers", {"1", "2"}}, {"nluServiceType", "Managed"}},
          {{"instanceName", "old"},
           {"instanceDescription", "kept"},
           {"maxConcurrentConversation", 9},
           {"resourceGroupId", "rg"}})));
  ASSERT_TRUE(updated) << updated.error().message;
  const RpcParameters& sent = world.calls.back();
  EXPECT_EQ(sent.at("InstanceId"), "i-1");
  EXPECT_EQ(sent.at("InstanceName"), "new");
  EXPECT_EQ(sent.at("InstanceDescription"), "kept [instanced:0123456789abcdef]");
  EXPECT_EQ(sent.at("MaxConcurrentConversation"), "9");
  EXPECT_EQ(sent.at("CallingNumber.2"), "2");
  EXPECT_FALSE(sent.contains("NluServiceType"));
  EXPECT_FALSE(sent.contains("ResourceGroupId"));
}

TEST_F(OutboundBotTest, ModifyWithoutAnyConcurrencyIsRefusedHere) {
  const auto updated =
      world.Run(provider.Update(world.context(), Input("ModifyInstance", {{"instanceName", "n"}})));
  EXPECT_EQ(updated.error().error_class, ErrorClass::kValidation);
  EXPECT_TRUE(world.http.requests().empty());
}

TEST_F(OutboundBotTest, ResourceGroupHasItsOwnCall) {
  world.On("ChangeResourceGroup", Json(200, {{"Code", "OK"}}));
  ASSERT_TRUE(world.Run(provider.Update(
      world.context(), Input("ChangeResourceGroup", {{"resourceGroupId", "rg-2"}}))));
  EXPECT_EQ(world.calls.back().at("ResourceId"), "i-1");
  EXPECT_EQ(world.calls.back().at("NewResourceGroupId"), "rg-2");
  world.On("ChangeResourceGroup", Failure(404, "InvalidResourceGroup.NotFound"));
  EXPECT_EQ(world
                .Run(provider.Update(world.context(),
                                     Input("ChangeResourceGroup", {{"resourceGroupId", "rg-3"}})))
                .error()
                .error_class,
            ErrorClass::kValidation);
}

// Instances as ListInstances pages through them.
class Bots {
 public:
  explicit Bots(int count) {
    for (int i = 0; i < count; ++i) ids_.push_back("i-" + std::to_string(i));
  }
  void RemoveFirst(int count) { ids_.erase(ids_.begin(), ids_.begin() + count); }
  json Page(const RpcParameters& query) const {
    const auto number = std::stoul(query.at("PageNumber"));
    const auto size = std::stoul(query.at("PageSize"));
    json list = json::array();
    for (auto i = (number - 1) * size; i < std::min(ids_.size(), number * size); ++i) {
      list.push_back({{"InstanceId", ids_[i]}});
    }
    return {{"Code", "OK"}, {"TotalCount", ids_.size()}, {"PageSize", size}, {"Instances", list}};
  }

 private:
  std::vector<std::string> ids_;
};

TEST_F(OutboundBotTest, ListWalksEveryPageAndMarksPresets) {
  // given 120 instances, the first of them the cloud's own
  world.On("ListInstances", [](const RpcParameters& query) {
    const int number = std::stoi(query.at("PageNumber"));
    const int size = std::stoi(query.at("PageSize"));
    json list = json::array();
    for (int i = (number - 1) * size; i < std::min(120, number * size); ++i) {
      list.push_back({{"InstanceId", "i-" + std::to_string(i)}, {"IsPreset", i == 0}});
    }
    return Json(200, {{"Code", "OK"},
                      {"TotalCount", 120},
                      {"PageSize", size},
                      {"Instances", number == 2 ? json{{"Instance", list}} : list}});
  });
  std::vector<Observation> seen;
  std::string next;
  do {
    auto page = world.Run(provider.List(world.context(), next));
    ASSERT_TRUE(page);
    next = page->next_page;
    for (auto& entry : page->entries) seen.push_back(std::move(entry));
  } while (!next.empty());
  ASSERT_EQ(seen.size(), 120u);
  EXPECT_EQ(seen.front().adoptable, Adoptable::kPreset);
  EXPECT_EQ(seen.back().external_name, "i-119");
  EXPECT_EQ(seen.back().adoptable, Adoptable::kYes);
  EXPECT_EQ(world.calls.size(), 3u);
}

TEST_F(OutboundBotTest, ListWithoutATotalEndsWithAPageThatIsNotFull) {
  Bots there(110);
  world.On("ListInstances", [&](const RpcParameters& query) {
    auto answer = there.Page(query);
    answer.erase("TotalCount");
    return Json(200, answer);
  });
  EXPECT_EQ(Names()->size(), 110u);
  EXPECT_EQ(world.calls.size(), 3u);
}

TEST_F(OutboundBotTest, PageThatIsNoneOfOursIsRefused) {
  for (const char* page : {"x", "0,1", "1", "1,", "1,-2", "1,2,3"}) {
    EXPECT_EQ(world.Run(provider.List(world.context(), page)).error().error_class,
              ErrorClass::kTerminal)
        << page;
  }
}

// What a list lacks may count as gone, so it must be all there is.
TEST_F(OutboundBotTest, ListThatShowsFewerThanItCountsIsNoList) {
  Bots there(120);
  json last;
  world.On("ListInstances", [&](const RpcParameters& query) {
    auto answer = there.Page(query);
    if (query.at("PageNumber") == "3") answer["Instances"] = last;
    return Json(200, answer);
  });
  for (const json& shown : {json::array(), json::array({{{"InstanceId", "i-100"}}})}) {
    last = shown;
    const auto names = Names();
    ASSERT_FALSE(names);
    EXPECT_EQ(names.error().error_class, ErrorClass::kTransient);
    EXPECT_EQ(names.error().operation, "outboundbot:ListInstances");
  }
  world.On("ListInstances",
           Json(200, {{"Code", "OK"}, {"Instances", json::array({{{"InstanceName", "n"}}})}}));
  EXPECT_FALSE(Names()) << "an entry without an id is somebody's";
}

TEST_F(OutboundBotTest, InstancesThatMoveAPageForwardWhileTheListIsReadAreNotMissed) {
  Bots there(170);
  std::vector<std::string> asked;
  world.On("ListInstances", [&](const RpcParameters& query) {
    asked.push_back(query.at("PageNumber"));
    const auto answer = Json(200, there.Page(query));
    if (asked.size() == 2) there.RemoveFirst(60);
    return answer;
  });
  const auto names = Names();
  ASSERT_TRUE(names);
  for (int i = 60; i < 170; ++i) EXPECT_TRUE(names->contains("i-" + std::to_string(i))) << i;
  EXPECT_EQ(asked, (std::vector<std::string>{"1", "2", "3", "1", "2", "3"}));
}

TEST_F(OutboundBotTest, DeleteTellsGoneFromInDoubt) {
  world.On("DeleteInstance", Json(200, {{"Code", "OK"}}));
  EXPECT_TRUE(world.Run(provider.Delete(world.context(), "i", "")));
  world.On("DeleteInstance", Failure(404, "NotExist.Instance"));
  EXPECT_EQ(world.Run(provider.Delete(world.context(), "i", "")).error().error_class,
            ErrorClass::kNotFound);
  world.On("DeleteInstance", Failure(500, "InternalError"));
  EXPECT_EQ(world.Run(provider.Delete(world.context(), "i", "")).error().error_class,
            ErrorClass::kInDoubt);
}

}  // namespace
}  // namespace instanced::alibaba
