#include "controller/ctl/help.h"

#include <algorithm>

namespace instanced::ctl {
namespace {

constexpr std::size_t kWidth = 80;

// `text` from `column` on, continued below itself.
std::string Wrapped(std::string line, std::size_t column, std::string_view text) {
  line.resize(std::max(line.size(), column - 2), ' ');
  std::string out;
  std::size_t used = line.size();
  while (!text.empty()) {
    const auto blank = text.find(' ');
    const std::string_view word = text.substr(0, blank);
    if (used + 2 + word.size() > kWidth || line.size() > column + 40) {
      out += line + "\n";
      line = std::string(column - 2, ' ');
      used = line.size();
    }
    const bool first = line.size() <= column - 2 || line.find_last_not_of(' ') + 1 < column - 1;
    line += (first ? "  " : " ") + std::string(word);
    used = line.size();
    text.remove_prefix(blank == std::string_view::npos ? text.size() : blank + 1);
  }
  return out + line + "\n";
}

std::string FlagLine(const Flag& flag) {
  std::string line = flag.letter == '\0' ? "      " : std::string("  -") + flag.letter + ", ";
  line += "--" + std::string(flag.name);
  if (!flag.value.empty()) line += " " + std::string(flag.value);
  return line;
}

std::string ExitCodes() {
  std::string text = "Exit codes:\n";
  for (const ExitMeaning& exit : ExitMeanings()) {
    text += "  " + std::to_string(exit.code) + "  " + std::string(exit.meaning) + "\n";
  }
  return text;
}

}  // namespace

std::string HelpText() {
  std::string text =
      "instancectl looks into a running instanced and steers it, over its admin socket.\n\n"
      "Usage: instancectl COMMAND [flags]\n\nCommands:\n";
  for (const Command& command : Commands()) {
    std::string line = "  " + std::string(command.word);
    const auto operand = UsageOf(command.operand);
    if (!operand.empty()) line += " " + std::string(operand);
    text += Wrapped(line, 28, command.summary);
  }
  text += "\nFlags:\n";
  for (const Flag& flag : Flags()) text += Wrapped(FlagLine(flag), 28, flag.summary);
  text += "\ninstancectl help COMMAND tells which flags a command takes.\n\n";
  return text + ExitCodes();
}

std::string HelpText(const Command& command) {
  std::string usage = "Usage: instancectl " + std::string(command.word);
  const auto operand = UsageOf(command.operand);
  if (!operand.empty()) usage += " " + std::string(operand);
  std::string text = usage + " [flags]\n\n  " + std::string(command.summary) + "\n";
  if (!command.details.empty()) text += "\n" + std::string(command.details) + "\n";
  text += "\nFlags:\n";
  for (const Flag& flag : Flags()) {
    if (flag.name == "output") {
      if (command.formats.empty()) continue;
      std::string formats(command.formats);
      std::ranges::replace(formats, ' ', '|');
      text += Wrapped(FlagLine(flag), 28, formats);
    } else if (IsGeneral(flag) || Lists(command.flags, flag.name)) {
      text += Wrapped(FlagLine(flag), 28, flag.summary);
    }
  }
  return text + "\n" + ExitCodes();
}

}  // namespace instanced::ctl
