// Whatever a plugin answers: decoders, the schema's parser and the error table neither crash nor
// let through what the daemon could not bear. The first byte says what the rest is taken for; a
// 0x1e ends a message.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "controller/provider/plugin/document.h"
#include "controller/provider/plugin/plugin_codec.h"
#include "controller/provider/plugin/plugin_errors.h"

namespace instanced::plugin {
namespace {

void Require(bool rule) {
  if (!rule) std::abort();
}

void RequireSound(const Error& error) {
  Require(!error.code.empty());
  Require(error.message.size() < 4096);
  Require(CleanText(error.code, 4096) == error.code);
  Require(error.error_class != ErrorClass::kDeferred && error.error_class != ErrorClass::kStore);
}

void RequireSound(const Observation& seen) {
  Require(!seen.external_name.empty() && seen.external_name.size() <= 256);
  Require(CleanText(seen.external_name, 256) == seen.external_name);
  Require(seen.fields.is_object() && seen.at_provider.is_object());
  Require(ToText(seen.at_provider).find('\n') == std::string::npos);
}

RpcAnswer AnswerOf(std::string_view text) {
  RpcAnswer answer;
  while (true) {
    const auto end = text.find('\x1e');
    answer.messages.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return answer;
    text.remove_prefix(end + 1);
  }
}

void ReadValues(char what, std::string_view text) {
  static const auto kOpen = PluginSchema::Parse({"{}", {}, {}}, Updates::kSupported).value();
  const auto answer = AnswerOf(text);
  if (what == 'h') {
    const auto greeting = DecodeHandshake(answer);
    if (!greeting) return RequireSound(greeting.error());
    Require(!greeting->scope.empty() && !greeting->boot_id.empty());
  } else if (what == 'o') {
    const auto seen = DecodeObserve(answer, *kOpen, "box");
    if (!seen) return RequireSound(seen.error());
    RequireSound(seen->value);
    Require(seen->value.external_name == "box");
  } else if (what == 'l') {
    const auto list = DecodeList(answer, *kOpen, "");
    if (!list) return RequireSound(list.error());
    for (const auto& entry : list->value.entries) RequireSound(entry);
  } else if (what == 'c') {
    const auto made = DecodeCreate(answer);
    if (!made) Require(made.error().error_class == ErrorClass::kInDoubt);
  }
}

void ReadSchema(std::string_view text) {
  const auto schema = PluginSchema::Parse({std::string(text), {}, {}}, Updates::kSupported);
  if (!schema) return RequireSound(schema.error());
  for (const auto& example : (*schema)->examples()) (void)(*schema)->Check(example);
  (void)(*schema)->Check(nlohmann::json::object());
  (void)(*schema)->CheckObserved({{"a", {1, "x", nullptr}}});
}

void ReadFailure(std::string_view text) {
  RpcAnswer answer;
  answer.status = text.empty() ? 5 : static_cast<unsigned char>(text.front());
  answer.details = text.empty() ? "" : std::string(text.substr(1));
  answer.message = answer.details;
  const bool told = DetailOf(answer) == Detail::kGood || DetailOf(answer) == Detail::kWithoutCode;
  const auto error = ErrorFrom(Verb::kObserve, answer);
  RequireSound(error);
  if (!told) Require(error.error_class != ErrorClass::kNotFound);
  RequireSound(ErrorFrom(Verb::kCreate, answer));
  Require(ErrorFrom(Verb::kCreate, answer).error_class != ErrorClass::kTransient ||
          ErrorFrom(Verb::kCreate, answer).reach == Reach::kNotSent);
}

}  // namespace
}  // namespace instanced::plugin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const char what = text.front();
  if (what == 's') {
    instanced::plugin::ReadSchema(text.substr(1));
  } else if (what == 'e') {
    instanced::plugin::ReadFailure(text.substr(1));
  } else {
    instanced::plugin::ReadValues(what, text.substr(1));
  }
  return 0;
}
