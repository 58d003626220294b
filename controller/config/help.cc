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
  instanced conformance ADDRESS   check a provider plugin against its contract
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
configuration, plugins and credentials again.

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

std::string ConformanceHelp() {
  return "Usage: instanced conformance ADDRESS [flags]\n\n"
         "Checks the provider plugin that listens on ADDRESS (unix:/PATH or HOST:PORT)\n"
         "against every rule of api/provider/v1/provider.proto that can be seen from\n"
         "outside. Creates, changes and deletes instances of its own, and nothing else.\n\n" +
         Row("example", "FILE",
             "JSON: one forProvider, or a list of two: what is created, and what it is changed "
             "to; \"{unique}\" in a text becomes another word for each instance [the schema's "
             "examples]") +
         Row("check", "NAME,...", "only these checks, and those they need [all]") +
         Row("call-limit", "DURATION", "longest wait for one call [10s]") +
         Row("wait", "DURATION", "how long the plugin may take to come up [10s]") +
         Row("junit", "FILE", "write the report as JUnit XML, too") +
         Row("tls-ca", "FILE", "PEM; with the two below: TLS, both sides prove who they are") +
         Row("tls-certificate", "FILE", "PEM") + Row("tls-key", "FILE", "PEM") +
         Row("tls-server-name", "NAME", "name in the plugin's certificate [the address's host]") +
         "\nExit codes: 0 no check failed, 1 some failed, 2 wrong flags or files, 3 nobody\n"
         "answers on ADDRESS.\n";
}

std::string HealthHelp() {
  return "Usage: instanced health [--health-address ADDR]\n\n"
         "Asks /healthz of the daemon that listens on ADDR.\n\n" +
         Row("health-address", "ADDR", "HOST:PORT, as given to run [127.0.0.1:8081]") +
         "\nExit codes: 0 well, 1 not well or not reachable, 2 wrong flags.\n";
}

}  // namespace instanced
