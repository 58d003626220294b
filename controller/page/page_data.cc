#include "controller/page/page_data.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <google/protobuf/util/json_util.h>

#include "controller/admin/insight_messages.h"
#include "controller/admin/messages.h"

namespace instanced {
namespace {

constexpr CallDeadline kPatience = std::chrono::seconds(2);
constexpr std::size_t kTimelineLength = 200;
constexpr std::string_view kPageToken = "pageToken=";

Result<std::string> Json(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string text;
  if (google::protobuf::util::MessageToJsonString(message, &text, options).ok()) return text;
  return Fail(ErrorClass::kTerminal, "NoJson", "the answer cannot be written as JSON");
}

Result<std::string> NothingThere() {
  return Fail(ErrorClass::kNotFound, "NoSuchPath",
              "there is no such path; docs/page.md lists them");
}

}  // namespace

std::string PercentDecoded(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned int byte = 0;
    if (text[at] == '%' && text.size() - at > 2) {
      const char* const digits = text.data() + at + 1;
      const auto [end, error] = std::from_chars(digits, digits + 2, byte, 16);
      if (error == std::errc() && end == digits + 2) {
        decoded += static_cast<char>(byte);
        at += 2;
        continue;
      }
    }
    decoded += text[at];
  }
  return decoded;
}

Result<std::string> PageData::Read(const std::vector<std::string>& parts,
                                   std::string_view query) const {
  if (parts.empty()) return NothingThere();
  if (parts.size() == 1) {
    if (parts[0] == "objects") return Objects(query);
    if (parts[0] == "budgets") return Budgets();
    if (parts[0] == "brakes") return Brakes();
    if (parts[0] == "plugins") return Plugins();
    if (parts[0] == "version") return Version();
    return NothingThere();
  }
  const bool history = parts.size() == 5 && parts[4] == "history";
  if (parts[0] != "objects" || (parts.size() != 4 && !history)) return NothingThere();
  const auto kind = FindKind(parts[1]);
  if (!kind) return Fail(ErrorClass::kNotFound, "NoSuchKind", "there is no kind " + parts[1]);
  const ObjectKey key{*kind, parts[2], parts[3]};
  return history ? History(key) : Object(key);
}

Result<std::string> PageData::Objects(std::string_view query) const {
  PageQuery page;
  auto kinds = ParseKinds("all");
  if (!kinds) return std::unexpected(std::move(kinds.error()));
  page.objects.kinds = *std::move(kinds);
  if (query.starts_with(kPageToken)) {
    page.after = ParseObjectKey(PercentDecoded(query.substr(kPageToken.size())));
  }
  if (!query.empty() && !page.after) {
    return Fail(ErrorClass::kValidation, "UnknownQuery",
                "the query may only be pageToken=TOKEN, with the nextPageToken of an answer");
  }
  const auto found = backend_.List(std::move(page), kPatience);
  if (!found) return std::unexpected(found.error());
  admin::v1::ListResponse answer;
  for (const ObjectReport& report : found->objects) {
    admin::v1::Object& object = *answer.add_objects();
    Fill(object, report);
    object.clear_document();
  }
  answer.set_next_page_token(NextPageToken(*found));
  return Json(answer);
}

Result<std::string> PageData::Object(const ObjectKey& key) const {
  admin::v1::ExplainResponse answer;
  if (key.kind == Kind::kProviderConfig) {
    const auto report = backend_.Get(key, kPatience);
    if (!report) return std::unexpected(report.error());
    Fill(*answer.mutable_object(), *report);
    return Json(answer);
  }
  auto facts = backend_.Explain(key, kPatience);
  if (!facts) return std::unexpected(std::move(facts.error()));
  Fill(answer, Explain(*std::move(facts)));
  return Json(answer);
}

Result<std::string> PageData::History(const ObjectKey& key) const {
  HistoryQuery query;
  query.key = key;
  query.limit = kTimelineLength;
  const auto entries = backend_.History(std::move(query), kPatience);
  if (!entries) return std::unexpected(entries.error());
  admin::v1::HistoryResponse answer;
  for (const HistoryEntry& entry : *entries) Fill(*answer.add_entries(), entry);
  return Json(answer);
}

Result<std::string> PageData::Budgets() const {
  const auto report = backend_.Budgets(kPatience);
  if (!report) return std::unexpected(report.error());
  admin::v1::BudgetsResponse answer;
  Fill(answer, *report);
  return Json(answer);
}

Result<std::string> PageData::Plugins() const {
  const auto plugins = backend_.Plugins(kPatience);
  if (!plugins) return std::unexpected(plugins.error());
  admin::v1::PluginsResponse answer;
  Fill(answer, *plugins);
  return Json(answer);
}

Result<std::string> PageData::Brakes() const {
  auto brakes = backend_.Brakes(kPatience);
  if (!brakes) return std::unexpected(std::move(brakes.error()));
  std::ranges::sort(*brakes, {}, &BrakeReport::id);
  admin::v1::BrakesResponse answer;
  for (const BrakeReport& brake : *brakes) Fill(*answer.add_brakes(), brake);
  return Json(answer);
}

Result<std::string> PageData::Version() const {
  const auto report = backend_.Version(kPatience);
  if (!report) return std::unexpected(report.error());
  admin::v1::VersionResponse answer;
  answer.set_version(report->version);
  answer.set_owner_id(report->owner_id);
  return Json(answer);
}

}  // namespace instanced
