// The commands and flags of instancectl as one table: parsing, help, completion and the manual page
// are all made from it.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace instanced::ctl {

enum class Verb {
  kGet,
  kDescribe,
  kExplain,
  kHistory,
  kPlan,
  kReconcile,
  kPause,
  kResume,
  kAdopt,
  kExport,
  kBudgets,
  kPlugins,
  kOrphans,
  kBrakes,
  kApprove,
  kRelease,
  kVersion,
  kCompletion,
  kHelp,
};

// What stands behind the command's word.
enum class Operand {
  kNone,
  kObjects,      // [KIND | KIND/NAME] [NAME]
  kObject,       // KIND NAME or KIND/NAME or KIND/NAMESPACE/NAME
  kMaybeObject,  // the same, or nothing
  kObjectAndId,  // KIND/NAME ID
  kMaybeKind,    // [KIND]
  kBrakeId,
  kMaybeDirectory,  // [DIR]
  kShell,           // bash, zsh or fish
  kCommand,         // [COMMAND]
};
// "KIND/NAME": how help spells it; empty for kNone.
std::string_view UsageOf(Operand operand);

struct Flag {
  std::string_view name;
  char letter;             // 0: none
  std::string_view value;  // "FORMAT"; empty for a switch
  std::string_view summary;
};
std::span<const Flag> Flags();

struct Command {
  Verb verb;
  std::string_view word;
  Operand operand;
  // Long names, by blanks, beside those every command takes (see IsGeneral).
  std::string_view flags;
  std::string_view formats;  // of --output, by blanks; empty: it has none
  std::string_view summary;
  std::string_view details;  // paragraphs for help and the manual page; may be empty
};
std::span<const Command> Commands();

// The flags every command takes: where the daemon is, and help.
bool IsGeneral(const Flag& flag);

// The exit codes with their meanings, for help and the manual.
struct ExitMeaning {
  int code;
  std::string_view meaning;
};
std::span<const ExitMeaning> ExitMeanings();

// Whether `word` is among the words that blanks separate in `list`.
bool Lists(std::string_view list, std::string_view word);

}  // namespace instanced::ctl
