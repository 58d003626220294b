#include "controller/provider/plugin/plugin_codec.h"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "api/provider/v1/provider.pb.h"
#include "controller/provider/plugin/document.h"
#include "controller/provider/plugin/plugin_errors.h"

namespace instanced::plugin {
namespace {

namespace pb = instanced::provider::v1;
using nlohmann::json;

constexpr std::size_t kNameBytes = 256;
constexpr std::size_t kWordBytes = 128;
constexpr std::size_t kTextBytes = 1024;
constexpr std::size_t kPageTokenBytes = 4096;

// The one message of an answer that must have one.
template <class Message>
Result<Message> ParseOne(Verb verb, const RpcAnswer& answer) {
  if (answer.cut != Cut::kNone || answer.status != kStatusOk) {
    return std::unexpected(ErrorFrom(verb, answer));
  }
  Message message;
  if (answer.messages.size() != 1) return BrokenAnswer(verb, "it is not one message");
  if (!message.ParseFromString(answer.messages.front())) {
    return BrokenAnswer(verb, "it is not the message that was expected");
  }
  return message;
}

bool IsPlain(std::string_view text, std::size_t least, std::size_t most) {
  return text.size() >= least && text.size() <= most && CleanText(text, most) == text;
}

bool IsWord(std::string_view text, std::string_view signs) {
  return std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           signs.find(c) != std::string_view::npos;
  });
}

Lifecycle LifecycleOf(pb::Lifecycle lifecycle) {
  switch (lifecycle) {
    case pb::LIFECYCLE_CREATING:
      return Lifecycle::kCreating;
    case pb::LIFECYCLE_READY:
      return Lifecycle::kReady;
    case pb::LIFECYCLE_CREATE_FAILED:
      return Lifecycle::kCreateFailed;
    case pb::LIFECYCLE_DELETING:
      return Lifecycle::kDeleting;
    case pb::LIFECYCLE_DELETE_FAILED:
      return Lifecycle::kDeleteFailed;
    case pb::LIFECYCLE_SUSPENDED:
      return Lifecycle::kSuspended;
    default:
      return Lifecycle::kUnknown;
  }
}

std::optional<WallTime> TimeOf(const pb::Instance& instance) {
  if (!instance.has_created_at()) return std::nullopt;
  // The years a google.protobuf.Timestamp may name.
  constexpr std::int64_t kFirst = -62135596800;
  constexpr std::int64_t kLast = 253402300799;
  const auto seconds = instance.created_at().seconds();
  if (seconds < kFirst || seconds > kLast) return std::nullopt;
  return WallTime(std::chrono::seconds(seconds));
}

// Why this is no instance the daemon can work with, or the instance.
std::expected<Observation, std::string> DecodeInstance(const pb::Instance& instance,
                                                       const PluginSchema& schema) {
  Observation seen;
  if (!IsPlain(instance.external_name(), 1, kNameBytes)) {
    return std::unexpected("external_name is not 1 to 256 bytes of plain text");
  }
  seen.external_name = instance.external_name();
  seen.lifecycle = LifecycleOf(instance.lifecycle());
  seen.cloud_state = CleanText(instance.state(), kWordBytes);
  seen.cloud_message = CleanText(instance.message(), kTextBytes);
  seen.mark = ObservedMark{CleanText(instance.mark().owner(), kNameBytes),
                           CleanText(instance.mark().uid(), kWordBytes),
                           {}};
  seen.created_at = TimeOf(instance);
  seen.adoptable = instance.preset() ? Adoptable::kPreset : Adoptable::kYes;
  auto fields = ParseObject(instance.fields_json(), "fields_json");
  if (!fields) return std::unexpected(fields.error().message);
  const auto problems = schema.CheckObserved(*fields);
  if (!problems.empty()) return std::unexpected("against its own schema, " + problems.front());
  seen.fields = *std::move(fields);
  auto all = ParseObject(instance.at_provider_json(), "at_provider_json");
  if (!all) return std::unexpected(all.error().message);
  seen.at_provider = all->empty() ? seen.fields : *std::move(all);
  return seen;
}

void SetMark(const Mark& mark, pb::Mark& out) {
  out.set_owner(mark.owner_value);
  out.set_uid(mark.uid);
}

template <class Message>
Result<Answered<std::monostate>> DecodeEmpty(Verb verb, const RpcAnswer& answer) {
  auto message = ParseOne<Message>(verb, answer);
  if (!message) return std::unexpected(std::move(message.error()));
  return Answered<std::monostate>{{}, CleanText(message->request_id(), kWordBytes)};
}

}  // namespace

std::string EncodeHandshake(const std::string& daemon_version) {
  pb::HandshakeRequest request;
  request.add_protocol_versions(kProtocolVersion);
  request.set_daemon_version(daemon_version);
  return request.SerializeAsString();
}

Result<Greeting> DecodeHandshake(const RpcAnswer& answer) {
  const auto verb = Verb::kHandshake;
  auto message = ParseOne<pb::HandshakeResponse>(verb, answer);
  if (!message) return std::unexpected(std::move(message.error()));
  if (message->protocol_version() != kProtocolVersion) {
    return BrokenAnswer(verb, "protocol_version is " + std::to_string(message->protocol_version()) +
                                  ", and only 1 was offered");
  }
  if (!IsPlain(message->plugin_name(), 1, 63) || !IsWord(message->plugin_name(), "-")) {
    return BrokenAnswer(verb, "plugin_name is not 1 to 63 letters, digits and '-'");
  }
  if (!IsPlain(message->scope(), 1, kWordBytes) || !IsWord(message->scope(), "-_.:")) {
    return BrokenAnswer(verb, "scope is not 1 to 128 letters, digits and \"-_.:\"");
  }
  if (!IsPlain(message->boot_id(), 1, kWordBytes)) {
    return BrokenAnswer(verb, "boot_id is not 1 to 128 bytes of plain text");
  }
  Greeting greeting;
  greeting.name = message->plugin_name();
  greeting.version = CleanText(message->plugin_version(), kWordBytes);
  greeting.scope = message->scope();
  greeting.boot_id = message->boot_id();
  for (const auto capability : message->capabilities()) {
    if (capability == pb::CAPABILITY_UPDATE) greeting.updates = Updates::kSupported;
  }
  greeting.calls_max = message->max_concurrent_calls();
  return greeting;
}

Result<SchemaText> DecodeSchema(const RpcAnswer& answer) {
  auto message = ParseOne<pb::GetSchemaResponse>(Verb::kGetSchema, answer);
  if (!message) return std::unexpected(std::move(message.error()));
  return SchemaText{std::move(*message->mutable_json_schema()),
                    {message->immutable_fields().begin(), message->immutable_fields().end()},
                    {message->create_only_fields().begin(), message->create_only_fields().end()}};
}

std::string EncodeObserve(const std::string& external_name) {
  pb::ObserveRequest request;
  request.set_external_name(external_name);
  return request.SerializeAsString();
}

Result<Answered<Observation>> DecodeObserve(const RpcAnswer& answer, const PluginSchema& schema,
                                            const std::string& external_name) {
  const auto verb = Verb::kObserve;
  auto message = ParseOne<pb::ObserveResponse>(verb, answer);
  if (!message) return std::unexpected(std::move(message.error()));
  if (!message->has_instance()) return BrokenAnswer(verb, "it has no instance");
  auto seen = DecodeInstance(message->instance(), schema);
  if (!seen) return BrokenAnswer(verb, std::move(seen.error()));
  if (seen->external_name != external_name) {
    return BrokenAnswer(verb, "it is about another instance than was asked for");
  }
  return Answered<Observation>{*std::move(seen), CleanText(message->request_id(), kWordBytes)};
}

std::string RecordCreate(const CreateInput& input) {
  return ToText(json{{"mark", {{"owner", input.mark.owner_value}, {"uid", input.mark.uid}}},
                     {"parameters", input.parameters},
                     {"token", input.token}});
}

Result<std::string> EncodeCreate(const std::string& recorded, const ObjectKey& key,
                                 std::int64_t attempt) {
  const auto json = json::parse(recorded, nullptr, false);
  const bool sound = json.is_object() && json.contains("parameters") && json.contains("mark") &&
                     json["mark"].is_object() && json.value("token", json::object()).is_string();
  if (!sound) {
    return Fail(ErrorClass::kTerminal, "BadRecord", "the recorded request cannot be read");
  }
  const auto word = [&](const char* name) {
    const auto it = json["mark"].find(name);
    return it != json["mark"].end() && it->is_string() ? it->get<std::string>() : std::string();
  };
  pb::CreateRequest request;
  request.set_object(ToString(key));
  request.set_parameters_json(ToText(json["parameters"]));
  request.mutable_mark()->set_owner(word("owner"));
  request.mutable_mark()->set_uid(word("uid"));
  request.set_token(json["token"].get<std::string>());
  request.set_attempt(attempt);
  return request.SerializeAsString();
}

Result<Answered<Created>> DecodeCreate(const RpcAnswer& answer) {
  const auto verb = Verb::kCreate;
  auto message = ParseOne<pb::CreateResponse>(verb, answer);
  if (!message) return std::unexpected(std::move(message.error()));
  if (!IsPlain(message->external_name(), 1, kNameBytes)) {
    return BrokenAnswer(verb, "external_name is not 1 to 256 bytes of plain text");
  }
  return Answered<Created>{{message->external_name(), {}},
                           CleanText(message->request_id(), kWordBytes)};
}

std::string EncodeUpdate(const UpdateInput& input) {
  pb::UpdateRequest request;
  request.set_external_name(input.external_name);
  request.set_parameters_json(ToText(input.parameters));
  std::set<std::string> fields;
  for (const auto& diff : input.step.diffs) {
    const bool mark = diff.field == "tags" && (diff.key == kOwnerTag || diff.key == kUidTag);
    if (!mark) fields.insert(diff.field);
  }
  for (const auto& field : fields) request.add_changed_fields(field);
  SetMark(input.mark, *request.mutable_mark());
  return request.SerializeAsString();
}

Result<Answered<std::monostate>> DecodeUpdate(const RpcAnswer& answer) {
  return DecodeEmpty<pb::UpdateResponse>(Verb::kUpdate, answer);
}

std::string EncodeDelete(const std::string& external_name, const std::string& token) {
  pb::DeleteRequest request;
  request.set_external_name(external_name);
  request.set_token(token);
  return request.SerializeAsString();
}

Result<Answered<std::monostate>> DecodeDelete(const RpcAnswer& answer) {
  return DecodeEmpty<pb::DeleteResponse>(Verb::kDelete, answer);
}

std::string EncodeList(const std::string& page, int page_size) {
  pb::ListRequest request;
  request.set_page_token(page);
  request.set_page_size(static_cast<std::uint32_t>(page_size));
  return request.SerializeAsString();
}

Result<Answered<ListPage>> DecodeList(const RpcAnswer& answer, const PluginSchema& schema,
                                      const std::string& page, int page_size) {
  const auto verb = Verb::kList;
  if (answer.cut != Cut::kNone || answer.status != kStatusOk) {
    return std::unexpected(ErrorFrom(verb, answer));
  }
  Answered<ListPage> list;
  bool ended = false;
  std::set<std::string> names;
  for (const auto& bytes : answer.messages) {
    pb::ListResponse message;
    if (ended) return BrokenAnswer(verb, "it goes on after page_end");
    if (!message.ParseFromString(bytes)) return BrokenAnswer(verb, "a message cannot be read");
    for (const auto& instance : message.instances()) {
      auto seen = DecodeInstance(instance, schema);
      if (!seen) return BrokenAnswer(verb, std::move(seen.error()));
      if (!names.insert(seen->external_name).second) {
        return BrokenAnswer(verb, "a page names an instance twice");
      }
      list.value.entries.push_back(*std::move(seen));
    }
    if (!message.has_page_end()) continue;
    ended = true;
    list.value.next_page = message.page_end().next_page_token();
    list.request_id = CleanText(message.page_end().request_id(), kWordBytes);
  }
  if (!ended) return BrokenAnswer(verb, "the page has no end");
  if (list.value.entries.size() > static_cast<std::size_t>(page_size)) {
    return BrokenAnswer(verb, "a page holds more than was asked for");
  }
  if (list.value.next_page.size() > kPageTokenBytes ||
      (!page.empty() && list.value.next_page == page)) {
    return BrokenAnswer(verb, "next_page_token leads nowhere");
  }
  return list;
}

}  // namespace instanced::plugin
