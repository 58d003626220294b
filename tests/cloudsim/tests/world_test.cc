#include <gtest/gtest.h>

#include "tests/cloudsim/world/ccc.h"
#include "tests/cloudsim/world/connect.h"
#include "tests/cloudsim/world/outbound_bot.h"
#include "tests/cloudsim/world/supply_chain.h"
#include "tests/cloudsim/world/virtual_clock.h"

namespace instanced::cloudsim {
namespace {

constexpr Millis kStart = 1'768'478'400'000;
constexpr const char* kAccount = "123456789012";

class WorldTest : public testing::Test {
 protected:
  Outcome Run(const std::map<std::string, Operation>& operations, const std::string& name,
              Json input, const std::string& account = kAccount) {
    return operations.at(name)(
        world_, {{account, "us-east-1", "AK", "arn"}, std::move(input), now_, directives_});
  }
  Outcome Connect(const std::string& name, Json input) {
    return Run(ConnectOperations(), name, std::move(input));
  }
  Outcome Scn(const std::string& name, Json input) {
    return Run(SupplyChainOperations(), name, std::move(input));
  }
  Outcome Ccc(const std::string& name, Json input) {
    return Run(CccOperations(), name, std::move(input));
  }
  Outcome Bot(const std::string& name, Json input) {
    return Run(OutboundBotOperations(), name, std::move(input));
  }
  static Json ConnectInput(const std::string& alias, const std::string& token = "") {
    Json input = {{"IdentityManagementType", "CONNECT_MANAGED"},
                  {"InboundCallsEnabled", true},
                  {"OutboundCallsEnabled", false},
                  {"InstanceAlias", alias}};
    if (!token.empty()) input["ClientToken"] = token;
    return input;
  }
  static Json CccInput(const std::string& domain) {
    return {{"Name", "center"},
            {"DomainName", domain},
            {"StorageMaxDays", "30"},
            {"StorageMaxSize", "100"},
            {"PhoneNumbers.1", "02500000000"}};
  }
  std::string ConnectStatus(const std::string& id) {
    const auto got = Connect("DescribeInstance", {{"InstanceId", id}});
    return got ? got->body["Instance"]["InstanceStatus"].get<std::string>() : got.error().code;
  }

  std::vector<Json> records_;
  World world_{Settings{}, 7, [this](const Json& record) { records_.push_back(record); }};
  Millis now_ = kStart;
  Directives directives_;
};

TEST_F(WorldTest, ConnectInstanceBecomesActiveAfterTheProvisionTime) {
  const auto created = Connect("CreateInstance", ConnectInput("demo"));
  ASSERT_TRUE(created);
  EXPECT_EQ(created->body.size(), 2u);
  EXPECT_EQ(ConnectStatus(created->instance_id), "CREATION_IN_PROGRESS");
  now_ += world_.settings().connect_provision_ms;
  EXPECT_EQ(ConnectStatus(created->instance_id), "ACTIVE");
}

TEST_F(WorldTest, FailedConnectInstanceShowsItsReasonAndVanishesAfterADay) {
  directives_.create_failure = "No luck.";
  const std::string id = Connect("CreateInstance", ConnectInput("demo"))->instance_id;
  now_ += world_.settings().connect_provision_ms;
  EXPECT_EQ(Connect("DescribeInstance", {{"InstanceId", id}})->body["Instance"]["StatusReason"],
            (Json{{"Message", "No luck."}}));
  now_ = kStart + kDay - 1;
  EXPECT_EQ(ConnectStatus(id), "CREATION_FAILED");
  now_ = kStart + kDay;
  EXPECT_EQ(ConnectStatus(id), "ResourceNotFoundException");
}

TEST_F(WorldTest, ConnectAliasIsUniqueAndItsReuseIs400) {
  ASSERT_TRUE(Connect("CreateInstance", ConnectInput("demo")));
  const auto again = Connect("CreateInstance", ConnectInput("demo"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().status, 400);
  EXPECT_EQ(again.error().message, "Invalid Input. Instance alias is already used.");
}

TEST_F(WorldTest, ConnectTokenReplayGivesTheSameInstanceAndADifferentBodyIsRefused) {
  const auto first = Connect("CreateInstance", ConnectInput("demo", "token"));
  const auto second = Connect("CreateInstance", ConnectInput("demo", "token"));
  EXPECT_EQ(first->body, second->body);
  EXPECT_EQ(second->effect, Effect::kReplayed);
  EXPECT_EQ(Connect("CreateInstance", ConnectInput("other", "token")).error().status, 409);
}

TEST_F(WorldTest, ThirdConnectInstanceExceedsTheQuota) {
  ASSERT_TRUE(Connect("CreateInstance", ConnectInput("one")));
  ASSERT_TRUE(Connect("CreateInstance", ConnectInput("two")));
  EXPECT_EQ(Connect("CreateInstance", ConnectInput("three")).error().status, 402);
}

TEST_F(WorldTest, HundredCreatesAndDeletesLockBothForThirtyDays) {
  world_.settings().connect_instances = 0;
  for (int i = 0; i < 50; ++i) {
    const std::string id =
        Connect("CreateInstance", ConnectInput("a" + std::to_string(i)))->instance_id;
    if (i < 49) {
      ASSERT_TRUE(Connect("DeleteInstance", {{"InstanceId", id}}));
    }
  }
  const std::string last = Connect("CreateInstance", ConnectInput("last"))->instance_id;
  EXPECT_EQ(Connect("CreateInstance", ConnectInput("more")).error().status, 402);
  EXPECT_EQ(Connect("DeleteInstance", {{"InstanceId", last}}).error().status, 402);
  now_ += 30 * kDay;
  EXPECT_TRUE(Connect("DeleteInstance", {{"InstanceId", last}}));
}

TEST_F(WorldTest, ConnectListHasPagesOfAtMostTen) {
  world_.settings().connect_instances = 0;
  for (int i = 0; i < 12; ++i) {
    ASSERT_TRUE(Connect("CreateInstance", ConnectInput("a" + std::to_string(i))));
  }
  const auto first = Connect("ListInstances", Json::object());
  EXPECT_EQ(first->body["InstanceSummaryList"].size(), 10u);
  const auto second = Connect("ListInstances", {{"nextToken", first->body["NextToken"]}});
  EXPECT_EQ(second->body["InstanceSummaryList"].size(), 2u);
  EXPECT_FALSE(second->body.contains("NextToken"));
  EXPECT_EQ(Connect("ListInstances", {{"maxResults", "11"}}).error().status, 400);
}

TEST_F(WorldTest, ConnectAttributesComeInPagesOfSevenAndSteerTheFlags) {
  const std::string id = Connect("CreateInstance", ConnectInput("demo"))->instance_id;
  const auto page = Connect("ListInstanceAttributes", {{"InstanceId", id}});
  EXPECT_EQ(page->body["Attributes"].size(), 7u);
  ASSERT_TRUE(
      Connect("UpdateInstanceAttribute",
              {{"InstanceId", id}, {"AttributeType", "OUTBOUND_CALLS"}, {"Value", "true"}}));
  EXPECT_TRUE(Connect("DescribeInstance", {{"InstanceId", id}})
                  ->body["Instance"]["OutboundCallsEnabled"]
                  .get<bool>());
}

TEST_F(WorldTest, LaggingListSeesACreateLate) {
  world_.settings().list_lag_ms = 5000;
  ASSERT_TRUE(Connect("CreateInstance", ConnectInput("demo")));
  EXPECT_EQ(Connect("ListInstances", {})->body["InstanceSummaryList"].size(), 0u);
  now_ += 5000;
  EXPECT_EQ(Connect("ListInstances", {})->body["InstanceSummaryList"].size(), 1u);
}

TEST_F(WorldTest, SupplyChainWalksFromInitializingToDeletedAndThen404) {
  const std::string id = Scn("CreateInstance", {{"instanceName", "chain"}})->instance_id;
  const auto state = [&] {
    const auto got = Scn("GetInstance", {{"instanceId", id}});
    return got ? got->body["instance"]["state"].get<std::string>() : got.error().code;
  };
  EXPECT_EQ(state(), "Initializing");
  EXPECT_EQ(Scn("UpdateInstance", {{"instanceId", id}}).error().status, 409);
  now_ += world_.settings().scn_provision_ms;
  EXPECT_EQ(state(), "Active");
  ASSERT_TRUE(Scn("DeleteInstance", {{"instanceId", id}}));
  EXPECT_EQ(state(), "Deleting");
  now_ += world_.settings().scn_delete_ms;
  EXPECT_EQ(state(), "Deleted");
  now_ += world_.settings().scn_deleted_visible_ms;
  EXPECT_EQ(state(), "ResourceNotFoundException");
}

TEST_F(WorldTest, SupplyChainTokenMustHave33To126Characters) {
  const auto create = [&](std::size_t length) {
    return Scn("CreateInstance", {{"clientToken", std::string(length, 'a' + length % 20)}});
  };
  EXPECT_FALSE(create(32));
  EXPECT_TRUE(create(33));
  EXPECT_TRUE(create(126));
  EXPECT_FALSE(create(127));
}

TEST_F(WorldTest, SupplyChainDomainIsUniqueUntilDeleted) {
  const Json input = {{"webAppDnsDomain", "example"}};
  const std::string id = Scn("CreateInstance", input)->instance_id;
  EXPECT_EQ(Scn("CreateInstance", input).error().status, 409);
  ASSERT_TRUE(Scn("DeleteInstance", {{"instanceId", id}}));
  now_ += world_.settings().scn_delete_ms;
  EXPECT_TRUE(Scn("CreateInstance", input));
}

TEST_F(WorldTest, FailedDeletionStaysReadable) {
  const std::string id = Scn("CreateInstance", Json::object())->instance_id;
  directives_.delete_failure = "Bucket not empty.";
  ASSERT_TRUE(Scn("DeleteInstance", {{"instanceId", id}}));
  now_ += kDay;
  const Json instance = Scn("GetInstance", {{"instanceId", id}})->body["instance"];
  EXPECT_EQ(instance["state"], "DeleteFailed");
  EXPECT_EQ(instance["errorMessage"], "Bucket not empty.");
}

TEST_F(WorldTest, CccDomainTakenIsAlreadyExistsAndDeletedIs404) {
  const std::string id = Ccc("CreateInstance", CccInput("center"))->instance_id;
  EXPECT_EQ(Ccc("CreateInstance", CccInput("center")).error().code, "AlreadyExists.InstanceId");
  ASSERT_TRUE(Ccc("DeleteInstance", {{"InstanceId", id}}));
  EXPECT_EQ(Ccc("GetInstance", {{"InstanceId", id}}).error().code, "NotExists.InstanceId");
}

TEST_F(WorldTest, CccPartialCreateNamesTheNumberThatFailed) {
  directives_.partial_create = "first-number";
  const Json made = Ccc("CreateInstance", CccInput("center"))->body["Instance"];
  EXPECT_EQ(made["FailPhoneNumbers"]["FailPhoneNumber"][0]["Number"], "02500000000");
  EXPECT_TRUE(made["PhoneNumbers"]["PhoneNumber"].empty());
}

TEST_F(WorldTest, ClosedCccAnswersTheConfiguredCodeForCreateAndDelete) {
  world_.settings().ccc_closed_code = "InvalidApi.NotFound";
  EXPECT_EQ(Ccc("CreateInstance", CccInput("center")).error().code, "InvalidApi.NotFound");
  EXPECT_EQ(Ccc("DeleteInstance", {{"InstanceId", "x"}}).error().code, "InvalidApi.NotFound");
}

TEST_F(WorldTest, OutboundBotNameIsUniqueAndTheLicenceLimits) {
  const Json input = {{"InstanceName", "bot"}, {"MaxConcurrentConversation", "600"}};
  ASSERT_TRUE(Bot("CreateInstance", input));
  EXPECT_EQ(Bot("CreateInstance", input).error().code, "InvalidInstanceName.Duplicated");
  EXPECT_EQ(Bot("CreateInstance", {{"InstanceName", "b2"}, {"MaxConcurrentConversation", "600"}})
                .error()
                .code,
            "LimitExceeded.ConcurrentConversation");
}

TEST_F(WorldTest, OutboundBotUnknownIdHasBothModes) {
  EXPECT_EQ(Bot("DescribeInstance", {{"InstanceId", "x"}}).error().status, 404);
  world_.settings().outboundbot_unknown = "InternalError";
  EXPECT_EQ(Bot("DescribeInstance", {{"InstanceId", "x"}}).error().status, 500);
}

TEST_F(WorldTest, PresetBotIsListedOnceAndCannotBeDeleted) {
  EnsurePreset(world_, kAccount, now_);
  EnsurePreset(world_, kAccount, now_);
  const Json list = Bot("ListInstances", Json::object())->body["Instances"];
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0]["IsPreset"], true);
  EXPECT_FALSE(Bot("DeleteInstance", {{"InstanceId", list[0]["InstanceId"]}}));
}

TEST_F(WorldTest, RecordsRebuildTheSameWorld) {
  const std::string id = Connect("CreateInstance", ConnectInput("demo", "token"))->instance_id;
  World second(Settings{}, 7, [](const Json&) {});
  for (const Json& record : records_) second.Apply(record);
  const auto dump = [](const World& world) {
    Json all = Json::array();
    world.Dump([&](const Json& record) { all.push_back(record); });
    return all;
  };
  EXPECT_EQ(dump(second), dump(world_));
  EXPECT_NE(second.NewId(), id);
}

TEST(VirtualClock, KeepsItsTimeWhenTheScaleChanges) {
  VirtualClock clock(1000, 10);
  EXPECT_EQ(clock.At(1100), 2000);
  clock.SetScale(0, 1100);
  EXPECT_EQ(clock.At(9999), 2000);
  clock.Advance(50);
  EXPECT_EQ(clock.At(9999), 2050);
}

}  // namespace
}  // namespace instanced::cloudsim
