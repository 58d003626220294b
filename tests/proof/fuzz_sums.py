#!/usr/bin/env python3
"""Adds up what each run of a fuzz target did, and prints the table of docs/reliability.md.

fuzz_sums.py add SUMS DATE <RESULT    RESULT: what tests/proof/fuzz.sh left of one target
fuzz_sums.py table SUMS               the last run of each target and the sum of all recorded ones

SUMS has a line for each target; this program alone writes it. A target that was never run is no part
of the sums; fuzz_sums.py table names it when its source stands in tests/fuzz.
"""
import glob
import os
import sys

HOUR = 3600
HEAD = "# Written by tests/proof/run.sh; a figure changed by hand is one that nobody saw.\n"
COLUMNS = ("target", "runs", "seconds", "executions", "findings", "last_date", "last_seconds",
           "last_executions", "last_edges", "last_exit")
TEXTS = ("target", "last_date")


def read(path):
    if not os.path.exists(path):
        return {}
    sums = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            cells = line.rstrip("\n").split("\t")
            if line.startswith("#") or cells == list(COLUMNS):
                continue
            if len(cells) != len(COLUMNS):
                sys.exit(f"fuzz_sums.py: cannot read {path}: {len(cells)} columns in {cells[0]!r}")
            row = {name: cell if name in TEXTS else int(cell)
                   for name, cell in zip(COLUMNS, cells)}
            sums[row["target"]] = row
    return sums


def write(path, sums):
    with open(path, "w", encoding="utf-8") as file:
        file.write(HEAD + "\t".join(COLUMNS) + "\n")
        for target in sorted(sums):
            file.write("\t".join(str(sums[target][name]) for name in COLUMNS) + "\n")


def add(path, date, result):
    target, seconds, executions, edges, ended = result.split()
    sums = read(path)
    before = sums.get(target, {"runs": 0, "seconds": 0, "executions": 0, "findings": 0})
    sums[target] = {
        "target": target,
        "runs": before["runs"] + 1,
        "seconds": before["seconds"] + int(seconds),
        "executions": before["executions"] + int(executions),
        "findings": before["findings"] + (int(ended) != 0),
        "last_date": date,
        "last_seconds": int(seconds),
        "last_executions": int(executions),
        "last_edges": int(edges),
        "last_exit": int(ended),
    }
    write(path, sums)


def table(sums, targets):
    lines = [f"{'target':<11} {'last run':<10} {'seconds':>7} {'executions':>12} {'edges':>6}   "
             f"{'runs':>4} {'seconds':>8} {'executions':>14} {'findings':>8}"]
    for target in sorted(set(sums) | set(targets)):
        row = sums.get(target)
        if not row:
            lines.append(f"{target:<11} never")
            continue
        lines.append(
            f"{target:<11} {row['last_date']:<10} {row['last_seconds']:>7} "
            f"{row['last_executions']:>12} {row['last_edges']:>6}   {row['runs']:>4} "
            f"{row['seconds']:>8} {row['executions']:>14} {row['findings']:>8}"
            + (f"  the last run ended with a FINDING (exit {row['last_exit']})"
               if row["last_exit"] else ""))
    total = sum(row["seconds"] for row in sums.values())
    lines.append(f"in all {total} s, {sum(row['executions'] for row in sums.values())} executions")
    short = [target for target in sorted(set(sums) | set(targets))
             if sums.get(target, {"seconds": 0})["seconds"] < HOUR]
    lines.append("less than an hour in all: " + (" ".join(short) or "none"))
    return "\n".join(lines)


def main(arguments):
    if len(arguments) == 3 and arguments[0] == "add":
        add(arguments[1], arguments[2], sys.stdin.read())
    elif len(arguments) == 2 and arguments[0] == "table":
        sources = os.path.join(os.path.dirname(__file__), "..", "fuzz", "*_fuzz.cc")
        targets = [os.path.basename(name).removesuffix("_fuzz.cc") for name in glob.glob(sources)]
        print(table(read(arguments[1]), targets))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
