#include "controller/admin/messages.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace instanced {
namespace {

constexpr std::size_t kLargestPage = 500;

admin::v1::BrakeState ToMessage(BrakeState state) {
  switch (state) {
    case BrakeState::kHolding:
      return admin::v1::BRAKE_STATE_HOLDING;
    case BrakeState::kApproved:
      return admin::v1::BRAKE_STATE_APPROVED;
    case BrakeState::kReleased:
      return admin::v1::BRAKE_STATE_RELEASED;
  }
  return admin::v1::BRAKE_STATE_UNSPECIFIED;
}

admin::v1::Drift ToMessage(Drift drift) {
  switch (drift) {
    case Drift::kUnknown:
      return admin::v1::DRIFT_UNKNOWN;
    case Drift::kNone:
      return admin::v1::DRIFT_NONE;
    case Drift::kFound:
      return admin::v1::DRIFT_FOUND;
  }
  return admin::v1::DRIFT_UNSPECIFIED;
}

void SetTimeOf(google::protobuf::Timestamp& target, const std::string& rfc3339) {
  if (const auto time = ParseRfc3339(rfc3339)) SetTime(target, *time);
}

void FillMeta(admin::v1::Object& message, const ObjectMeta& meta) {
  Fill(*message.mutable_object(), meta.key);
  message.set_uid(meta.uid);
  message.set_generation(meta.generation);
  for (const auto& [name, value] : meta.labels) (*message.mutable_labels())[name] = value;
  if (!meta.creation_timestamp.empty()) {
    SetTimeOf(*message.mutable_created_at(), meta.creation_timestamp);
  }
  if (meta.deletion_timestamp) {
    SetTimeOf(*message.mutable_deletion_requested_at(), *meta.deletion_timestamp);
  }
}

void FillIntent(admin::v1::Intent& message, const Intent& intent) {
  message.set_operation(intent.operation);
  message.set_attempt(intent.attempt);
  message.set_token(intent.token);
  message.set_holder(intent.holder);
  if (!intent.not_before.empty()) SetTimeOf(*message.mutable_not_before(), intent.not_before);
}

void FillStatus(admin::v1::Object& message, const InstanceObject& object) {
  message.set_observed_generation(object.status.observed_generation);
  for (const Condition& condition : object.status.conditions.all()) {
    Fill(*message.add_conditions(), condition);
  }
  message.set_external_name(object.status.external_name);
  message.set_cloud_state(CloudStateOf(object));
  if (object.status.intent) FillIntent(*message.mutable_intent(), *object.status.intent);
}

// Cloud answers may hold bytes that are no UTF-8; they must not break the message.
std::string Text(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

grpc::Status ToStatus(const Error& error) {
  switch (error.error_class) {
    case ErrorClass::kNotFound:
      return {grpc::StatusCode::NOT_FOUND, error.message};
    case ErrorClass::kValidation:
      return {grpc::StatusCode::FAILED_PRECONDITION, error.message};
    case ErrorClass::kWriteConflict:
      return {grpc::StatusCode::ABORTED, error.message};
    case ErrorClass::kThrottled:
      return {grpc::StatusCode::RESOURCE_EXHAUSTED, error.message};
    case ErrorClass::kStore:
    case ErrorClass::kCancelled:
    case ErrorClass::kTransient:
      return {grpc::StatusCode::UNAVAILABLE, error.message};
    default:
      return {grpc::StatusCode::INTERNAL, error.message};
  }
}

grpc::Status BadRequest(const Error& error) {
  return {grpc::StatusCode::INVALID_ARGUMENT, error.message};
}

void SetTime(google::protobuf::Timestamp& target, WallTime time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  target.set_seconds(whole.time_since_epoch().count());
  target.set_nanos(
      static_cast<int>(std::chrono::duration_cast<std::chrono::nanoseconds>(time - whole).count()));
}

void Fill(admin::v1::ObjectReference& message, const ObjectKey& key) {
  message.set_kind(std::string(ToString(key.kind)));
  message.set_namespace_(key.namespace_);
  message.set_name(key.name);
}

void Fill(admin::v1::Brake& message, const BrakeReport& brake) {
  message.set_id(brake.id);
  message.set_cause(brake.cause);
  message.set_state(ToMessage(brake.state));
  if (brake.kind) message.set_kind(std::string(ToString(*brake.kind)));
  std::vector<ObjectKey> held = brake.held;
  std::ranges::sort(held);
  for (const ObjectKey& key : held) {
    Fill(*message.add_held(), key);
  }
  SetTime(*message.mutable_since(), brake.since);
  if (brake.approved_until) SetTime(*message.mutable_approved_until(), *brake.approved_until);
  message.set_answered_by(brake.answered_by);
  message.set_message(brake.message);
}

void Fill(admin::v1::Object& message, const ObjectReport& report) {
  FillMeta(message, MetaOf(report.object));
  if (const auto* instance = std::get_if<InstancePtr>(&report.object)) {
    FillStatus(message, **instance);
  }
  message.set_decision(report.decision);
  if (report.next_look) SetTime(*message.mutable_next_look(), *report.next_look);
  message.set_drift(ToMessage(report.drift));
  message.set_document(
      std::visit([](const auto& object) { return Text(ToJson(*object)); }, report.object));
}

void Fill(admin::v1::Condition& message, const Condition& condition) {
  message.set_type(std::string(ToString(condition.type)));
  message.set_status(std::string(ToString(condition.status)));
  message.set_reason(std::string(ToString(condition.reason)));
  message.set_message(condition.message);
  message.set_observed_generation(condition.observed_generation);
  SetTimeOf(*message.mutable_last_transition_time(), condition.last_transition_time);
}

void Fill(admin::v1::HistoryEntry& message, const HistoryEntry& entry) {
  message.set_sequence(entry.sequence);
  SetTime(*message.mutable_at(), entry.at);
  Fill(*message.mutable_object(), entry.key);
  message.set_uid(entry.uid);
  message.set_kind(std::string(ToString(entry.kind)));
  message.set_operation(entry.operation);
  message.set_result(entry.result);
  message.set_code(entry.code);
  message.set_request_id(entry.request_id);
  message.set_duration_ms(entry.duration_ms);
  message.set_message(entry.message);
}

WallTime ToWallTime(const google::protobuf::Timestamp& time) {
  return WallTime(std::chrono::seconds(time.seconds())) +
         std::chrono::floor<std::chrono::milliseconds>(std::chrono::nanoseconds(time.nanos()));
}

Result<ObjectKey> KeyFrom(const admin::v1::ObjectReference& reference) {
  const auto kinds = ParseKinds(reference.kind());
  if (!kinds) return std::unexpected(kinds.error());
  if (kinds->size() != 1) return Fail(ErrorClass::kValidation, "Kind", "name one kind");
  if (reference.name().empty()) return Fail(ErrorClass::kValidation, "Name", "name an object");
  const std::string& space = reference.namespace_();
  return ObjectKey{kinds->front(), space.empty() ? "default" : space, reference.name()};
}

Result<ObjectQuery> QueryFrom(const admin::v1::ObjectSelection& selection) {
  auto kinds = ParseKinds(selection.kind());
  if (!kinds) return std::unexpected(std::move(kinds.error()));
  auto labels = ParseLabelSelector(selection.label_selector());
  if (!labels) return std::unexpected(std::move(labels.error()));
  return ObjectQuery{std::move(*kinds), selection.namespace_(), selection.name(),
                     std::move(*labels)};
}

Result<PageQuery> PageFrom(const admin::v1::ObjectSelection& selection, std::int32_t page_size,
                           const std::string& page_token) {
  auto query = QueryFrom(selection);
  if (!query) return std::unexpected(std::move(query.error()));
  PageQuery page{std::move(*query), std::nullopt, kLargestPage};
  if (!page_token.empty()) {
    page.after = ParseObjectKey(page_token);
    if (!page.after) return Fail(ErrorClass::kValidation, "PageToken", "unknown page_token");
  }
  if (page_size > 0) page.limit = std::min(static_cast<std::size_t>(page_size), kLargestPage);
  return page;
}

std::string NextPageToken(const ObjectPage& page) {
  const bool more = page.end == ObjectPage::End::kMoreFollow && !page.objects.empty();
  return more ? ToString(MetaOf(page.objects.back().object).key) : "";
}

}  // namespace instanced
