#include "controller/ctl/command_line.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "controller/config/arguments.h"

namespace instanced::ctl {
namespace {

using Problems = std::vector<std::string>;

struct VerbRow {
  std::string_view word;
  Verb verb;
  enum class Operand { kNone, kBrakeId } operand;
};
constexpr std::array kVerbs = {
    VerbRow{"brakes", Verb::kBrakes, VerbRow::Operand::kNone},
    VerbRow{"approve", Verb::kApprove, VerbRow::Operand::kBrakeId},
    VerbRow{"release", Verb::kRelease, VerbRow::Operand::kBrakeId},
    VerbRow{"version", Verb::kVersion, VerbRow::Operand::kNone},
    VerbRow{"help", Verb::kHelp, VerbRow::Operand::kNone},
};

constexpr std::array kFormats = {
    std::pair<std::string_view, Format>{"table", Format::kTable},
    std::pair<std::string_view, Format>{"wide", Format::kWide},
    std::pair<std::string_view, Format>{"json", Format::kJson},
    std::pair<std::string_view, Format>{"yaml", Format::kYaml},
};

std::unexpected<Problems> Problem(std::string text) {
  return std::unexpected(Problems{std::move(text)});
}

std::unexpected<Problems> UnknownVerb(const std::string& word) {
  std::vector<std::string> known;
  for (const VerbRow& row : kVerbs) known.emplace_back(row.word);
  return Problem("unknown command " + word + DidYouMean(word, known));
}

std::optional<Format> ParseFormat(std::string_view word) {
  const auto found = std::ranges::find(kFormats, word, [](const auto& row) { return row.first; });
  if (found == kFormats.end()) return std::nullopt;
  return found->second;
}

std::expected<Request, Problems> WithVerb(Request request, const Arguments& split) {
  if (split.switches.contains("help") || split.positionals.empty()) {
    if (split.switches.empty()) return Problem("say what to do; instancectl --help lists it");
    return request;
  }
  const std::string& word = split.positionals.front();
  const auto row = std::ranges::find(kVerbs, word, &VerbRow::word);
  if (row == kVerbs.end()) return UnknownVerb(word);
  request.verb = row->verb;
  const std::size_t operands = row->operand == VerbRow::Operand::kBrakeId ? 1 : 0;
  if (split.positionals.size() - 1 > operands) {
    return Problem("unexpected argument " + split.positionals[operands + 1]);
  }
  if (split.positionals.size() - 1 < operands) {
    return Problem(word + " needs the id of a brake; instancectl brakes lists them");
  }
  if (operands == 1) request.brake_id = split.positionals[1];
  return request;
}

}  // namespace

std::expected<Request, Problems> ParseRequest(
    std::span<const std::string> arguments, const std::map<std::string, std::string>& environment) {
  const auto split = SplitArguments(
      arguments, {.flags = {"output,o", "socket"}, .switches = {"help,h"}, .positional_max = 3});
  if (!split) return std::unexpected(split.error());
  Request request;
  if (const auto variable = environment.find("INSTANCED_ADMIN_SOCKET");
      variable != environment.end() && !variable->second.empty()) {
    request.socket = variable->second;
  }
  if (const auto flag = split->values.find("socket"); flag != split->values.end()) {
    request.socket = flag->second;
  }
  if (const auto flag = split->values.find("output"); flag != split->values.end()) {
    const auto format = ParseFormat(flag->second);
    if (!format) {
      return Problem("--output: want table, wide, json or yaml, not \"" + flag->second + "\"");
    }
    request.format = *format;
  }
  return WithVerb(std::move(request), *split);
}

std::string HelpText() {
  return R"(instancectl steers a running instanced over its admin socket.

Usage: instancectl COMMAND [flags]

Commands:
  brakes        list what is held until a person decides
  approve ID    let the deletions that brake ID holds go ahead: instances are
                deleted; covers the objects held now and ends after 24 hours
  release ID    let the objects that brake ID holds go, and keep their instances
  version       print the versions of this program and of the daemon

Flags:
  -o, --output FORMAT   table, wide, json or yaml [table]
      --socket FILE     the daemon's admin socket [./instanced.sock], also as
                        INSTANCED_ADMIN_SOCKET
  -h, --help            show this

Exit codes: 0 done, 1 failed or wrong usage, 3 no daemon answers on the socket.
)";
}

}  // namespace instanced::ctl
