#include "api/kinds/fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/kinds/kind_traits.h"

namespace instanced {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const KindTraits& Connect() { return TraitsOf(Kind::kConnectInstance); }
const KindTraits& Bot() { return TraitsOf(Kind::kOutboundBotInstance); }

// One declared and one observed value of one field, and what must come of it.
struct FieldCase {
  Kind kind;
  const char* field;
  json desired;
  json observed;
  const char* operation;  // null: no difference; "": one that nothing repairs
};

std::ostream& operator<<(std::ostream& out, const FieldCase& c) {
  return out << ToString(c.kind) << "." << c.field << " " << c.desired << " / " << c.observed;
}

class EveryField : public testing::TestWithParam<FieldCase> {};

TEST_P(EveryField, DiffersAndIsRepairedByItsOwnCall) {
  const auto& c = GetParam();
  const auto& traits = TraitsOf(c.kind);

  const auto diffs = Diff(traits, {{c.field, c.desired}}, {{c.field, c.observed}});

  if (c.operation == nullptr) {
    EXPECT_THAT(diffs, IsEmpty());
    return;
  }
  ASSERT_THAT(diffs, SizeIs(1));
  EXPECT_EQ(diffs[0].field, c.field);
  EXPECT_EQ(diffs[0].operation, c.operation);
  const auto steps = PlanUpdate(traits, diffs);
  ASSERT_THAT(steps, SizeIs(*c.operation == '\0' ? 0 : 1));
  if (!steps.empty()) {
    EXPECT_EQ(steps[0].operation, c.operation);
  }
}

constexpr auto kCni = Kind::kConnectInstance;
constexpr auto kScni = Kind::kSupplyChainInstance;
constexpr auto kCcci = Kind::kCloudCallCenterInstance;
constexpr auto kObi = Kind::kOutboundBotInstance;
constexpr auto kPli = Kind::kPluginInstance;

INSTANTIATE_TEST_SUITE_P(
    Connect, EveryField,
    testing::Values(
        FieldCase{kCni, "identityManagementType", "SAML", "SAML", nullptr},
        FieldCase{kCni, "identityManagementType", "SAML", "CONNECT_MANAGED", ""},
        FieldCase{kCni, "instanceAlias", "Front-Desk", "front-desk", nullptr},
        FieldCase{kCni, "instanceAlias", "front-desk", "back-desk", ""},
        FieldCase{kCni, "directoryId", "d-0123456789", nullptr, ""},
        FieldCase{kCni, "directoryId", "", nullptr, nullptr},
        FieldCase{kCni, "inboundCallsEnabled", false, true, "UpdateInstanceAttribute"},
        FieldCase{kCni, "inboundCallsEnabled", false, false, nullptr},
        FieldCase{kCni, "inboundCallsEnabled", false, nullptr, "UpdateInstanceAttribute"},
        FieldCase{kCni, "outboundCallsEnabled", true, false, "UpdateInstanceAttribute"},
        FieldCase{kCni,
                  "attributes",
                  {{"CONTACT_LENS", "true"}},
                  {{"CONTACT_LENS", "false"}},
                  "UpdateInstanceAttribute"},
        FieldCase{
            kCni, "attributes", {{"CONTACT_LENS", "true"}}, nullptr, "UpdateInstanceAttribute"},
        FieldCase{kCni, "attributes", json::object(), {{"CONTACT_LENS", "false"}}, nullptr},
        FieldCase{kCni,
                  "attributes",
                  {{"CONTACT_LENS", "true"}},
                  {{"CONTACT_LENS", "true"}, {"EARLY_MEDIA", "true"}},
                  nullptr},
        FieldCase{kCni, "tags", {{"team", "a"}}, {{"team", "b"}}, "TagResource"},
        FieldCase{kCni, "tags", json::object(), {{"team", "b"}}, "UntagResource"},
        FieldCase{kCni, "tags", nullptr, {{"team", "b"}}, nullptr},
        FieldCase{kCni, "tags", {{"team", ""}}, json::object(), "TagResource"}));

INSTANTIATE_TEST_SUITE_P(
    SupplyChain, EveryField,
    testing::Values(FieldCase{kScni, "instanceName", "east", "west", "UpdateInstance"},
                    FieldCase{kScni, "instanceName", "East", "east", "UpdateInstance"},
                    FieldCase{kScni, "instanceDescription", "", nullptr, nullptr},
                    FieldCase{kScni, "instanceDescription", nullptr, "", nullptr},
                    FieldCase{kScni, "instanceDescription", "", "old", "UpdateInstance"},
                    FieldCase{kScni, "kmsKeyArn", "arn:aws:kms:::key/a", "arn:aws:kms:::key/b", ""},
                    FieldCase{kScni, "webAppDnsDomain", "Shop", "shop", nullptr},
                    FieldCase{kScni, "webAppDnsDomain", "shop", "store", ""},
                    FieldCase{kScni, "tags", {{"a", "1"}}, json::object(), "TagResource"}));

INSTANTIATE_TEST_SUITE_P(CloudCallCenter, EveryField,
                         testing::Values(FieldCase{kCcci, "name", "desk", "other", ""},
                                         FieldCase{kCcci, "domainName", "Desk", "desk", nullptr},
                                         FieldCase{kCcci, "domainName", "desk", "other", ""},
                                         FieldCase{kCcci, "storageMaxDays", 30, 30, nullptr},
                                         FieldCase{kCcci, "storageMaxDays", 30, 60, ""},
                                         FieldCase{kCcci, "storageMaxSize", 100, 200, ""},
                                         FieldCase{kCcci, "description", "text",
                                                   "text [instanced:0123456789abcdef]", nullptr},
                                         FieldCase{kCcci, "description", "text", "other", ""},
                                         FieldCase{kCcci, "directoryId", "dir-a", "dir-b", ""},
                                         FieldCase{kCcci, "phoneNumber", "0571", nullptr, nullptr},
                                         FieldCase{
                                             kCcci, "phoneNumbers", {"0571"}, nullptr, nullptr},
                                         FieldCase{kCcci, "adminRamIds", {"1"}, {"2"}, ""},
                                         FieldCase{kCcci, "userObjects", {"u"}, nullptr, nullptr}));

INSTANTIATE_TEST_SUITE_P(
    OutboundBot, EveryField,
    testing::Values(FieldCase{kObi, "instanceName", "bot", "robot", "ModifyInstance"},
                    FieldCase{kObi, "instanceDescription", "", "[instanced:0123456789abcdef]",
                              nullptr},
                    FieldCase{kObi, "instanceDescription", "a", "b [instanced:0123456789abcdef]",
                              "ModifyInstance"},
                    FieldCase{kObi, "maxConcurrentConversation", 4, 8, "ModifyInstance"},
                    FieldCase{kObi, "callingNumbers", {"1", "2"}, {"2", "1"}, nullptr},
                    FieldCase{kObi, "callingNumbers", {"1"}, nullptr, "ModifyInstance"},
                    FieldCase{kObi, "nluServiceType", "Managed", "Provided", ""},
                    FieldCase{kObi, "resourceGroupId", "rg-a", "rg-b", "ChangeResourceGroup"}));

INSTANTIATE_TEST_SUITE_P(
    Plugin, EveryField,
    testing::Values(FieldCase{kPli, "size", 3, 4, "Update"}, FieldCase{kPli, "size", 3, 3, nullptr},
                    FieldCase{kPli, "nested", {{"a", 1}}, {{"a", 2}}, "Update"},
                    FieldCase{kPli, "tags", {{"a", "1"}}, nullptr, "Update"}));

TEST(Diff, FieldsThatAreNotDeclaredAreTheCloudsOwn) {
  const json observed{
      {"instanceAlias", "x"}, {"tags", {{"a", "b"}}}, {"inboundCallsEnabled", true}};
  EXPECT_THAT(Diff(Connect(), json::object(), observed), IsEmpty());
}

TEST(Diff, ReservedTagsAreNeverRemoved) {
  const json observed{{"tags", {{"aws:made-by", "x"}, {"instanced.dev/owner", "y"}, {"b", "z"}}}};
  const auto diffs = Diff(Connect(), {{"tags", {{"a", "1"}}}}, observed);
  ASSERT_THAT(diffs, SizeIs(2));
  EXPECT_EQ(diffs[0].key, "a");
  EXPECT_EQ(diffs[1].key, "b");
  EXPECT_TRUE(diffs[1].desired.is_null());
}

TEST(Diff, WriteOnlyFieldsAreNotComparedUntilWhatWasSentIsKnown) {
  EXPECT_THAT(Diff(Bot(), {{"callingNumbers", {"1"}}}, json::object()), IsEmpty());
}

TEST(ObservedFields, WriteOnlyFieldsAreSentOnceAndAgainOnlyWhenTheyChange) {
  const json declared{{"callingNumbers", {"1", "2"}}};
  const auto never = ObservedFields(Bot(), json::object(), std::nullopt, "");
  const auto once = ObservedFields(Bot(), json::object(), std::nullopt,
                                   SentFields(Bot(), declared, SentBy::kCreate, ""));

  EXPECT_THAT(Diff(Bot(), declared, never), SizeIs(1));
  EXPECT_THAT(Diff(Bot(), declared, once), IsEmpty());
  EXPECT_THAT(Diff(Bot(), {{"callingNumbers", {"3"}}}, once), SizeIs(1));
  EXPECT_EQ(SentFields(Connect(), declared, SentBy::kCreate, ""), "");
}

TEST(ObservedFields, CreateOnlyFieldsAreHeldAgainstWhatOurCreateSent) {
  const json declared{{"nluServiceType", "Managed"}, {"callingNumbers", {"1"}}};
  const json edited{{"nluServiceType", "Provided"}, {"callingNumbers", {"2"}}};
  const auto created = SentFields(Bot(), declared, SentBy::kCreate, "");
  const auto seen = [](std::string_view sent) {
    return ObservedFields(Bot(), {{"nluServiceType", "whatever"}}, std::nullopt, sent);
  };
  EXPECT_THAT(Diff(Bot(), declared, seen(created)), IsEmpty());
  const auto diffs = Diff(Bot(), edited, seen(created));
  ASSERT_THAT(diffs, SizeIs(2));
  EXPECT_EQ(diffs[0].field, "nluServiceType");
  EXPECT_EQ(diffs[0].mutability, Mutability::kImmutable);
  // An update sends the numbers, and still not the service type.
  const auto updated = SentFields(Bot(), edited, SentBy::kUpdate, created);
  EXPECT_THAT(Diff(Bot(), edited, seen(updated)), SizeIs(1));
  // Adopted: nobody knows what its create sent.
  EXPECT_THAT(Diff(Bot(), {{"nluServiceType", "Provided"}}, seen("")), IsEmpty());
  EXPECT_THAT(Diff(Bot(), edited, seen(SentFields(Bot(), edited, SentBy::kUpdate, ""))), IsEmpty());
}

const Mark kMark{"home/ConnectInstance/default/desk", "uid-1", "0123456789abcdef"};

TEST(WithMark, AMissingMarkIsRepairedWithoutTouchingTheUsersTags) {
  const auto desired = WithMark(Connect(), json::object(), kMark);
  const auto observed = ObservedFields(Connect(), {{"tags", {{"team", "a"}}}}, ObservedMark{}, "");

  const auto steps = PlanUpdate(Connect(), Diff(Connect(), desired, observed));

  ASSERT_THAT(steps, SizeIs(1));
  EXPECT_EQ(steps[0].operation, "TagResource");
  EXPECT_THAT(steps[0].diffs, SizeIs(2));
}

TEST(WithMark, AMarkThatIsThereIsNoDifferenceEvenIfTheAdapterKeepsItOutOfTheFields) {
  const auto desired = WithMark(Connect(), {{"tags", {{"team", "a"}}}}, kMark);
  const auto observed = ObservedFields(Connect(), {{"tags", {{"team", "a"}}}},
                                       ObservedMark{kMark.owner_value, kMark.uid, {}}, "");
  EXPECT_THAT(Diff(Connect(), desired, observed), IsEmpty());
}

TEST(WithMark, AMissingSuffixIsADifferenceOfTheDescriptionWhereItCanBeRepaired) {
  const json declared{{"instanceDescription", "text"}, {"description", "text"}};
  for (const auto kind : {Kind::kOutboundBotInstance, Kind::kCloudCallCenterInstance}) {
    const auto& traits = TraitsOf(kind);
    const auto desired = WithMark(traits, declared, kMark);
    const auto bare = ObservedFields(traits, declared, ObservedMark{}, "");
    const auto marked = ObservedFields(traits, declared, ObservedMark{{}, {}, kMark.suffix}, "");

    const auto steps = PlanUpdate(traits, Diff(traits, desired, bare));

    ASSERT_THAT(steps, SizeIs(kind == Kind::kOutboundBotInstance ? 1 : 0));
    if (!steps.empty()) {
      EXPECT_EQ(steps[0].diffs[0].key, kSuffixKey);
    }
    EXPECT_THAT(Diff(traits, desired, marked), IsEmpty());
  }
}

TEST(PlanUpdate, ConnectTakesOneCallPerSwitchAndAttributeAndOneForAllTags) {
  const json desired{{"tags", {{"a", "1"}, {"b", "2"}}},
                     {"attributes", {{"CONTACT_LENS", "true"}, {"EARLY_MEDIA", "true"}}},
                     {"inboundCallsEnabled", true},
                     {"outboundCallsEnabled", true}};
  const json observed{{"tags", {{"0", "x"}, {"c", "3"}}}};
  std::vector<std::string> calls;
  for (const auto& step : PlanUpdate(Connect(), Diff(Connect(), desired, observed))) {
    calls.push_back(step.operation + ":" + std::to_string(step.diffs.size()));
  }
  EXPECT_THAT(calls, ElementsAre("UpdateInstanceAttribute:1", "UpdateInstanceAttribute:1",
                                 "UpdateInstanceAttribute:1", "UpdateInstanceAttribute:1",
                                 "TagResource:2", "UntagResource:2"));
}

TEST(PlanUpdate, FieldsOfOneGroupedOperationTravelTogether) {
  const json desired{
      {"instanceName", "a"}, {"maxConcurrentConversation", 2}, {"resourceGroupId", "g"}};
  const auto steps = PlanUpdate(Bot(), Diff(Bot(), desired, json::object()));
  ASSERT_THAT(steps, SizeIs(2));
  EXPECT_THAT(steps[0].diffs, SizeIs(2));
  EXPECT_EQ(steps[1].operation, "ChangeResourceGroup");
}

TEST(PlanUpdate, APluginsFieldsAndTagsTravelInOneUpdate) {
  const auto& traits = TraitsOf(Kind::kPluginInstance);
  const auto diffs = Diff(traits, {{"size", 1}, {"tags", {{"a", "b"}}}}, {{"tags", {{"c", "d"}}}});
  const auto steps = PlanUpdate(traits, diffs);
  ASSERT_THAT(steps, SizeIs(1));
  EXPECT_THAT(steps[0].diffs, SizeIs(3));
}

TEST(Describe, NamesFieldAndBothSidesAndCutsLongValuesBetweenCharacters) {
  const auto diffs = Diff(Connect(), {{"inboundCallsEnabled", true}}, json::object());
  EXPECT_EQ(Describe(diffs.at(0)), "inboundCallsEnabled: true declared, nothing observed");

  FieldDiff diff;
  diff.field = "attributes";
  diff.key = "X";
  diff.desired = std::string(62, 'x') + "éé";
  const auto text = Describe(diff);
  EXPECT_EQ(text, "attributes.X: \"" + std::string(62, 'x') + "... declared, nothing observed");
}

TEST(CreateWarnings, RefusedNumberIsADifferenceUntilItIsThereOrNoLongerDeclared) {
  const auto& traits = TraitsOf(Kind::kCloudCallCenterInstance);
  const json declared{{"phoneNumbers", {"1", "2"}}, {"phoneNumber", "3"}};
  const std::string recorded =
      R"({"createWarnings":{"failPhoneNumbers":["1",{"number":"3"},"9"]}})";
  json seen{{"phoneNumbers", {{{"number", "2"}}}}};
  const auto diffs = CarryCreateWarnings(traits, declared, recorded, seen);
  ASSERT_EQ(diffs.size(), 2U);
  EXPECT_EQ(Describe(diffs[0]), "phoneNumbers.1: \"1\" declared, nothing observed");
  EXPECT_EQ(diffs[1].field, "phoneNumber");
  EXPECT_EQ(seen["createWarnings"]["failPhoneNumbers"], json::parse(R"(["1",{"number":"3"}])"));

  json there{{"phoneNumbers", {{{"number", "1"}}, {{"number", "2"}}, {{"number", "3"}}}}};
  EXPECT_TRUE(CarryCreateWarnings(traits, declared, seen.dump(), there).empty());
  EXPECT_FALSE(there.contains("createWarnings"));
}

TEST(CreateWarnings, RefusedAdministratorsAreCountedWhereTheirNamesAreHidden) {
  const auto& traits = TraitsOf(Kind::kCloudCallCenterInstance);
  const json declared{{"adminRamIds", {"a", "b"}}};
  const std::string recorded = R"({"createWarnings":{"failLoginNameCount":1}})";
  json one{{"admin", {{{"ramId", "a"}}}}};
  EXPECT_EQ(CarryCreateWarnings(traits, declared, recorded, one).size(), 1U);
  EXPECT_EQ(one["createWarnings"]["failLoginNameCount"], 1);
  json both{{"admin", {{{"ramId", "a"}}, {{"ramId", "b"}}}}};
  EXPECT_TRUE(CarryCreateWarnings(traits, declared, recorded, both).empty());
  EXPECT_FALSE(both.contains("createWarnings"));

  const std::string named =
      R"({"createWarnings":{"failLoginNameCount":1,"failLoginNames":["bob"]}})";
  json shown{{"admin", {{{"detail", {{"loginName", "bob"}}}}}}};
  EXPECT_TRUE(CarryCreateWarnings(traits, declared, named, shown).empty());
}

TEST(CreateWarnings, KindsThatMakeAllOrNothingHaveNone) {
  json seen = json::object();
  EXPECT_TRUE(CarryCreateWarnings(TraitsOf(Kind::kConnectInstance), json::object(),
                                  R"({"createWarnings":{"failPhoneNumbers":["1"]}})", seen)
                  .empty());
  EXPECT_TRUE(seen.empty());
}

TEST(NaturalKeys, CaseCountsOnlyWhereTheNameIsNoHostName) {
  const auto& connect = TraitsOf(Kind::kConnectInstance);
  EXPECT_TRUE(SameNaturalKey(connect, "Desk", "dESK"));
  EXPECT_FALSE(SameNaturalKey(connect, "desk", "desks"));
  EXPECT_EQ(FoldNaturalKey(connect, "Desk"), "desk");
  const auto& bot = TraitsOf(Kind::kOutboundBotInstance);
  EXPECT_FALSE(SameNaturalKey(bot, "Bot", "bot"));
  EXPECT_EQ(FoldNaturalKey(bot, "Bot"), "Bot");
}

}  // namespace
}  // namespace instanced
