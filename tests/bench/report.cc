// bench_report FOLDER COMMIT DATE [NOTES]: joins the JSON of all benchmarks in FOLDER into
// FOLDER/bench.json and FOLDER/figures.md, and prints the latter.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace {

using nlohmann::json;

json ReadJson(const std::filesystem::path& path) {
  std::ifstream file(path);
  return json::parse(file, nullptr, false);
}

// Every single benchmark as name -> nanoseconds of processor time.
json Singles(const std::filesystem::path& folder) {
  json singles = json::object();
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.path().string().ends_with("_bench.json")) continue;
    const json report = ReadJson(entry.path());
    if (!report.is_object() || !report.contains("benchmarks")) continue;
    for (const auto& one : report["benchmarks"]) {
      if (one.value("error_occurred", false)) continue;
      const std::string unit = one.value("time_unit", "ns");
      const double scale = unit == "ms" ? 1e6 : unit == "us" ? 1e3 : unit == "s" ? 1e9 : 1;
      singles[one.value("name", "")] = one.value("cpu_time", 0.0) * scale;
    }
  }
  return singles;
}

std::string Readable(double nanoseconds) {
  if (nanoseconds < 1e3) return fmt::format("{:.0f} ns", nanoseconds);
  if (nanoseconds < 1e6) return fmt::format("{:.2f} us", nanoseconds / 1e3);
  return fmt::format("{:.1f} ms", nanoseconds / 1e6);
}

struct Row {
  std::string what, target, measured;
};

const json* RestingFleet(const json& fleet, int objects) {
  if (!fleet.is_object()) return nullptr;
  for (const auto& one : fleet["resting"]) {
    if (one.value("objects", 0) == objects) return &one;
  }
  return nullptr;
}

std::vector<Row> SingleRows(const json& singles) {
  const auto row = [&](std::string what, std::string target, const char* name) {
    return Row{std::move(what), std::move(target),
               singles.contains(name) ? Readable(singles[name]) : "not measured"};
  };
  return {row("queue: add, get, done (100,000 keys)", "300 ns", "AddGetDone/100000"),
          row("decide(), nothing to do", "1 us", "DecideNoChange"),
          row("decide(), a create", "1 us", "DecideCreate"),
          row("decide(), a repair", "1 us", "DecideUpdate"),
          row("SigV4 signature of a describe call", "10 us", "SigV4DescribeInstance"),
          row("Alibaba signature, version 1", "10 us", "SignatureV1OfDescribe"),
          row("Alibaba signature, version 3", "10 us", "SignatureV3OfDescribe"),
          row("manifests: 10,000 objects read, one file each", "-", "LoadObjects/10000/10000")};
}

std::string Failure(const json& one) { return one.value("failure", std::string()); }

std::vector<Row> BusyRows(const json& fleet) {
  if (!fleet.is_object() || !fleet.contains("busy")) return {};
  const json& busy = fleet["busy"];
  const auto number = [&](const char* name) { return busy.value(name, 0.0); };
  if (!Failure(busy).empty()) return {{"busy fleet", "-", "failed: " + Failure(busy)}};
  const auto& pick_up = busy["pick_up_ms"];
  return {
      {"CPU of one no-change pass in the daemon, signed call included", "40 us",
       fmt::format("{:.1f} us", number("cpu_us_per_pass"))},
      {fmt::format("passes per second, cloud at 50 ms, 2,048 in flight, {:.0f} due every second",
                   number("objects")),
       "20,000 on one core",
       fmt::format("{:.0f} on {:.2f} of a core: {:.0f} on one", number("passes_per_second"),
                   number("cores"), number("passes_per_second_of_one_core"))},
      {"pick-up of a new file's object while every poll is due, p99", "100 ms",
       fmt::format("{:.0f} ms (p50 {:.0f} ms, {:.0f} tries)", pick_up.value("p99", 0.0),
                   pick_up.value("p50", 0.0), pick_up.value("tries", 0.0))}};
}

std::vector<Row> RestingRows(const json& fleet) {
  std::vector<Row> rows;
  for (const int objects : {1'000, 10'000, 100'000}) {
    const auto what = [&](const char* text) {
      return fmt::format("{}, {} objects", text, objects);
    };
    const json* one = RestingFleet(fleet, objects);
    if (one == nullptr || !Failure(*one).empty()) {
      rows.push_back({what("fleet at rest"), "-",
                      one == nullptr ? "not measured" : "failed: " + Failure(*one)});
      continue;
    }
    const auto number = [&](const char* name) { return one->value(name, 0.0); };
    const std::string target = objects == 10'000 ? "16 MB" : objects == 100'000 ? "130 MB" : "-";
    const auto at_10000 = [&](const char* text) { return objects == 10'000 ? text : "-"; };
    rows.push_back(
        {what("memory at rest: RssAnon (RSS)"), target,
         fmt::format("{:.1f} MiB ({:.1f} MiB)", number("rss_anonymous_mib"), number("rss_mib"))});
    rows.push_back(
        {what("filling an empty cloud: wall, CPU, RssAnon after it"), "-",
         fmt::format("{:.1f} s, {:.1f} s, {:.1f} MiB", number("seconds_to_all_ready"),
                     number("cpu_seconds_to_all_ready"), number("rss_anonymous_mib_after_fill"))});
    rows.push_back({what("cold start to the first call: wall, CPU"), at_10000("1 s"),
                    fmt::format("{:.2f} s, {:.2f} s", number("seconds_to_first_call"),
                                number("cpu_seconds_to_first_call"))});
    rows.push_back({what("idle CPU"), at_10000("0.01 core"),
                    fmt::format("{:.4f} core", number("idle_cores"))});
    rows.push_back({what("cloud calls of one drift sweep"), "-",
                    one->contains("calls_per_drift_sweep")
                        ? fmt::format("{:.0f}", number("calls_per_drift_sweep"))
                        : std::string("not measured")});
  }
  return rows;
}

json KubeFleets(const std::filesystem::path& folder) {
  std::vector<json> fleets;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.path().filename().string().starts_with("kube-")) continue;
    if (auto one = ReadJson(entry.path()); one.is_object()) fleets.push_back(std::move(one));
  }
  std::ranges::sort(fleets, std::less<>(), [](const json& one) { return one.value("objects", 0); });
  return fleets;
}

std::vector<Row> KubeRowsOf(const json& one) {
  const int objects = one.value("objects", 0);
  const auto what = [&](const char* text) {
    return fmt::format("Kubernetes, {} objects: {}", objects, text);
  };
  if (!Failure(one).empty()) return {{what("fleet"), "-", "failed: " + Failure(one)}};
  const auto number = [&](const char* name) { return one.value(name, 0.0); };
  const auto pair = [&](const char* seconds, const char* cpu) {
    return fmt::format("{:.2f} s, {:.2f} s", number(seconds), number(cpu));
  };
  const json none = json::object();
  const json& latency = one.contains("event_to_pass_ms") ? one["event_to_pass_ms"] : none;
  std::vector<Row> rows{
      {what("filling an empty cloud: wall, CPU, RssAnon after it"), "-",
       fmt::format("{}, {:.1f} MiB", pair("seconds_to_all_ready", "cpu_seconds_to_all_ready"),
                   number("rss_anonymous_mib_after_fill"))},
      {what("cold start to caches synced: wall, CPU"), objects == 10'000 ? "0.1 s CPU" : "-",
       pair("seconds_to_synced", "cpu_seconds_to_synced")},
      {what("cold start to all observed: wall, CPU"), "-",
       pair("seconds_to_all_observed", "cpu_seconds_to_all_observed")},
      {what("memory at rest: RssAnon (RSS); RssAnon when all were just observed"),
       objects == 10'000 ? "16 MB" : "-",
       fmt::format("{:.1f} MiB ({:.1f} MiB); {:.1f} MiB", number("rss_anonymous_mib"),
                   number("rss_mib"), number("rss_anonymous_mib_when_all_observed"))},
      {what("CPU of a pass with a status write over TLS"), "150 us",
       fmt::format("{:.0f} us", number("cpu_us_per_pass_with_status_write"))},
      {what("from the server's answer to the first call about a new object, p50 and p99"), "-",
       fmt::format("{:.0f} ms, {:.0f} ms", latency.value("p50", 0.0), latency.value("p99", 0.0))}};
  if (!one.contains("fail_over_seconds")) return rows;
  const json& fail_over = one["fail_over_seconds"];
  rows.push_back({what("fail-over to the first call, on a clean exit, on a crash (lease of 45 s)"),
                  "1 s, 45 s",
                  fmt::format("{:.2f} s, {:.1f} s", fail_over.value("clean_exit", 0.0),
                              fail_over.value("crash", 0.0))});
  return rows;
}

std::vector<Row> KubeRows(const json& fleets) {
  std::vector<Row> rows;
  for (const auto& one : fleets) {
    for (auto& row : KubeRowsOf(one)) rows.push_back(std::move(row));
  }
  if (rows.empty()) {
    rows.push_back(
        {"Kubernetes", "-", "not measured: left out, or no API server (make e2e builds one)"});
  }
  return rows;
}

// The machine's load while the fleets ran, for who judges the figures.
std::string LoadLine(const json& fleet) {
  if (!fleet.is_object()) return {};
  double least = 1e9;
  double most = 0;
  const auto take = [&](const json& one) {
    if (!one.is_object() || !one.contains("machine_load")) return;
    for (const auto& [when, load] : one["machine_load"].items()) {
      least = std::min(least, load.get<double>());
      most = std::max(most, load.get<double>());
    }
  };
  if (fleet.contains("busy")) take(fleet["busy"]);
  if (fleet.contains("resting")) {
    for (const auto& one : fleet["resting"]) take(one);
  }
  if (most == 0) return {};
  return fmt::format("The machine's load average was {:.1f} to {:.1f}.\n", least, most);
}

std::string Page(const json& all, const std::string& commit, const std::string& date) {
  std::string page = fmt::format(
      "# Figures\n\nMeasured by `make bench` on {} at commit {}, release build, on two cores "
      "shared\nwith the simulated cloud.\n{}The targets are the design's, for one core.\n\n"
      "| what | target | measured |\n|---|---|---|\n",
      date, commit, LoadLine(all["fleet"]));
  for (const auto& rows : {SingleRows(all["singles"]), BusyRows(all["fleet"]),
                           RestingRows(all["fleet"]), KubeRows(all["kube"])}) {
    for (const auto& row : rows) {
      page += fmt::format("| {} | {} | {} |\n", row.what, row.target, row.measured);
    }
  }
  page += "\n## Every benchmark\n\n| benchmark | CPU |\n|---|---|\n";
  for (const auto& [name, nanoseconds] : all["singles"].items()) {
    page += fmt::format("| `{}` | {} |\n", name, Readable(nanoseconds));
  }
  return page;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4 && argc != 5) {
    std::fputs("usage: bench_report FOLDER COMMIT DATE [NOTES]\n", stderr);
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  const json all{{"commit", argv[2]},
                 {"date", argv[3]},
                 {"singles", Singles(folder)},
                 {"fleet", ReadJson(folder / "fleet.json")},
                 {"kube", KubeFleets(folder)}};
  if (all["singles"].empty()) {
    std::fputs("bench_report: no results\n", stderr);
    return 1;
  }
  auto page = Page(all, argv[2], argv[3]);
  if (argc == 5) {
    std::ostringstream notes;
    notes << std::ifstream(argv[4]).rdbuf();
    page += "\n" + notes.str();
  }
  std::ofstream(folder / "bench.json") << all.dump(2) << "\n";
  std::ofstream(folder / "figures.md") << page;
  std::fputs(page.c_str(), stdout);
  return 0;
} catch (const std::exception& failure) {
  std::fprintf(stderr, "bench_report: %s\n", failure.what());
  return 1;
}
