#include "controller/ctl/manual.h"

#include <string_view>

#include "controller/ctl/command_table.h"

namespace instanced::ctl {
namespace {

// Text that roff shows as it is.
std::string Roff(std::string_view text) {
  std::string out;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    line_begins = c == '\n';
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string FlagItem(const Flag& flag) {
  std::string item = ".TP\n";
  if (flag.letter != '\0') item += "\\fB\\-" + std::string(1, flag.letter) + "\\fR, ";
  item += "\\fB\\-\\-" + Roff(flag.name) + "\\fR";
  if (!flag.value.empty()) item += " \\fI" + Roff(flag.value) + "\\fR";
  return item + "\n" + Roff(flag.summary) + "\n";
}

std::string CommandItem(const Command& command) {
  std::string item = ".SS " + Roff(command.word);
  if (!UsageOf(command.operand).empty()) item += " " + Roff(UsageOf(command.operand));
  item += "\n" + Roff(command.summary) + ".\n";
  if (!command.details.empty()) item += ".PP\n" + Roff(command.details) + "\n";
  std::string flags;
  for (const Flag& flag : Flags()) {
    if (!Lists(command.flags, flag.name)) continue;
    flags += (flags.empty() ? "" : ", ") + std::string("\\-\\-") + Roff(flag.name);
  }
  if (!command.formats.empty()) item += ".PP\nFormats: " + Roff(command.formats) + ".\n";
  if (!flags.empty()) item += ".PP\nFlags: " + flags + ".\n";
  return item;
}

}  // namespace

std::string ManualPage() {
  std::string page =
      ".TH INSTANCECTL 1 \"\" \"instanced\" \"User Commands\"\n"
      ".SH NAME\ninstancectl \\- look into a running instanced and steer it\n"
      ".SH SYNOPSIS\n\\fBinstancectl\\fR \\fICOMMAND\\fR [\\fIflags\\fR]\n"
      ".SH DESCRIPTION\n"
      "Speaks to the daemon over its admin socket, or to one elsewhere over mutual TLS.\n"
      ".SH COMMANDS\n";
  for (const Command& command : Commands()) page += CommandItem(command);
  page += ".SH FLAGS\n";
  for (const Flag& flag : Flags()) page += FlagItem(flag);
  page += ".SH EXIT STATUS\n";
  for (const ExitMeaning& exit : ExitMeanings()) {
    page += ".TP\n\\fB" + std::to_string(exit.code) + "\\fR\n" + Roff(exit.meaning) + "\n";
  }
  return page +
         ".SH ENVIRONMENT\n.TP\n\\fBNO_COLOR\\fR\nSet to anything: no colours. There are none "
         "either when the output is no terminal.\n";
}

}  // namespace instanced::ctl
