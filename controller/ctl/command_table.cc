#include "controller/ctl/command_table.h"

#include <array>
#include <utility>

namespace instanced::ctl {
namespace {

constexpr std::string_view kForPrograms = "table json yaml";

constexpr std::array kFlags = {
    Flag{"output", 'o', "FORMAT", "how the answer is written [table]"},
    Flag{"namespace", 'n', "NS", "look in this namespace [default]"},
    Flag{"all-namespaces", 'A', "", "look in all namespaces"},
    Flag{"selector", 'l', "LABELS", "only objects with these labels: a=b,c!=d,e in (f,g)"},
    Flag{"watch", 'w', "", "go on showing changes until interrupted"},
    Flag{"socket", '\0', "FILE",
         "the daemon's admin socket [./instanced.sock], also as INSTANCED_ADMIN_SOCKET"},
    Flag{"help", 'h', "", "show help, of one command when it is named"},
};

constexpr std::array kCommands = {
    Command{Verb::kGet, "get", Operand::kObjects, "namespace all-namespaces selector watch",
            "table wide json yaml name", "list declared objects and how they stand",
            "KIND is a kind in any of its names (ConnectInstance, connectinstances, cni),\n"
            "several joined by commas, or all, which is the default and means every\n"
            "instance kind. With -w each change adds a line; -o json then writes one\n"
            "document a line."},
    Command{Verb::kDescribe, "describe", Operand::kObject, "namespace", "table json yaml",
            "show everything about one object", ""},
    Command{Verb::kBrakes, "brakes", Operand::kNone, "", "table wide json yaml",
            "list what is held until a person decides", ""},
    Command{Verb::kApprove, "approve", Operand::kBrakeId, "", kForPrograms,
            "let the deletions that a brake holds go ahead",
            "The instances are deleted. Covers the objects held now and ends after 24 hours."},
    Command{Verb::kRelease, "release", Operand::kBrakeId, "", kForPrograms,
            "let the objects that a brake holds go, and keep their instances", ""},
    Command{Verb::kVersion, "version", Operand::kNone, "", kForPrograms,
            "print the versions of this program and of the daemon", ""},
    Command{Verb::kHelp, "help", Operand::kCommand, "", "", "explain a command", ""},
};

}  // namespace

std::span<const Flag> Flags() { return kFlags; }
std::span<const Command> Commands() { return kCommands; }

std::string_view UsageOf(Operand operand) {
  switch (operand) {
    case Operand::kNone:
      return "";
    case Operand::kObjects:
      return "[KIND|all] [NAME]";
    case Operand::kObject:
      return "KIND/NAME";
    case Operand::kBrakeId:
      return "BRAKE-ID";
    case Operand::kCommand:
      return "[COMMAND]";
  }
  std::unreachable();
}

bool Lists(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const auto blank = list.find(' ');
    if (list.substr(0, blank) == word) return true;
    if (blank == std::string_view::npos) return false;
    list.remove_prefix(blank + 1);
  }
  return false;
}

}  // namespace instanced::ctl
