#!/usr/bin/env python3
"""Draws a dashboard of this folder as a picture, for documents and where there is no Grafana.

    picture.py DASHBOARD.json PROMETHEUS_URL OUTPUT.png [MINUTES [END]]        END: a Unix time

Every panel's queries are asked of that Prometheus as Grafana would with everything selected; the
picture says that Grafana did not draw it. Needs Debian's python3-matplotlib.
"""

import json
import math
import sys
import time
import urllib.parse
import urllib.request

import matplotlib

matplotlib.use("Agg")
import matplotlib.dates as dates  # noqa: E402
import matplotlib.pyplot as plot  # noqa: E402

BACK, PANEL, INK, FAINT = "#f4f5f5", "#ffffff", "#24292e", "#8e9297"
COLOURS = ["#3871dc", "#e0752d", "#1a7f37", "#a352cc", "#c4162a", "#b8860b", "#117a8b", "#6e7781"]


def ask(url, path, **arguments):
    address = f"{url}/api/v1/{path}?{urllib.parse.urlencode(arguments)}"
    with urllib.request.urlopen(address, timeout=30) as answer:
        return json.load(answer)["data"]["result"]


def expression(target, step):
    text = target["expr"].replace("$namespace", ".*")
    return text.replace("$__rate_interval", f"{max(4 * step, 20)}s")


def legend(target, labels):
    text = target.get("legendFormat", "")
    for name, value in labels.items():
        text = text.replace("{{" + name + "}}", value)
    return text


def spoken(value, unit):
    if not math.isfinite(value):
        return "–"
    if unit == "s":
        return f"{value * 1000:.3g} ms" if value < 1 else f"{value:.3g} s"
    if unit == "percentunit":
        return f"{100 * value:.3g} %"
    return f"{value:.4g}" + {"reqps": "/s", "ops": "/s"}.get(unit, "")


def lines(axes, panel, url, begin, end, step):
    unit = panel["fieldConfig"]["defaults"]["unit"]
    custom = panel["fieldConfig"]["defaults"].get("custom", {})
    stacked = custom.get("stacking", {}).get("mode") == "normal"
    drawn = []
    for target in panel["targets"]:
        found = ask(url, "query_range", query=expression(target, step), start=begin, end=end, step=step)
        for series in found:
            at = {float(t): float(v) for t, v in series["values"]}
            drawn.append((legend(target, series["metric"]), at))
    times = [begin + i * step for i in range(int((end - begin) / step) + 1)]
    rows = [[points.get(t, math.nan) for t in times] for _, points in drawn]
    when = [dates.date2num(time_of(t)) for t in times]
    names = [name for name, _ in drawn]
    if stacked and rows:
        filled = [[0 if math.isnan(v) else v for v in row] for row in rows]
        axes.stackplot(when, filled, labels=names, colors=COLOURS, alpha=0.55)
    else:
        for i, row in enumerate(rows):
            axes.plot(when, row, label=names[i], color=COLOURS[i % len(COLOURS)], linewidth=1.3)
    axes.xaxis.set_major_formatter(dates.DateFormatter("%H:%M"))
    axes.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(5))
    axes.yaxis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda v, _: spoken(v, unit)))
    axes.set_ylim(bottom=0)
    axes.set_xlim(when[0], when[-1])
    axes.grid(color="#e4e5e6", linewidth=0.6)
    if names:
        shown = min(len(names), 10)
        handles, labels = axes.get_legend_handles_labels()
        axes.legend(handles[:shown], labels[:shown], loc="upper left", fontsize=6, frameon=False, ncols=2)


def time_of(seconds):
    return dates.num2date(seconds / 86400.0)


def numbers(axes, panel, url, end, step):
    axes.axis("off")
    unit = panel["fieldConfig"]["defaults"]["unit"]
    texts = []
    for target in panel["targets"]:
        for series in ask(url, "query", query=expression(target, step), time=end):
            texts.append((legend(target, series["metric"]), spoken(float(series["value"][1]), unit)))
    for i, (name, value) in enumerate(texts[:4]):
        y = 0.5 if len(texts) == 1 else 0.8 - 0.55 * i / max(1, len(texts) - 1)
        axes.text(0.5, y, value, ha="center", va="center", fontsize=20, color=INK)
        axes.text(0.5, y - 0.2, name, ha="center", va="center", fontsize=7, color=FAINT)


def bars(axes, panel, url, end, step):
    rows = []
    for target in panel["targets"]:
        for series in ask(url, "query", query=expression(target, step), time=end):
            rows.append((legend(target, series["metric"]), float(series["value"][1])))
    rows = sorted(rows)[:14]
    axes.barh([name for name, _ in rows], [value for _, value in rows], color=COLOURS[0], alpha=0.7)
    axes.set_ylim(max(len(rows), 8) - 0.5, -0.5)
    for i, (_, value) in enumerate(rows):
        axes.text(value, i, f" {value:.4g}", va="center", fontsize=6, color=INK)
    axes.xaxis.set_visible(False)


def draw(panel, axes, url, begin, end, step):
    axes.set_facecolor(PANEL)
    axes.set_title(panel["title"], loc="left", fontsize=8, color=INK, fontweight="bold")
    axes.tick_params(labelsize=6, colors=FAINT, length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    if panel["type"] == "timeseries":
        lines(axes, panel, url, begin, end, step)
    elif panel["type"] == "bargauge":
        bars(axes, panel, url, end, step)
    else:
        numbers(axes, panel, url, end, step)


def main():
    path, url, output = sys.argv[1:4]
    minutes = float(sys.argv[4]) if len(sys.argv) > 4 else 15
    with open(path, encoding="utf-8") as file:
        board = json.load(file)
    end = float(sys.argv[5]) if len(sys.argv) > 5 else float(math.floor(time.time()))
    step = max(1, round(minutes * 60 / 240))
    begin = end - step * 240
    rows = max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in board["panels"])
    width, height = 16.0, rows * 0.36 + 0.7
    figure = plot.figure(figsize=(width, height), facecolor=BACK)
    figure.text(0.012, 1 - 0.28 / height, board["title"], fontsize=13, color=INK, fontweight="bold")
    figure.text(0.988, 1 - 0.28 / height, "drawn by deploy/grafana/picture.py from a Prometheus; not a screenshot of Grafana",
                fontsize=7, color=FAINT, ha="right")
    for panel in board["panels"]:
        place = panel["gridPos"]
        left, unit = place["x"] / 24, (height - 0.7) / height / rows
        bottom = (rows - place["y"] - place["h"]) * unit
        wide = panel["type"] == "bargauge"
        axes = figure.add_axes((left + (0.105 if wide else 0.03), bottom + unit * 0.9,
                                place["w"] / 24 - (0.125 if wide else 0.042), unit * (place["h"] - 1.9)))
        draw(panel, axes, url, begin, end, step)
    figure.savefig(output, dpi=90)


if __name__ == "__main__":
    main()
