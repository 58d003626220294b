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
    Flag{"since", '\0', "WHEN", "only what is younger: 30m, 12h, 7d, or an RFC 3339 time"},
    Flag{"limit", '\0', "N", "at most the newest N entries [100]"},
    Flag{"offline", '\0', "", "ask no cloud and no daemon: manifests, schema and --state only"},
    Flag{"state", '\0', "FILE", "with --offline: a daemon's state file, read and not changed"},
    Flag{"socket", '\0', "FILE",
         "the daemon's admin socket [./instanced.sock], also as INSTANCED_ADMIN_SOCKET"},
    Flag{"address", '\0', "HOST:PORT",
         "a daemon elsewhere, over mutual TLS, also as INSTANCED_ADMIN_ADDRESS"},
    Flag{"ca", '\0', "FILE",
         "the authority that signed the daemon's certificate, also as INSTANCED_ADMIN_CA"},
    Flag{"cert", '\0', "FILE", "your certificate, also as INSTANCED_ADMIN_CERT"},
    Flag{"key", '\0', "FILE", "its private key, also as INSTANCED_ADMIN_KEY"},
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
    Command{Verb::kExplain, "explain", Operand::kObject, "namespace", kForPrograms,
            "say why an object stands as it does and what can be done",
            "The condition that tells most, the last decision, when the object is looked at\n"
            "next and why then, what is in its way with the evidence, and the commands or\n"
            "fields that change it."},
    Command{Verb::kHistory, "history", Operand::kMaybeObject, "namespace since limit",
            "table wide json yaml", "list what was decided, called and answered",
            "Without an object: of all of them, those that are gone too. The newest entry\n"
            "comes last. On a terminal the table tells its age, -o wide its time, and the\n"
            "request ids that a cloud's support asks for."},
    Command{Verb::kPlan, "plan", Operand::kMaybeDirectory, "offline state",
            "table json yaml markdown", "say what would happen, and change nothing",
            "With DIR: if the daemon's manifests were those of DIR. Without: as things stand.\n"
            "The daemon decides over copies and asks the clouds to read only; that keeps to\n"
            "the accounts' rates and may take minutes. With --offline nothing is asked: what\n"
            "a cloud holds beyond the state file is unknown then. -o markdown is meant for a\n"
            "comment on a change. Exits 2 when something would change or a brake would hold\n"
            "it, 0 when nothing would, 1 when that cannot be said."},
    Command{Verb::kReconcile, "reconcile", Operand::kObject, "namespace", kForPrograms,
            "look at an object at once instead of when it is due", ""},
    Command{Verb::kPause, "pause", Operand::kObject, "namespace", kForPrograms,
            "stop all work on an object until resume",
            "Nothing is read or changed at its cloud meanwhile. The pause survives a restart."},
    Command{Verb::kResume, "resume", Operand::kObject, "namespace", kForPrograms,
            "end the pause of an object", ""},
    Command{Verb::kAdopt, "adopt", Operand::kObjectAndId, "namespace", "table json yaml",
            "print the manifest change that takes over an existing instance",
            "What an object is bound to is declared in its manifest, spec.externalName; this\n"
            "checks that the object is there and free, and prints the lines to put there. It\n"
            "changes nothing by itself."},
    Command{Verb::kExport, "export", Operand::kObjects, "namespace all-namespaces selector",
            "yaml json", "write manifests that hold the same instances elsewhere",
            "Each carries spec.externalName, so that another installation or a cluster takes\n"
            "the instances over and creates and deletes none. ProviderConfigs are written\n"
            "when named: instancectl export providerconfig."},
    Command{Verb::kBudgets, "budgets", Operand::kNone, "", "table wide json yaml",
            "show the rate each account may call at, and what is left of its churn quota",
            "-o wide cuts nothing to the width of the terminal."},
    Command{Verb::kPlugins, "plugins", Operand::kNone, "", "table wide json yaml name",
            "list the provider plugins and how each stands",
            "STATE is Up; Connecting, nobody answers at its address; BackingOff, its program\n"
            "ended and is started again after a pause; or Refused, what it answers breaks the\n"
            "contract. FOR is how long it has been up, or has not; PID the program that the\n"
            "daemon started. -o wide adds how it is reached, what it can do, a digest of its\n"
            "schema and the last error. Arguments, environment and keys are never told."},
    Command{Verb::kOrphans, "orphans", Operand::kMaybeKind, "namespace all-namespaces",
            "table wide json yaml",
            "compare what the connected accounts hold with what is declared",
            "Finds instances that carry our mark without an object, instances without a mark\n"
            "that look like a declared object, and objects whose instance is gone. It never\n"
            "changes anything, and may take minutes, for it keeps to the accounts' rates.\n"
            "-n and -A choose whose ProviderConfigs are used. -o wide cuts nothing to the\n"
            "width of the terminal."},
    Command{Verb::kBrakes, "brakes", Operand::kNone, "", "table wide json yaml",
            "list what is held until a person decides", ""},
    Command{Verb::kApprove, "approve", Operand::kBrakeId, "", kForPrograms,
            "let the deletions that a brake holds go ahead",
            "The instances are deleted. Covers the objects held now and ends after 24 hours."},
    Command{Verb::kRelease, "release", Operand::kBrakeId, "", kForPrograms,
            "let the objects that a brake holds go, and keep their instances", ""},
    Command{Verb::kVersion, "version", Operand::kNone, "", kForPrograms,
            "print the versions of this program and of the daemon", ""},
    Command{Verb::kCompletion, "completion", Operand::kShell, "", "",
            "print a shell's completion script: bash, zsh or fish",
            "bash: source <(instancectl completion bash)\n"
            "zsh: instancectl completion zsh > \"${fpath[1]}/_instancectl\"\n"
            "fish: instancectl completion fish > ~/.config/fish/completions/instancectl.fish\n"
            "Names of objects and brakes come from the daemon."},
    Command{Verb::kHelp, "help", Operand::kCommand, "", "", "explain a command", ""},
};

constexpr std::array kExitMeanings = {
    ExitMeaning{0, "done; of plan: nothing would change"},
    ExitMeaning{1, "failed, refused, not found or wrong usage; of plan: it cannot be said"},
    ExitMeaning{2, "of plan: something would change, or a brake would hold it"},
    ExitMeaning{3, "no daemon answers, or it cannot record anything now"},
};

}  // namespace

bool IsGeneral(const Flag& flag) { return Lists("socket address ca cert key help", flag.name); }
std::span<const ExitMeaning> ExitMeanings() { return kExitMeanings; }
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
    case Operand::kMaybeObject:
      return "[KIND/NAME]";
    case Operand::kObjectAndId:
      return "KIND/NAME ID";
    case Operand::kMaybeKind:
      return "[KIND]";
    case Operand::kBrakeId:
      return "BRAKE-ID";
    case Operand::kMaybeDirectory:
      return "[DIR]";
    case Operand::kShell:
      return "bash|zsh|fish";
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
