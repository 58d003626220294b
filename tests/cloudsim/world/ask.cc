#include "tests/cloudsim/world/ask.h"

#include <charconv>
#include <utility>

namespace instanced::cloudsim {
namespace {

template <typename Integer>
std::optional<Integer> ParseInteger(const std::string& text) {
  Integer value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size() || text.empty()) return {};
  return value;
}

}  // namespace

const char* EffectName(Effect effect) {
  switch (effect) {
    case Effect::kNone:
      return "none";
    case Effect::kCreated:
      return "created";
    case Effect::kReplayed:
      return "replayed";
    case Effect::kUpdated:
      return "updated";
    case Effect::kDeleted:
      return "deleted";
  }
  return "none";
}

std::unexpected<Refusal> Refuse(int status, std::string code, std::string message) {
  return std::unexpected(Refusal{status, std::move(code), std::move(message)});
}

std::string Text(const Ask& ask, const char* member) {
  const auto found = ask.input.find(member);
  return found != ask.input.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<std::int64_t> Number(const Ask& ask, const char* member) {
  const auto found = ask.input.find(member);
  if (found == ask.input.end()) return {};
  if (found->is_number_integer()) return found->get<std::int64_t>();
  return found->is_string() ? ParseInteger<std::int64_t>(found->get<std::string>()) : std::nullopt;
}

std::vector<std::string> Numbered(const Ask& ask, const std::string& name) {
  std::vector<std::string> values;
  for (int index = 1;; ++index) {
    const auto found = ask.input.find(name + "." + std::to_string(index));
    if (found == ask.input.end() || !found->is_string()) return values;
    values.push_back(found->get<std::string>());
  }
}

std::vector<std::string> Repeated(const Ask& ask, const char* member) {
  const auto found = ask.input.find(member);
  if (found == ask.input.end()) return {};
  if (found->is_string()) return {found->get<std::string>()};
  std::vector<std::string> values;
  for (const Json& value : *found) {
    if (value.is_string()) values.push_back(value.get<std::string>());
  }
  return values;
}

std::optional<std::map<std::string, std::string>> StringMap(const Json& json) {
  std::map<std::string, std::string> result;
  if (!json.is_object()) return {};
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string()) return {};
    result[key] = value.get<std::string>();
  }
  return result;
}

std::optional<Page> PageOf(const World& world, Service service, const Ask& ask,
                           const std::string& token, std::size_t size,
                           const std::function<bool(const Instance&)>& wanted) {
  const auto after = token.empty() ? std::optional<std::uint64_t>(0)
                                   : ParseInteger<std::uint64_t>(token.substr(token[0] == 'p'));
  if (!after) return {};
  Page page;
  const Settings& settings = world.settings();
  std::uint64_t last = 0;
  world.Scan(service, *after, [&](const Instance& instance) {
    if (instance.account != ask.caller.account || !wanted(instance)) return true;
    if (!ContentsAt(instance, settings, ask.now, settings.list_lag_ms)) return true;
    if (page.instances.size() == size) {
      page.next_token = "p" + std::to_string(last);
      return false;
    }
    last = instance.serial;
    page.instances.push_back(&instance);
    return true;
  });
  return page;
}

}  // namespace instanced::cloudsim
