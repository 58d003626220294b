// Whatever an API server sends: list pages, watch events, refusals and whole watch streams, cut
// anywhere. The first byte says what the rest is taken for; of a stream the second one says how
// long the pieces are that it arrives in.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/kinds/packed_instance.h"
#include "controller/kube/kube_client.h"
#include "controller/kube/kube_errors.h"
#include "controller/source/kube/list_parser.h"
#include "controller/task/task_group.h"
#include "tests/fakes/manual_executor.h"

namespace instanced {
namespace {

constexpr auto kKind = Kind::kSupplyChainInstance;

void Require(bool holds) {
  if (!holds) std::abort();
}

void RequireSound(const Error& error) {
  Require(!error.code.empty());
  Require(error.error_class != ErrorClass::kDeferred);
}

void RequireSound(const ReadObject& read) {
  if (const auto* object = std::get_if<ObjectPtr>(&read)) {
    const auto& meta = MetaOf(*object);
    Require(meta.key.kind == kKind && !meta.key.name.empty());
    // What was read once is read again the same.
    const auto& instance = *std::get<InstancePtr>(*object);
    const auto again = ObjectFromJson(ToJson(instance));
    Require(again.has_value());
    Require(ToJson(*std::get<InstancePtr>(*again)) == ToJson(instance));
    // What the cache keeps of it is the whole of it.
    const auto kept = PackedInstance::Of(instance).Unpack();
    Require(ToJson(*kept) == ToJson(instance));
    Require(kept->spec == instance.spec && kept->status == instance.status);
    Require(kept->intent_unreadable == instance.intent_unreadable);
    return;
  }
  RequireSound(std::get<Unreadable>(read).error);
}

void ReadPage(std::string text) {
  const auto page = ParseListPage(std::move(text), kKind);
  if (!page) return RequireSound(page.error());
  Require(!page->resource_version.empty());
  for (const auto& item : page->items) RequireSound(item);
}

void ReadEvent(std::string text) {
  const auto event = ParseWatchEvent(text, kKind);
  // Who knows nothing reads the same, and who knows everything no change.
  const auto strange = ParseWatchEvent(text, kKind, [](auto&&...) { return false; });
  Require(event.has_value() == strange.has_value());
  if (event) Require(event->index() == strange->index());
  (void)ParseWatchEvent(std::move(text), kKind, [](auto&&...) { return true; });
  if (!event) return RequireSound(event.error());
  if (const auto* changed = std::get_if<ChangedEvent>(&*event)) RequireSound(changed->object);
  if (const auto* failed = std::get_if<ErrorEvent>(&*event)) RequireSound(failed->error);
}

void ReadRefusal(std::string_view text) {
  if (text.empty()) return;
  const int status = 300 + static_cast<unsigned char>(text.front()) % 300;
  const std::string body(text.substr(1));
  const auto error = KubeErrorOf(status, {{"Retry-After", body.substr(0, 4)}}, body, "kube:get x");
  RequireSound(error);
  Require(error.reach == Reach::kAnswered);
}

// A body that arrives in pieces of one length.
class Pieces final : public HttpStream {
 public:
  Pieces(std::string_view text, std::size_t length) : text_(text), length_(length) {}
  const HttpStreamHead& head() const override { return head_; }
  Task<std::expected<std::string, HttpError>> Read() override {
    std::string piece(text_.substr(0, length_));
    text_.remove_prefix(piece.size());
    co_return piece;
  }

 private:
  HttpStreamHead head_{200, {}};
  std::string_view text_;
  std::size_t length_;
};

Task<void> Collect(KubeWatch* watch, std::vector<std::string>* lines) {
  while (true) {
    auto reading = watch->Next();
    auto line = co_await reading;
    if (!line || !*line) co_return;
    lines->push_back(std::move(**line));
  }
}

// The model: every line that ended and is not empty, whatever the pieces.
std::vector<std::string> LinesOf(std::string_view text) {
  std::vector<std::string> lines;
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    if (end > 0) lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

void ReadStream(std::string_view text) {
  if (text.empty()) return;
  const std::size_t length = 1 + static_cast<unsigned char>(text.front()) % 64;
  text.remove_prefix(1);
  KubeWatch watch(std::make_unique<Pieces>(text, length), "kube:watch x");
  std::vector<std::string> lines;
  ManualExecutor executor;
  TaskGroup group(executor);
  group.Spawn(Collect(&watch, &lines));
  executor.RunUntilIdle();
  Require(group.size() == 0);
  Require(lines == LinesOf(text));
  for (auto& line : lines) ReadEvent(std::move(line));
}

}  // namespace
}  // namespace instanced

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0]) {
    case 'l':
      instanced::ReadPage(std::string(text));
      break;
    case 'e':
      instanced::ReadRefusal(text);
      break;
    case 's':
      instanced::ReadStream(text);
      break;
    default:
      instanced::ReadEvent(std::string(text));
  }
  return 0;
}
