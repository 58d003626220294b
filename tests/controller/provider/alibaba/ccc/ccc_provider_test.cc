#include "controller/provider/alibaba/ccc/ccc_provider.h"

#include <gtest/gtest.h>

#include "tests/controller/provider/alibaba/alibaba_world.h"

namespace instanced::alibaba {
namespace {

using nlohmann::json;

// GetInstance as documented: scalars as strings, lists wrapped, 无 for none.
constexpr std::string_view kDocumented = R"({
  "Message": "无", "RequestId": "2778FA12", "HttpStatusCode": "200", "Code": "OK", "Success": "true",
  "Instance": {
    "Status": "Creating",
    "PhoneNumbers": {"PhoneNumber": [{"Usage": "Bidirection", "AllowOutbound": "true",
      "TestOnly": "false", "Number": "02500000000", "InstanceId": "ef1e71e9", "RemainingTime": "0",
      "Trunks": "1", "PhoneNumberId": "51349d57", "PhoneNumberDescription": "Ali Telecom"}]},
    "Owner": "1059803544828509", "CreatedTime": "1537867125000",
    "ConsoleUrl": "ccc.aliyun.com/workbench/111", "DomainName": "111", "InstanceId": "ef1e71e9",
    "StorageMaxSize": "100",
    "Admin": {"User": [{"RamId": "1059803544828509", "InstanceId": "ef1e71e9", "UserId": "无"},
      {"Detail": {"LoginName": "cctest", "Department": "IT", "Email": "123@xx.com",
                  "Phone": "131xxxx1234", "DisplayName": "测试test"}}]},
    "InstanceName": "测试11111", "MaxOnlineAgents": "100", "TenantId": "acc2985",
    "DirectoryId": "无", "StorageBucket": "cloudcallcenter-online", "StorageMaxDays": "0",
    "InstanceDescription": "测试实例 [instanced:0123456789abcdef]"}})";

constexpr std::string_view kDocumentedXml = R"(
<Message>无</Message><RequestId>2778FA12</RequestId>
<Instance><Status>Creating</Status>
  <PhoneNumbers><PhoneNumber><Usage>Bidirection</Usage><AllowOutbound>true</AllowOutbound>
    <TestOnly>false</TestOnly><Number>02500000000</Number><InstanceId>ef1e71e9</InstanceId>
    <RemainingTime>0</RemainingTime><Trunks>1</Trunks><PhoneNumberId>51349d57</PhoneNumberId>
    <PhoneNumberDescription>Ali Telecom</PhoneNumberDescription></PhoneNumber></PhoneNumbers>
  <Owner>1059803544828509</Owner><CreatedTime>1537867125000</CreatedTime>
  <ConsoleUrl>ccc.aliyun.com/workbench/111</ConsoleUrl><DomainName>111</DomainName>
  <InstanceId>ef1e71e9</InstanceId><StorageMaxSize>100</StorageMaxSize>
  <Admin><User><RamId>1059803544828509</RamId><InstanceId>ef1e71e9</InstanceId>
    <UserId>无</UserId></User>
    <User><Detail><LoginName>cctest</LoginName><Department>IT</Department><Email>123@xx.com</Email>
    <Phone>131xxxx1234</Phone><DisplayName>测试test</DisplayName></Detail></User></Admin>
  <InstanceName>测试11111</InstanceName><MaxOnlineAgents>100</MaxOnlineAgents>
  <TenantId>acc2985</TenantId><DirectoryId>无</DirectoryId>
  <StorageBucket>cloudcallcenter-online</StorageBucket><StorageMaxDays>0</StorageMaxDays>
  <InstanceDescription>测试实例 [instanced:0123456789abcdef]</InstanceDescription></Instance>
<HttpStatusCode>200</HttpStatusCode><Code>OK</Code><Success>true</Success>)";

json ExpectedAtProvider() {
  return json::parse(R"({
    "instanceId": "ef1e71e9", "instanceName": "测试11111", "domainName": "111",
    "instanceDescription": "测试实例 [instanced:0123456789abcdef]",
    "consoleUrl": "ccc.aliyun.com/workbench/111", "storageBucket": "cloudcallcenter-online",
    "storageMaxDays": 0, "storageMaxSize": 100, "maxOnlineAgents": 100, "tenantId": "acc2985",
    "status": "Creating", "createdTime": "2018-09-25T09:18:45Z", "owner": "1059803544828509",
    "admin": [{"ramId": "1059803544828509", "instanceId": "ef1e71e9"},
              {"detail": {"department": "IT"}}],
    "phoneNumbers": [{"phoneNumberId": "51349d57", "instanceId": "ef1e71e9",
      "number": "02500000000", "phoneNumberDescription": "Ali Telecom", "testOnly": false,
      "remainingTime": 0, "allowOutbound": true, "usage": "Bidirection", "trunks": 1}]})");
}

const Mark kMark{"owner", "uid-1", "0123456789abcdef"};

CreateInput Desired() {
  return {{{"name", "Desk"},
           {"domainName", "front-desk"},
           {"storageMaxDays", 30},
           {"storageMaxSize", 100},
           {"description", "a desk"},
           {"phoneNumbers", {"02500000000", "02500000001"}},
           {"adminRamIds", {"1059"}}},
          kMark,
          "token-1"};
}

class CccProviderTest : public ::testing::Test {
 protected:
  CccProvider Make(PersonalData personal = PersonalData::kHide) {
    return CccProvider(world.client("ccc", "2017-07-05", CccErrors()),
                       CccOptions{DefaultCccReadyStates(), personal});
  }
  Result<Observation> Observe(PersonalData personal = PersonalData::kHide) {
    CccProvider provider = Make(personal);
    return world.Run(provider.Observe(world.context(), "ef1e71e9"));
  }
  AlibabaWorld world;
};

TEST_F(CccProviderTest, EveryDocumentedFieldReachesAtProvider) {
  for (const std::string_view body : {kDocumented, kDocumentedXml}) {
    world.On("GetInstance", HttpResponse{200, {}, std::string(body)});
    const auto observed = Observe();
    ASSERT_TRUE(observed) << observed.error().message;
    EXPECT_EQ(observed->at_provider, ExpectedAtProvider());
    EXPECT_EQ(observed->lifecycle, Lifecycle::kCreating);
    EXPECT_EQ(observed->natural_key, "111");
    EXPECT_EQ(observed->mark->suffix, "0123456789abcdef");
    EXPECT_EQ(observed->fields,
              json::parse(R"({"name": "测试11111", "domainName": "111", "storageMaxDays": 0,
                              "storageMaxSize": 100, "description": "测试实例"})"));
  }
  EXPECT_EQ(world.calls.front().at("InstanceId"), "ef1e71e9");
}

TEST_F(CccProviderTest, PersonalDataNeedsPermission) {
  world.On("GetInstance", HttpResponse{200, {}, std::string(kDocumented)});
  const std::string hidden = Observe()->at_provider.dump();
  for (const char* personal : {"cctest", "123@xx.com", "131xxxx1234", "测试test"}) {
    EXPECT_EQ(hidden.find(personal), std::string::npos) << personal;
  }
  const json detail = Observe(PersonalData::kShow)->at_provider["admin"][1]["detail"];
  EXPECT_EQ(detail, json::parse(R"({"loginName": "cctest", "department": "IT",
      "email": "123@xx.com", "phone": "131xxxx1234", "displayName": "测试test"})"));
}

TEST_F(CccProviderTest, StatesAreReadInAnyCaseAndUnknownIsNeverReady) {
  const auto states = DefaultCccReadyStates();
  for (const char* ready : {"RUNNING", "Running", "Created", "ACTIVE"}) {
    EXPECT_EQ(CccLifecycle(ready, states), Lifecycle::kReady) << ready;
  }
  EXPECT_EQ(CccLifecycle("CREATING", states), Lifecycle::kCreating);
  EXPECT_EQ(CccLifecycle("Stopped", states), Lifecycle::kSuspended);
  EXPECT_EQ(CccLifecycle("RELEASED", states), Lifecycle::kGone);
  EXPECT_EQ(CccLifecycle("Frozen", states), Lifecycle::kUnknown);
  EXPECT_EQ(CccLifecycle("", states), Lifecycle::kUnknown);
  EXPECT_EQ(CccLifecycle("Frozen", std::vector<std::string>{"frozen"}), Lifecycle::kReady);
}

TEST_F(CccProviderTest, CreateSendsExactlyTheRecordedRequest) {
  CccProvider provider = Make();
  const auto request = provider.EncodeCreate(Desired());
  EXPECT_EQ(*request,
            R"({"AdminRamId.1":"1059","Description":"a desk [instanced:0123456789abcdef]",)"
            R"("DomainName":"front-desk","Name":"Desk","PhoneNumbers.1":"02500000000",)"
            R"("PhoneNumbers.2":"02500000001","StorageMaxDays":"30","StorageMaxSize":"100"})");
  world.On("CreateInstance",
           Json(200, {{"Code", "OK"},
                      {"Instance", {{"InstanceId", "i-9"}, {"Status", "Creating"}}},
                      {"FailPhoneNumbers", {{"FailPhoneNumber", {"02500000001"}}}},
                      {"FailLoginNames", {{"FailLoginName", {"somebody"}}}}}));
  const auto created = world.Run(provider.Create(world.context(), *request));
  ASSERT_TRUE(created) << created.error().message;
  EXPECT_EQ(created->external_name, "i-9");
  EXPECT_EQ(created->at_provider["createWarnings"],
            json::parse(R"({"failPhoneNumbers": ["02500000001"], "failLoginNameCount": 1})"));
  RpcParameters sent = world.calls.front();
  for (const char* common : {"AccessKeyId", "Action", "Format", "RegionId", "SignatureMethod",
                             "SignatureNonce", "SignatureVersion", "Timestamp", "Version"}) {
    sent.erase(common);
  }
  EXPECT_EQ(json(sent).dump(), *request);
}

TEST_F(CccProviderTest, RefusedPartsInsideTheInstanceCountAsWell) {
  CccProvider provider = Make();
  world.On(
      "CreateInstance",
      Json(200, {{"Code", "OK"},
                 {"Instance",
                  {{"InstanceId", "i-9"},
                   {"FailPhoneNumbers", {{"FailPhoneNumber", {{{"Number", "02500000001"}}}}}}}}}));
  const auto created =
      world.Run(provider.Create(world.context(), *provider.EncodeCreate(Desired())));
  ASSERT_TRUE(created) << created.error().message;
  EXPECT_EQ(created->at_provider["createWarnings"]["failPhoneNumbers"][0]["number"], "02500000001");
}

TEST_F(CccProviderTest, DescriptionLimitCountsTheMarkInCharacters) {
  CccProvider provider = Make();
  CreateInput input = Desired();
  std::string text;
  for (int i = 0; i < 256 - kSuffixLength; ++i) text += "实";
  input.parameters["description"] = text;
  EXPECT_TRUE(provider.EncodeCreate(input));
  input.parameters["description"] = text + "例";
  const auto refused = provider.EncodeCreate(input);
  EXPECT_EQ(refused.error().error_class, ErrorClass::kValidation);
  EXPECT_NE(refused.error().message.find("at most 227 characters"), std::string::npos);
}

TEST_F(CccProviderTest, WrongParametersAndRecordsAreRefusedBeforeAnyCall) {
  CccProvider provider = Make();
  CreateInput input = Desired();
  input.parameters["colour"] = "red";
  EXPECT_EQ(provider.EncodeCreate(input).error().error_class, ErrorClass::kValidation);
  for (const std::string record : {"", "[]", R"({"Name":1})"}) {
    const auto created = world.Run(provider.Create(world.context(), record));
    EXPECT_EQ(created.error().error_class, ErrorClass::kTerminal) << record;
  }
  EXPECT_TRUE(world.http.requests().empty());
}

TEST_F(CccProviderTest, CreateWithoutAnIdIsInDoubt) {
  CccProvider provider = Make();
  for (const json& body : {json{{"Code", "OK"}}, json{{"Code", "OK"}, {"Instance", "odd"}}}) {
    world.On("CreateInstance", Json(200, body));
    const auto created = world.Run(provider.Create(world.context(), R"({"Name":"n"})"));
    EXPECT_EQ(created.error().error_class, ErrorClass::kInDoubt);
  }
}

TEST_F(CccProviderTest, ClosedCreateAndDeleteAreToldAsSuch) {
  CccProvider provider = Make();
  world.On("CreateInstance", Failure(404, "InvalidApi.NotFound"));
  world.On("DeleteInstance", Failure(404, "InvalidAction.NotFound"));
  const auto created = world.Run(provider.Create(world.context(), R"({"Name":"n"})"));
  const auto deleted = world.Run(provider.Delete(world.context(), "i", ""));
  EXPECT_EQ(created.error().error_class, ErrorClass::kNotOffered);
  EXPECT_EQ(deleted.error().error_class, ErrorClass::kNotOffered);
  EXPECT_NE(created.error().message.find("spec.externalName"), std::string::npos);
}

TEST_F(CccProviderTest, GoneIsDecidedByCodeOnly) {
  world.On("GetInstance", Failure(404, "NotExists.InstanceId"));
  EXPECT_EQ(Observe().error().error_class, ErrorClass::kNotFound);
  world.On("GetInstance", Json(200, {{"Code", "NotExists.InstanceId"}, {"HttpStatusCode", 404}}));
  EXPECT_EQ(Observe().error().error_class, ErrorClass::kNotFound);
  world.On("GetInstance", Json(200, {{"Code", "OK"}}));
  EXPECT_EQ(Observe().error().error_class, ErrorClass::kTransient);
  world.On("GetInstance", Failure(404, "Surprise"));
  EXPECT_EQ(Observe().error().error_class, ErrorClass::kTerminal);
}

TEST_F(CccProviderTest, ListReadsBothShapesAndAMissingListIsNoEmptyOne) {
  CccProvider provider = Make();
  const json entry{{"InstanceId", "i-1"}, {"DomainName", 111}, {"Owner", 1059803544828509}};
  for (const json& list : {json{{"CallCenterInstance", {entry, entry}}}, json{entry, entry}}) {
    world.On("ListInstancesOfUser", Json(200, {{"Code", "OK"}, {"Instances", list}}));
    const auto page = world.Run(provider.List(world.context(), ""));
    ASSERT_EQ(page->entries.size(), 2u);
    EXPECT_EQ(page->entries[0].natural_key, "111");
    EXPECT_EQ(page->entries[0].at_provider["owner"], "1059803544828509");
    EXPECT_EQ(page->next_page, "");
  }
  const json nameless{{"DomainName", "whose"}};
  for (const json& answer :
       {json{{"Code", "OK"}}, json{{"Code", "OK"}, {"Instances", {entry, nameless}}}}) {
    world.On("ListInstancesOfUser", Json(200, answer));
    const auto page = world.Run(provider.List(world.context(), ""));
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().error_class, ErrorClass::kTransient);
  }
}

TEST_F(CccProviderTest, NothingCanBeUpdated) {
  CccProvider provider = Make();
  const auto updated = world.Run(provider.Update(world.context(), {}));
  EXPECT_EQ(updated.error().error_class, ErrorClass::kTerminal);
  EXPECT_TRUE(world.http.requests().empty());
}

}  // namespace
}  // namespace instanced::alibaba
