#!/usr/bin/env python3
"""Puts the figures of one part of the proof into its place in the page.

record.py PAGE PART --verdict passed --commit C --date D --seconds S --command C [--full F --asked A]

The place is what stands between <!-- proof: PART --> and <!-- end -->; a part without a place is an
error, so that no figure is lost. The figures come on standard input, and stand there as printed.
"""
import argparse
import re
import sys

LINES_MAX = 80


def block(arguments, figures):
    lines = [line.rstrip() for line in figures.splitlines() if line.strip()]
    if len(lines) > LINES_MAX:
        lines = lines[: LINES_MAX - 1] + [f"({len(lines) - LINES_MAX + 1} more lines)"]
    head = f"`{arguments.command}` on {arguments.date}, commit {arguments.commit}: "
    head += f"**{arguments.verdict}** in {arguments.seconds} s."
    if arguments.full and int(arguments.asked) < int(arguments.full):
        head += f" Shorter than a full run, which has {arguments.full} in place of {arguments.asked}."
    return "\n".join([head, "", "```text", *lines, "```"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("page")
    parser.add_argument("part")
    for name in ("verdict", "commit", "date", "seconds", "command"):
        parser.add_argument("--" + name, required=True)
    for name in ("full", "asked"):
        parser.add_argument("--" + name, default="")
    arguments = parser.parse_args()
    with open(arguments.page, encoding="utf-8") as file:
        page = file.read()
    place = re.compile(
        rf"(<!-- proof: {re.escape(arguments.part)} -->\n).*?(<!-- end -->)", re.DOTALL)
    text = block(arguments, sys.stdin.read())
    page, count = place.subn(lambda found: found[1] + text + "\n" + found[2], page)
    if count != 1:
        sys.exit(f"record.py: {arguments.page} has {count} places for {arguments.part}")
    with open(arguments.page, "w", encoding="utf-8") as file:
        file.write(page)


if __name__ == "__main__":
    main()
