#include "controller/provider/plugin/plugin_errors.h"

#include <gtest/gtest.h>

#include "api/provider/v1/provider.pb.h"

namespace instanced::plugin {
namespace {

namespace pb = instanced::provider::v1;

RpcAnswer Ended(int status, const std::string& message = "why") {
  RpcAnswer answer;
  answer.status = status;
  answer.message = message;
  return answer;
}

RpcAnswer WithDetail(int status, const pb::ErrorDetail& detail) {
  auto answer = Ended(status);
  pb::Status full;
  full.set_code(status);
  full.set_message("said in full");
  full.add_details()->PackFrom(detail);
  answer.details = full.SerializeAsString();
  return answer;
}

pb::ErrorDetail DetailWith(pb::ErrorClass error_class) {
  pb::ErrorDetail detail;
  detail.set_error_class(error_class);
  detail.set_code("Word");
  return detail;
}

TEST(PluginErrors, AStatusWithoutADetailProvesNothingThatGrpcItselfMaySay) {
  for (const int status : {1, 2, 4, 5, 8, 13, 14, 15, 77}) {
    const auto read = ErrorFrom(Verb::kObserve, Ended(status));
    EXPECT_EQ(read.error_class, ErrorClass::kTransient) << status;
    const auto mutated = ErrorFrom(Verb::kCreate, Ended(status));
    EXPECT_EQ(mutated.error_class, ErrorClass::kInDoubt) << status;
    EXPECT_EQ(mutated.reach, Reach::kUnknown) << status;
  }
}

TEST(PluginErrors, StatusesThatOnlyAPluginSaysKeepTheirMeaning) {
  const std::pair<int, ErrorClass> table[] = {
      {3, ErrorClass::kValidation}, {9, ErrorClass::kValidation}, {11, ErrorClass::kValidation},
      {6, ErrorClass::kTaken},      {10, ErrorClass::kBusy},      {7, ErrorClass::kAuth},
      {16, ErrorClass::kAuth},      {12, ErrorClass::kTerminal}};
  for (const auto& [status, error_class] : table) {
    EXPECT_EQ(ErrorFrom(Verb::kCreate, Ended(status)).error_class, error_class) << status;
  }
}

TEST(PluginErrors, TheDetailDecides) {
  auto detail = DetailWith(pb::ERROR_CLASS_THROTTLED);
  detail.set_request_id("id-1");
  detail.mutable_retry_after()->set_seconds(3);
  detail.mutable_retry_after()->set_nanos(500'000'000);
  const auto error = ErrorFrom(Verb::kCreate, WithDetail(14, detail));
  EXPECT_EQ(error.error_class, ErrorClass::kThrottled);
  EXPECT_EQ(error.code, "Word");
  EXPECT_EQ(error.message, "said in full");
  EXPECT_EQ(error.request_id, "id-1");
  EXPECT_EQ(error.retry_after, std::chrono::milliseconds(3500));
  EXPECT_EQ(error.operation, "plugin:Create");
  EXPECT_EQ(error.reach, Reach::kAnswered);
}

TEST(PluginErrors, OnlyADetailMakesAnInstanceGone) {
  EXPECT_EQ(ErrorFrom(Verb::kObserve, Ended(5)).error_class, ErrorClass::kTransient);
  EXPECT_EQ(
      ErrorFrom(Verb::kObserve, WithDetail(5, DetailWith(pb::ERROR_CLASS_NOT_FOUND))).error_class,
      ErrorClass::kNotFound);
}

TEST(PluginErrors, TransientOfACreateIsInDoubtUnlessNothingWasDone) {
  auto detail = DetailWith(pb::ERROR_CLASS_TRANSIENT);
  EXPECT_EQ(ErrorFrom(Verb::kCreate, WithDetail(13, detail)).error_class, ErrorClass::kInDoubt);
  detail.set_nothing_done(true);
  const auto sure = ErrorFrom(Verb::kCreate, WithDetail(13, detail));
  EXPECT_EQ(sure.error_class, ErrorClass::kTransient);
  EXPECT_EQ(sure.reach, Reach::kNotSent);
}

TEST(PluginErrors, WhatADetailLacksIsNamed) {
  EXPECT_EQ(DetailOf(Ended(5)), Detail::kMissing);
  auto garbage = Ended(5);
  garbage.details = "\xFF\xFF\xFF";
  EXPECT_EQ(DetailOf(garbage), Detail::kUnreadable);
  EXPECT_EQ(DetailOf(WithDetail(5, DetailWith(pb::ERROR_CLASS_UNSPECIFIED))),
            Detail::kWithoutClass);
  pb::ErrorDetail wordless;
  wordless.set_error_class(pb::ERROR_CLASS_BUSY);
  EXPECT_EQ(DetailOf(WithDetail(5, wordless)), Detail::kWithoutCode);
  EXPECT_EQ(DetailOf(WithDetail(5, DetailWith(pb::ERROR_CLASS_BUSY))), Detail::kGood);
}

TEST(PluginErrors, AMessageCannotForgeALine) {
  EXPECT_EQ(ErrorFrom(Verb::kObserve, Ended(13, "a\nb\x01")).message, "a b ");
}

}  // namespace
}  // namespace instanced::plugin
