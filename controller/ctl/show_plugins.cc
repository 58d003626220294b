#include "controller/ctl/show_plugins.h"

#include <string_view>

#include "controller/ctl/document.h"
#include "controller/ctl/table.h"
#include "controller/ctl/times.h"

namespace instanced::ctl {
namespace {

constexpr std::size_t kDigestShown = 12;

std::string_view StateWord(admin::v1::Plugin::State state) {
  switch (state) {
    case admin::v1::Plugin::STATE_CONNECTING:
      return "Connecting";
    case admin::v1::Plugin::STATE_UP:
      return "Up";
    case admin::v1::Plugin::STATE_BACKING_OFF:
      return "BackingOff";
    case admin::v1::Plugin::STATE_REFUSED:
      return "Refused";
    default:
      return "Unknown";
  }
}

std::string ProgramOf(const admin::v1::Plugin& plugin) {
  if (plugin.program().empty()) return "-";
  if (plugin.arguments() == 0) return plugin.program();
  return plugin.program() + " (" + std::to_string(plugin.arguments()) +
         (plugin.arguments() == 1 ? " argument)" : " arguments)");
}

std::string CapabilitiesOf(const admin::v1::Plugin& plugin) {
  std::string text;
  for (const auto& capability : plugin.capabilities())
    text += (text.empty() ? "" : ",") + capability;
  return OrDash(std::move(text));
}

std::string LastError(const admin::v1::Plugin& plugin) {
  if (!plugin.has_last_error_at()) return "-";
  return TimeText(plugin.last_error_at()) + " " + plugin.last_error();
}

std::vector<std::string> RowOf(const admin::v1::Plugin& plugin, const ObjectView& view) {
  const bool up = plugin.state() == admin::v1::Plugin::STATE_UP;
  std::vector<std::string> row = {plugin.name(),
                                  std::string(StateWord(plugin.state())),
                                  AgeText(ToWallTime(plugin.since()), view.now),
                                  plugin.pid() == 0 ? "-" : std::to_string(plugin.pid()),
                                  std::to_string(plugin.restarts()),
                                  std::to_string(plugin.objects())};
  if (view.format == Format::kWide) {
    row.insert(row.end(),
               {ProgramOf(plugin), plugin.address(),
                up ? std::to_string(plugin.protocol_version()) : "-", CapabilitiesOf(plugin),
                up && plugin.calls_max() != 0 ? std::to_string(plugin.calls_max()) : "-",
                OrDash(plugin.scope()), OrDash(plugin.schema_sha256().substr(0, kDigestShown)),
                LastError(plugin)});
  }
  row.push_back(up ? plugin.calls_itself() + " " + plugin.version() : plugin.message());
  return row;
}

}  // namespace

std::string ShowPlugins(const admin::v1::PluginsResponse& answer, const ObjectView& view) {
  if (IsForPrograms(view.format)) return Write(answer, view.format);
  std::string names;
  if (view.format == Format::kName) {
    for (const auto& plugin : answer.plugins()) names += "plugin/" + plugin.name() + "\n";
    return names;
  }
  if (answer.plugins().empty()) {
    return "No plugin is configured (instanced run --plugins FILE).\n";
  }
  const bool wide = view.format == Format::kWide;
  Table table{{"NAME", "STATE", "FOR", "PID", "RESTARTS", "OBJECTS"}, {}};
  if (wide) {
    table.header.insert(table.header.end(), {"PROGRAM", "ADDRESS", "PROTOCOL", "CAPABILITIES",
                                             "CALLS", "SCOPE", "SCHEMA", "LAST ERROR"});
  }
  table.header.emplace_back("MESSAGE");
  for (const auto& plugin : answer.plugins()) table.rows.push_back(RowOf(plugin, view));
  return Layout(table, TableWidth(view), view.colours);
}

}  // namespace instanced::ctl
