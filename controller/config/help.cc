#include "controller/config/help.h"

#include <algorithm>
#include <string_view>

#include "controller/config/flags.h"

namespace instanced {
namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kIndent = 34;

// Words of `text` from column kIndent on, never past kWidth.
std::string Wrapped(std::string_view text) {
  std::string lines;
  std::size_t column = kIndent;
  while (!text.empty()) {
    const auto space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    if (column > kIndent && column + 1 + word.size() > kWidth) {
      lines += "\n" + std::string(kIndent, ' ');
      column = kIndent;
    } else if (column > kIndent) {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += word.size();
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  }
  return lines + "\n";
}

std::string Row(std::string_view name, std::string_view value, std::string_view meaning) {
  std::string head = "  --" + std::string(name) + " " + std::string(value);
  head.resize(std::max(head.size() + 1, kIndent), ' ');
  return head + Wrapped(meaning);
}

}  // namespace

std::string ProgramHelp() {
  return R"(instanced keeps declared cloud instances true.

Usage:
  instanced run --manifests DIR   watch DIR and keep its instances true
  instanced run --kubernetes      the same for the custom resources of a cluster
  instanced validate DIR          check the manifests in DIR; change nothing
  instanced health                ask a running daemon whether it is well
  instanced version               print the version

`instanced COMMAND --help` says more. A running daemon is steered with
instancectl.
)";
}

std::string RunHelp() {
  std::string text = R"(Usage: instanced run --manifests DIR [flags]
       instanced run --kubernetes [flags]

Reads the objects declared in DIR, or as custom resources in a cluster,
observes their clouds and creates, updates or deletes instances until both
agree; then watches both for changes. SIGTERM drains, SIGHUP reads
configuration and credentials again.

Every flag is also the variable INSTANCED_FLAG_NAME and a key of the file that
--config names; a flag wins over a variable, a variable over the file.
Durations are written 500ms, 30s, 5m, 24h or 30d.
)";
  std::string_view group;
  for (const Flag& flag : RunFlags()) {
    if (flag.group != group) {
      group = flag.group;
      text += "\n" + std::string(group) + ":\n";
    }
    text += Row(flag.name, flag.value, flag.meaning);
  }
  text += "\nOther:\n";
  text += Row("config", "FILE", "read flags from a YAML file, one `name: value` a line");
  text += Row("help", "", "show this");
  text += R"(
Clouds' credentials come from their own standard variables (AWS_*,
ALIBABA_CLOUD_*) and files, or from ProviderConfig objects; proxies from
http_proxy, https_proxy and no_proxy.

Exit codes: 0 drained after SIGTERM or SIGINT, 1 failed, 2 wrong flags.
)";
  return text;
}

std::string ValidateHelp() {
  return R"(Usage: instanced validate DIR

Checks every manifest in DIR against the schemas and prints each problem as
file:line:column. Contacts no cloud and changes nothing.

Exit codes: 0 all good, 1 problems found, 2 wrong flags.
)";
}

std::string HealthHelp() {
  return "Usage: instanced health [--health-address ADDR]\n\n"
         "Asks /healthz of the daemon that listens on ADDR.\n\n" +
         Row("health-address", "ADDR", "HOST:PORT, as given to run [127.0.0.1:8081]") +
         "\nExit codes: 0 well, 1 not well or not reachable, 2 wrong flags.\n";
}

}  // namespace instanced
