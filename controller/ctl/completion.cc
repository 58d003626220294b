#include "controller/ctl/completion.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>

#include "controller/ctl/admin_client.h"
#include "controller/ctl/command_line.h"
#include "controller/ctl/command_table.h"

namespace instanced::ctl {
namespace {

using Environment = std::map<std::string, std::string>;
using Words = std::vector<std::string>;

constexpr std::string_view kBash = R"(# bash completion for instancectl
_instancectl() {
  local IFS=$'\n'
  COMPREPLY=($(instancectl __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _instancectl instancectl
)";
constexpr std::string_view kZsh = R"(#compdef instancectl
_instancectl() {
  local -a found
  found=("${(@f)$(instancectl __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "${found[1]}" ]]; then
    compadd -- "${found[@]}"
  else
    _files
  fi
}
if [[ "${funcstack[1]}" == "_instancectl" ]]; then
  _instancectl "$@"
else
  compdef _instancectl instancectl
fi
)";
constexpr std::string_view kFish = R"(# fish completion for instancectl
function __instancectl_candidates
  set -l words (commandline -opc)
  instancectl __complete $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c instancectl -a '(__instancectl_candidates)'
)";
constexpr std::string_view kKinds =
    "connectinstance supplychaininstance cloudcallcenterinstance outboundbotinstance "
    "plugininstance providerconfig";

Words Split(std::string_view list) {
  Words words;
  while (!list.empty()) {
    const auto blank = list.find(' ');
    words.emplace_back(list.substr(0, blank));
    list.remove_prefix(blank == std::string_view::npos ? list.size() : blank + 1);
  }
  return words;
}

// What stands before the word that is being completed.
struct Line {
  Words positionals;
  const Flag* open_flag = nullptr;  // waits for its value
  Destination daemon;
  std::string namespace_ = "default";
};

const Flag* FindFlag(std::string_view word) {
  for (const Flag& flag : Flags()) {
    const bool is_long = word.starts_with("--") && word.substr(2) == flag.name;
    const bool is_short =
        flag.letter != '\0' && word.size() == 2 && word[0] == '-' && word[1] == flag.letter;
    if (is_long || is_short) return &flag;
  }
  return nullptr;
}

void Take(const Flag& flag, const std::string& value, Line& line) {
  if (flag.name == "namespace") line.namespace_ = value;
  if (flag.name == "socket") line.daemon.socket = value;
  if (flag.name == "address") line.daemon.address = value;
  if (flag.name == "ca") line.daemon.ca = value;
  if (flag.name == "cert") line.daemon.cert = value;
  if (flag.name == "key") line.daemon.key = value;
}

Line Read(std::span<const std::string> before, const Environment& environment) {
  Line line;
  for (const Flag& flag : Flags()) {
    std::string variable = "INSTANCED_ADMIN_" + std::string(flag.name);
    std::ranges::transform(variable, variable.begin(),
                           [](unsigned char c) { return std::toupper(c); });
    const auto found = environment.find(variable);
    if (IsGeneral(flag) && found != environment.end() && !found->second.empty()) {
      Take(flag, found->second, line);
    }
  }
  for (const std::string& word : before) {
    if (line.open_flag != nullptr) {
      Take(*line.open_flag, word, line);
      line.open_flag = nullptr;
      continue;
    }
    if (!word.starts_with('-')) {
      line.positionals.push_back(word);
      continue;
    }
    const auto equals = word.find('=');
    const Flag* flag = FindFlag(word.substr(0, equals));
    if (flag == nullptr) continue;
    if (flag->name == "all-namespaces") line.namespace_.clear();
    if (flag->value.empty()) continue;
    if (equals == std::string::npos) {
      line.open_flag = flag;
    } else {
      Take(*flag, word.substr(equals + 1), line);
    }
  }
  return line;
}

std::vector<admin::v1::Object> ObjectsOf(const Line& line, const std::string& kind) {
  auto client = AdminClient::Connect(line.daemon);
  if (!client) return {};
  admin::v1::ObjectSelection selection;
  selection.set_kind(kind);
  selection.set_namespace_(line.namespace_);
  return client->List(selection).value_or(std::vector<admin::v1::Object>());
}

Words ObjectWords(const Line& line, const Command& command, std::string_view current) {
  const std::size_t given = line.positionals.size() - 1;
  if (given == 1 && !line.positionals[1].contains('/')) {
    Words names;
    for (const auto& object : ObjectsOf(line, line.positionals[1])) {
      names.push_back(object.object().name());
    }
    return names;
  }
  if (given > 0) return {};
  if (command.operand == Operand::kMaybeKind) return Split(kKinds);
  const auto slash = current.find('/');
  Words words;
  if (slash == std::string_view::npos) words = Split(kKinds);
  const std::string typed(slash == std::string_view::npos ? "" : current.substr(0, slash));
  for (const auto& object : ObjectsOf(line, typed)) {
    std::string kind = typed.empty() ? object.object().kind() : typed;
    if (typed.empty()) {
      std::ranges::transform(kind, kind.begin(), [](unsigned char c) { return std::tolower(c); });
    }
    words.push_back(kind + "/" + object.object().name());
  }
  return words;
}

Words BrakeWords(const Line& line) {
  auto client = AdminClient::Connect(line.daemon);
  if (!client) return {};
  const auto brakes = client->Brakes();
  Words ids;
  if (brakes) {
    for (const auto& brake : brakes->brakes()) ids.push_back(brake.id());
  }
  return ids;
}

Words CommandWords() {
  Words words;
  for (const Command& command : Commands()) words.emplace_back(command.word);
  return words;
}

Words OperandWords(const Line& line, const Command& command, std::string_view current) {
  switch (command.operand) {
    case Operand::kObjects:
    case Operand::kObject:
    case Operand::kMaybeObject:
    case Operand::kObjectAndId:
    case Operand::kMaybeKind:
      return ObjectWords(line, command, current);
    case Operand::kBrakeId:
      return line.positionals.size() == 1 ? BrakeWords(line) : Words();
    case Operand::kShell:
      return Split("bash zsh fish");
    case Operand::kCommand:
      return line.positionals.size() == 1 ? CommandWords() : Words();
    case Operand::kNone:
    case Operand::kMaybeDirectory:
      break;
  }
  return {};
}

Words FlagWords(const Command* command) {
  Words words;
  for (const Flag& flag : Flags()) {
    const bool takes = command == nullptr || IsGeneral(flag) || Lists(command->flags, flag.name) ||
                       (flag.name == "output" && !command->formats.empty());
    if (takes) words.push_back("--" + std::string(flag.name));
  }
  return words;
}

Words ValueWords(const Line& line, const Command* command) {
  if (line.open_flag->name == "output" && command != nullptr) return Split(command->formats);
  if (line.open_flag->name != "namespace") return {};
  Line everywhere = line;
  everywhere.namespace_.clear();
  std::set<std::string> names;
  for (const auto& object : ObjectsOf(everywhere, "all"))
    names.insert(object.object().namespace_());
  return {names.begin(), names.end()};
}

}  // namespace

std::string CompletionScript(std::string_view shell) {
  if (shell == "zsh") return std::string(kZsh);
  return std::string(shell == "fish" ? kFish : kBash);
}

std::vector<std::string> Complete(std::span<const std::string> words,
                                  const Environment& environment) {
  if (words.empty()) return CommandWords();
  const std::string& current = words.back();
  const Line line = Read(words.first(words.size() - 1), environment);
  const Command* command = nullptr;
  if (!line.positionals.empty()) {
    const auto found = std::ranges::find(Commands(), line.positionals.front(), &Command::word);
    if (found != Commands().end()) command = &*found;
  }
  Words candidates;
  if (line.open_flag != nullptr) {
    candidates = ValueWords(line, command);
  } else if (current.starts_with('-')) {
    candidates = FlagWords(command);
  } else if (line.positionals.empty()) {
    candidates = CommandWords();
  } else if (command != nullptr) {
    candidates = OperandWords(line, *command, current);
  }
  std::erase_if(candidates,
                [&](const std::string& candidate) { return !candidate.starts_with(current); });
  return candidates;
}

}  // namespace instanced::ctl
