#include "controller/ctl/command_line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "controller/clock/clock.h"
#include "controller/clock/duration.h"
#include "controller/config/arguments.h"

namespace instanced::ctl {
namespace {

using Problems = std::vector<std::string>;

constexpr std::array kFormats = {
    std::pair<std::string_view, Format>{"table", Format::kTable},
    std::pair<std::string_view, Format>{"wide", Format::kWide},
    std::pair<std::string_view, Format>{"json", Format::kJson},
    std::pair<std::string_view, Format>{"yaml", Format::kYaml},
    std::pair<std::string_view, Format>{"name", Format::kName},
    std::pair<std::string_view, Format>{"markdown", Format::kMarkdown},
};
constexpr std::size_t kPositionalsMax = 4;

std::unexpected<Problems> Problem(std::string text) {
  return std::unexpected(Problems{std::move(text)});
}

ArgumentRules Rules() {
  ArgumentRules rules{.flags = {}, .switches = {}, .positional_max = kPositionalsMax};
  for (const Flag& flag : Flags()) {
    std::string name(flag.name);
    if (flag.letter != '\0') name += std::string(",") + flag.letter;
    (flag.value.empty() ? rules.switches : rules.flags).push_back(std::move(name));
  }
  return rules;
}

const Command* FindCommand(std::string_view word) {
  const auto found = std::ranges::find(Commands(), word, &Command::word);
  return found == Commands().end() ? nullptr : &*found;
}

std::unexpected<Problems> UnknownCommand(const std::string& word) {
  std::vector<std::string> known;
  for (const Command& command : Commands()) known.emplace_back(command.word);
  return Problem("unknown command " + word + DidYouMean(word, known));
}

// The first flag that is not this command's.
std::optional<std::string> StrayFlag(const Command& command, const Arguments& split) {
  const auto strays = [&](std::string_view name) {
    const auto flag = std::ranges::find(Flags(), name, &Flag::name);
    if (flag != Flags().end() && IsGeneral(*flag)) return false;
    if (name == "output") return command.formats.empty();
    return !Lists(command.flags, name);
  };
  for (const auto& [name, value] : split.values) {
    if (strays(name)) return name;
  }
  for (const auto& name : split.switches) {
    if (strays(name)) return name;
  }
  return std::nullopt;
}

std::expected<Format, Problems> FormatFrom(const Command& command, const Arguments& split) {
  const auto flag = split.values.find("output");
  if (flag == split.values.end()) {
    return command.formats.starts_with("yaml") ? Format::kYaml : Format::kTable;
  }
  const auto row =
      std::ranges::find(kFormats, flag->second, [](const auto& format) { return format.first; });
  if (row == kFormats.end() || !Lists(command.formats, flag->second)) {
    std::string known(command.formats);
    for (auto blank = known.find(' '); blank != std::string::npos;
         blank = known.find(' ', blank + 2)) {
      known.replace(blank, 1, ", ");
    }
    return Problem("--output: want one of " + known + ", not \"" + flag->second + "\"");
  }
  return row->second;
}

// "KIND NAME", "KIND/NAME" or, as history and brakes spell it, "KIND/NAMESPACE/NAME".
std::expected<Target, Problems> TargetFrom(const Command& command, const Arguments& split) {
  std::vector<std::string> words(split.positionals.begin() + 1, split.positionals.end());
  Target target;
  if (const auto flag = split.values.find("namespace"); flag != split.values.end()) {
    target.namespace_ = flag->second;
  }
  if (const auto flag = split.values.find("selector"); flag != split.values.end()) {
    target.selector = flag->second;
  }
  if (!words.empty() && words.front().contains('/')) {
    const std::string first = words.front();
    const auto slash = first.find('/');
    const auto last = first.rfind('/');
    if (last != slash) target.namespace_ = first.substr(slash + 1, last - slash - 1);
    words.front() = first.substr(0, slash);
    words.insert(words.begin() + 1, first.substr(last + 1));
    if (words[1].empty()) return Problem(first + ": the name is missing");
  }
  if (split.switches.contains("all-namespaces")) target.namespace_.clear();
  const std::size_t most = command.operand == Operand::kObjectAndId ? 3
                           : command.operand == Operand::kMaybeKind ? 1
                                                                    : 2;
  if (words.size() > most) return Problem("unexpected argument " + words[most]);
  if (!words.empty()) target.kind = words[0];
  if (words.size() > 1) target.name = words[1];
  const bool half_named = command.operand == Operand::kMaybeObject && !target.kind.empty();
  const bool needed =
      command.operand == Operand::kObject || command.operand == Operand::kObjectAndId || half_named;
  if (needed && target.name.empty()) {
    return Problem(std::string(command.word) +
                   " needs an object, KIND/NAME; instancectl get -A lists them");
  }
  return target;
}

bool TakesObjects(Operand operand) {
  return operand == Operand::kObjects || operand == Operand::kObject ||
         operand == Operand::kMaybeObject || operand == Operand::kObjectAndId ||
         operand == Operand::kMaybeKind;
}

std::expected<Request, Problems> WithOperands(Request request, const Command& command,
                                              const Arguments& split) {
  if (TakesObjects(command.operand)) {
    auto target = TargetFrom(command, split);
    if (!target) return std::unexpected(std::move(target.error()));
    request.target = std::move(*target);
    if (command.operand != Operand::kObjectAndId) return request;
    const std::size_t words = split.positionals[1].contains('/') ? 3 : 4;
    if (split.positionals.size() < words) {
      return Problem("adopt needs the instance's id at its cloud: adopt KIND/NAME ID");
    }
    request.operand = split.positionals.back();
    return request;
  }
  const std::size_t most = command.operand == Operand::kNone ? 0 : 1;
  const std::size_t given = split.positionals.size() - 1;
  if (given > most) return Problem("unexpected argument " + split.positionals[most + 1]);
  if (given == 1) request.operand = split.positionals[1];
  if (command.operand == Operand::kBrakeId && given == 0) {
    return Problem(std::string(command.word) +
                   " needs the id of a brake; instancectl brakes lists them");
  }
  if (command.operand == Operand::kShell && !Lists("bash zsh fish", request.operand)) {
    return Problem("completion needs one of bash, zsh and fish");
  }
  if (request.scope == Request::Scope::kOffline && request.operand.empty() &&
      request.state.empty()) {
    return Problem("plan --offline needs DIR, --state FILE or both");
  }
  if (command.operand == Operand::kCommand && given == 1 &&
      FindCommand(request.operand) == nullptr) {
    return UnknownCommand(request.operand);
  }
  return request;
}

std::optional<std::int32_t> ParseLimit(const std::string& text) {
  std::int32_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number < 1 || number > 10'000) return std::nullopt;
  return number;
}

using Environment = std::map<std::string, std::string>;

std::string Given(const char* name, const char* variable, const Arguments& split,
                  const Environment& environment) {
  if (const auto flag = split.values.find(name); flag != split.values.end()) return flag->second;
  const auto found = environment.find(variable);
  return found == environment.end() ? std::string() : found->second;
}

std::expected<Destination, Problems> DestinationFrom(const Arguments& split,
                                                     const Environment& environment) {
  Destination daemon;
  const bool by_socket = split.values.contains("socket");
  if (by_socket && split.values.contains("address")) {
    return Problem("--socket and --address exclude each other");
  }
  const auto socket = Given("socket", "INSTANCED_ADMIN_SOCKET", split, environment);
  if (!socket.empty()) daemon.socket = socket;
  if (by_socket) return daemon;
  daemon.address = Given("address", "INSTANCED_ADMIN_ADDRESS", split, environment);
  daemon.ca = Given("ca", "INSTANCED_ADMIN_CA", split, environment);
  daemon.cert = Given("cert", "INSTANCED_ADMIN_CERT", split, environment);
  daemon.key = Given("key", "INSTANCED_ADMIN_KEY", split, environment);
  if (daemon.address.empty()) return daemon;
  Problems missing;
  for (const auto& [path, flag] :
       {std::pair(&daemon.ca, "ca"), {&daemon.cert, "cert"}, {&daemon.key, "key"}}) {
    if (path->empty())
      missing.push_back("--address needs --" + std::string(flag) + " FILE as well");
  }
  if (!missing.empty()) return std::unexpected(std::move(missing));
  return daemon;
}

}  // namespace

std::expected<Request, Problems> ParseRequest(
    std::span<const std::string> arguments, const std::map<std::string, std::string>& environment) {
  const auto split = SplitArguments(arguments, Rules());
  if (!split) return std::unexpected(split.error());
  Request request;
  const bool help = split->switches.contains("help");
  if (split->positionals.empty()) {
    if (!help) return Problem("no command given; instancectl --help lists them");
    return request;
  }
  const Command* command = FindCommand(split->positionals.front());
  if (command == nullptr) return UnknownCommand(split->positionals.front());
  if (help) {
    request.operand = command->word;
    return request;
  }
  if (const auto stray = StrayFlag(*command, *split)) {
    return Problem(std::string(command->word) + " has no flag --" + *stray);
  }
  request.verb = command->verb;
  auto daemon = DestinationFrom(*split, environment);
  if (!daemon) return std::unexpected(std::move(daemon.error()));
  request.daemon = std::move(*daemon);
  if (split->switches.contains("offline")) request.scope = Request::Scope::kOffline;
  if (const auto state = split->values.find("state"); state != split->values.end()) {
    if (request.scope == Request::Scope::kOnline) return Problem("--state needs --offline");
    request.state = state->second;
  }
  const auto format = FormatFrom(*command, *split);
  if (!format) return std::unexpected(format.error());
  request.format = *format;
  if (split->switches.contains("watch")) request.follow = Request::Follow::kWatch;
  if (const auto since = split->values.find("since"); since != split->values.end()) {
    if (!ParseDuration(since->second) && !ParseRfc3339(since->second)) {
      return Problem("--since: want 30m, 12h, 7d or an RFC 3339 time, not \"" + since->second +
                     "\"");
    }
    request.since = since->second;
  }
  if (const auto limit = split->values.find("limit"); limit != split->values.end()) {
    const auto number = ParseLimit(limit->second);
    if (!number)
      return Problem("--limit: want a number from 1 to 10000, not \"" + limit->second + "\"");
    request.limit = *number;
  }
  return WithOperands(std::move(request), *command, *split);
}

}  // namespace instanced::ctl
